//! Board profiles: what is built in, what a folder adds, what is inherited, what is wrong and
//! where.

use maskline::board::{Active, Boards, Pin, Press, ProfileError};
use maskline::line::recovery::Rung;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn every_file_of_the_boards_folder_is_built_in_and_right() {
    let boards = Boards::built_in();
    let mut files: Vec<String> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/boards"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    assert_eq!(boards.names().collect::<Vec<_>>(), files);
    for name in files {
        let profile = boards.profile(&name).unwrap();
        assert_eq!(profile.name, name);
        assert!(!profile.about.is_empty(), "{name}");
    }
}

#[test]
fn the_waveshare_hat_has_its_inverted_key_and_what_every_sim7600_has() {
    let hat = Boards::built_in().profile("waveshare-sim7600x-hat").unwrap();
    assert_eq!(hat.power_key, Some(Pin { line: 6, active: Active::High }));
    assert_eq!(hat.flight_mode, Some(Pin { line: 4, active: Active::High }));
    assert_eq!((hat.reset, hat.status), (None, None));
    assert_eq!(hat.press, Press { on_ms: 500, off_ms: 3000, reset_ms: 200 });
    let usb = hat.usb.as_ref().unwrap();
    assert_eq!((usb.vendor.as_str(), usb.product.as_deref()), ("1e0e", Some("9001")));
    assert_eq!((usb.at_interface, usb.audio_interface), (Some(2), Some(4)));
    assert_eq!(hat.rungs(), [Rung::UsbReauthorise, Rung::PowerKey]);
    assert!(hat.header.is_empty(), "the computer below it has the header");
}

#[test]
fn a_board_has_the_rungs_it_has() {
    let boards = Boards::built_in();
    let rungs = |name: &str| boards.profile(name).unwrap().rungs();
    assert_eq!(rungs("sim7600-dongle"), [Rung::UsbReauthorise]);
    assert_eq!(rungs("sim7600-carrier"), [Rung::UsbReauthorise, Rung::PowerKey]);
    assert_eq!(rungs("simulated"), []);
    assert_eq!(rungs("raspberry-pi-5"), []);
}

#[test]
fn the_computer_is_found_by_its_model() {
    let boards = Boards::built_in();
    for (model, name, label) in [
        ("Raspberry Pi Zero 2 W Rev 1.0", "raspberry-pi-zero-2w", "pinctrl-bcm2835"),
        ("Raspberry Pi 3 Model B Plus Rev 1.3", "raspberry-pi-3b-plus", "pinctrl-bcm2835"),
        ("Raspberry Pi 4 Model B Rev 1.4", "raspberry-pi-4b", "pinctrl-bcm2711"),
        ("Raspberry Pi 5 Model B Rev 1.0", "raspberry-pi-5", "pinctrl-rp1"),
        ("Raspberry Pi Compute Module 4 Rev 1.1", "raspberry-pi-cm4", "pinctrl-bcm2711"),
    ] {
        let computer = boards.computer(model).unwrap();
        assert_eq!((computer.name.as_str(), &computer.header[..]), (name, &[label.to_owned()][..]));
        assert_eq!(computer.leds.activity, ["ACT", "led0"], "inherited");
        assert!(computer.is_computer());
    }
    let other = boards.computer("").unwrap();
    assert_eq!(other.name, "raspberry-pi");
    assert_eq!(other.header.len(), 3);
}

#[test]
fn a_file_in_the_folder_makes_a_board_and_takes_the_place_of_another() {
    let folder = folder(&[
        (
            "our-box.toml",
            "base = \"sim7600-carrier\"\nabout = \"Ours\"\nheader = [\"our-expander\"]\n\
             status = { line = 5, active = \"low\" }\n[press]\noff_ms = 4000\n\
             [usb]\nvendor = \"ABCD\"\n",
        ),
        ("simulated.toml", "about = \"Not the one built in\"\n"),
        ("notes.txt", "no board"),
    ]);
    let boards = Boards::read(folder.path()).unwrap();
    let ours = boards.profile("our-box").unwrap();
    assert_eq!(ours.about, "Ours");
    assert_eq!(ours.power_key, Some(Pin { line: 17, active: Active::High }), "inherited");
    assert_eq!(ours.status, Some(Pin { line: 5, active: Active::Low }));
    assert_eq!(ours.press, Press { on_ms: 500, off_ms: 4000, reset_ms: 200 });
    assert_eq!(ours.header, ["our-expander"]);
    let usb = ours.usb.unwrap();
    assert_eq!((usb.vendor.as_str(), usb.at_interface), ("abcd", Some(2)));
    assert!(ours.from.ends_with("our-box.toml"));
    assert_eq!(boards.profile("simulated").unwrap().about, "Not the one built in");
    assert_eq!(boards.names().count(), Boards::built_in().names().count() + 1);
}

#[test]
fn no_folder_is_no_error() {
    let boards = Boards::read(Path::new("/nonexistent/boards")).unwrap();
    assert_eq!(boards.names().count(), Boards::built_in().names().count());
    let unknown = boards.profile("waveshare").unwrap_err();
    assert_eq!(unknown, ProfileError::Unknown { name: "waveshare".to_owned() });
}

#[test]
fn what_is_wrong_names_file_and_line() {
    for (text, expected) in [
        ("power_kye = { line = 6, active = \"high\" }", ":1: unknown key `power_kye`"),
        ("\n[press]\non_sec = 1", ":3: unknown key `on_sec`"),
        ("power_key = { line = 6 }", ":1: missing key `active`"),
        ("power_key = { line = 6, active = \"up\" }", ":1: unknown variant `up`"),
        ("power_key = { line = 6, active = \"low\", pull = 1 }", ":1: unknown key `pull`"),
        ("power_key = { line = 999, active = \"low\" }", ":1: 999 is not between 0 and 255"),
        ("[press]\non_ms = 2600", ":2: 2600 is not between 100 and 2000"),
        ("[press]\noff_ms = 2000", ":2: 2000 is not between 2500 and 5000"),
        ("[press]\nreset_ms = 2000", ":2: 2000 is not between 100 and 500"),
        ("[usb]\nvendor = \"simcom\"", ":2: `simcom` is not four hexadecimal digits"),
        ("[usb]\nat_interface = 2", ":1: usb.vendor is missing"),
        ("base = \"sim7601\"", ":1: base: there is no board `sim7601`"),
        ("about = \"x\"\nbase = \"it\"", ":2: `it` is a base of itself"),
        ("header = \"pinctrl-rp1\"", ":1: invalid type: string"),
        ("reset = { line = 6, active = \"low\" }", ":1: reset needs power_key too"),
        (
            "base = \"sim7600-carrier\"\n\nflight_mode = { line = 17, active = \"low\" }",
            ":3: power_key and flight_mode are both on line 17",
        ),
        ("base = ", ":1: "),
    ] {
        let folder = folder(&[("it.toml", text)]);
        let message = Boards::read(folder.path()).unwrap().profile("it").unwrap_err().to_string();
        let expected = format!("{}{expected}", folder.path().join("it.toml").display());
        assert!(message.starts_with(&expected), "{text}\n gave: {message}");
    }
}

#[test]
fn what_is_wrong_in_a_base_names_the_base() {
    let files = [("it.toml", "base = \"below\""), ("below.toml", "\n\nabout = 1")];
    let folder = folder(&files);
    let message = Boards::read(folder.path()).unwrap().profile("it").unwrap_err().to_string();
    assert!(message.contains("below.toml:3: invalid type"), "{message}");
}
