//! The USB rung and the board's thread, on a made-up sysfs.

use embedded_hal::delay::DelayNs;
use embedded_hal_mock::eh1::delay::NoopDelay;
use embedded_hal_mock::eh1::digital::{Mock, State, Transaction as Level};
use maskline::board::{
    Acting, Active, BoardError, BoardRungs, Boards, FindError, Pins, Press, UsbModem,
};
use maskline::line::recovery::Rung;
use maskline::line::shell::Rungs;
use maskline::metrics::Metrics;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A hub with a modem at 1-1.2 and a stick of another vendor at 1-1.3.
struct Tree(TempDir);

impl Tree {
    fn new() -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        tree.device("sys/devices/usb1", "1d6b", "09", 1);
        tree.device("sys/devices/usb1/1-1", "1e0e", "09", 2);
        tree.modem();
        tree.device("sys/devices/usb1/1-1/1-1.3", "0403", "00", 4);
        tree.tty("ttyUSB9", "sys/devices/usb1/1-1/1-1.3", "1-1.3:1.0");
        tree
    }

    fn modem(&self) {
        self.device(MODEM, "1e0e", "00", 3);
        self.tty("ttyUSB2", MODEM, "1-1.2:1.2");
        fs::create_dir_all(self.path("dev/maskline")).unwrap();
        let _is_there = symlink(self.path("dev/ttyUSB2"), self.at());
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn at(&self) -> PathBuf {
        self.path("dev/maskline/line1-at")
    }

    fn device(&self, folder: &str, vendor: &str, class: &str, number: u32) {
        let folder = self.path(folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, value) in [
            ("authorized", "1".to_owned()),
            ("idVendor", format!("{vendor}\n")),
            ("bDeviceClass", format!("{class}\n")),
            ("busnum", "1\n".to_owned()),
            ("devnum", format!("{number}\n")),
        ] {
            fs::write(folder.join(name), value).unwrap();
        }
    }

    fn tty(&self, name: &str, device: &str, interface: &str) {
        let interface = self.path(device).join(interface);
        fs::create_dir_all(interface.join(name)).unwrap();
        // An interface can be authorised by itself: it must not be taken for the device.
        fs::write(interface.join("authorized"), "1").unwrap();
        let class = self.path("sys/class/tty").join(name);
        fs::create_dir_all(&class).unwrap();
        symlink(interface.join(name), class.join("device")).unwrap();
        fs::create_dir_all(self.path("dev")).unwrap();
        fs::write(self.path("dev").join(name), "").unwrap();
    }

    fn usb(&self, tty: &Path) -> UsbModem {
        UsbModem::new(&self.path("sys"), tty, "1e0e")
    }

    fn authorized(&self, device: &str) -> String {
        fs::read_to_string(self.path(device).join("authorized")).unwrap()
    }

    /// That nothing else was touched.
    fn others_are_untouched(&self) {
        for other in ["usb1", "usb1/1-1", "usb1/1-1/1-1.3", "usb1/1-1/1-1.2/1-1.2:1.2"] {
            assert_eq!(self.authorized(&format!("sys/devices/{other}")), "1", "{other}");
        }
    }
}

const MODEM: &str = "sys/devices/usb1/1-1/1-1.2";

/// Notes what `authorized` holds while somebody waits.
struct Watching(PathBuf, Vec<(u64, String)>);

impl DelayNs for Watching {
    fn delay_ns(&mut self, ns: u32) {
        let ms = u64::from(ns) / 1_000_000;
        self.1.push((ms, fs::read_to_string(&self.0).unwrap_or_default()));
    }
}

#[test]
fn the_modem_goes_off_the_bus_for_3_s_and_comes_back_and_nothing_else_is_touched() {
    let tree = Tree::new();
    let device = tree.usb(&tree.at()).find().unwrap();
    assert!(device.folder().ends_with("usb1/1-1/1-1.2"), "{device:?}");
    let mut delay = Watching(tree.path(MODEM).join("authorized"), Vec::new());
    device.reauthorise(&mut delay).unwrap();
    assert_eq!(delay.1, [(3000, "0".to_owned())]);
    assert_eq!(tree.authorized(MODEM), "1");
    tree.others_are_untouched();
}

#[test]
fn another_vendor_a_hub_a_uart_and_a_pseudo_terminal_are_left_alone() {
    let tree = Tree::new();
    let not_ours = tree.usb(&tree.path("dev/ttyUSB9")).find();
    assert!(matches!(not_ours, Err(FindError::NotOurs { .. })), "{not_ours:?}");

    tree.tty("ttyUSB5", "sys/devices/usb1/1-1", "1-1:1.0");
    let hub = tree.usb(&tree.path("dev/ttyUSB5")).find();
    assert!(matches!(hub, Err(FindError::NotOurs { .. })), "{hub:?}");

    fs::create_dir_all(tree.path("sys/devices/platform/serial")).unwrap();
    tree.tty("ttyAMA0", "sys/devices/platform/serial", "serial0");
    for tty in ["dev/ttyAMA0", "dev/7"] {
        fs::write(tree.path(tty), "").unwrap();
        let mut usb = tree.usb(&tree.path(tty));
        assert!(matches!(usb.find(), Err(FindError::NotUsb(_))));
        assert_eq!(usb.is_there(), None, "nobody can tell");
    }
    tree.others_are_untouched();
}

#[test]
fn a_device_whose_tty_vanished_is_remembered_until_it_is_another() {
    let tree = Tree::new();
    let mut usb = tree.usb(&tree.at());
    let device = usb.find().unwrap();
    fs::remove_file(tree.path("dev/ttyUSB2")).unwrap();
    assert_eq!(usb.find().unwrap(), device);
    assert_eq!(usb.is_there(), Some(true));

    tree.device(MODEM, "1e0e", "00", 17);
    assert!(matches!(usb.find(), Err(FindError::NoTty(_))), "enumerated anew");
    fs::remove_dir_all(tree.path(MODEM)).unwrap();
    assert_eq!(usb.is_there(), Some(false));
}

#[test]
fn a_device_that_cannot_be_written_is_told() {
    let tree = Tree::new();
    let device = tree.usb(&tree.at()).find().unwrap();
    fs::remove_file(tree.path(MODEM).join("authorized")).unwrap();
    let error = device.reauthorise(&mut NoopDelay::new()).unwrap_err().to_string();
    assert!(error.contains("1-1.2/authorized cannot be written"), "{error}");
    assert!(!tree.path(MODEM).join("authorized").exists(), "nothing is made that was not there");
}

#[test]
fn a_modem_on_usb_without_a_board_has_the_usb_rung_alone() {
    let tree = Tree::new();
    let usb = tree.usb(&tree.at());
    let no_power = None::<(Pins<Mock, Mock>, Press, NoopDelay)>;
    let mut board =
        BoardRungs::start("line1", Some(usb), no_power, NoopDelay::new(), &Metrics::default())
            .unwrap();
    assert_eq!(board.rungs(), [Rung::UsbReauthorise]);
    fs::write(tree.path(MODEM).join("authorized"), "x").unwrap();
    assert!(board.use_rung(Rung::UsbReauthorise));
    board.wait_until_idle();
    assert_eq!(tree.authorized(MODEM), "1");
    assert!(!board.use_rung(Rung::PowerKey));
    tree.others_are_untouched();
}

#[test]
fn a_pseudo_terminal_has_no_rungs_with_or_without_a_board() {
    let pair = serialport::TTYPort::pair().unwrap();
    let tty = serialport::SerialPort::name(&pair.1).unwrap();
    let (boards, metrics) = (Boards::built_in(), Metrics::default());
    for board in [None, Some("simulated"), Some("sim7600-dongle")] {
        let board = BoardRungs::open("line1", Path::new(&tty), board, &boards, &metrics).unwrap();
        assert_eq!(board.rungs(), []);
    }
    let computer =
        BoardRungs::open("line1", Path::new(&tty), Some("raspberry-pi-4b"), &boards, &metrics);
    assert!(matches!(computer, Err(BoardError::Computer(_))));
    assert!(
        BoardRungs::open("line1", Path::new(&tty), Some("nothing"), &boards, &metrics).is_err()
    );
}

/// A wait that takes a tenth of its time.
struct Tenth;

impl DelayNs for Tenth {
    fn delay_ns(&mut self, ns: u32) {
        std::thread::sleep(Duration::from_nanos(u64::from(ns) / 10));
    }
}

fn with_key(tree: &Tree, key: &Mock, metrics: &Metrics) -> BoardRungs {
    let pins = Pins {
        power_key: Acting { pin: key.clone(), active: Active::High },
        reset: None,
        status: None::<Acting<Mock>>,
        flight_mode: None,
    };
    let power = Some((pins, Press::default(), Tenth));
    BoardRungs::start("line1", Some(tree.usb(&tree.at())), power, Tenth, metrics).unwrap()
}

#[test]
fn a_rung_returns_at_once_and_another_is_left_out_while_it_is_at_work() {
    let tree = Tree::new();
    let long_press = [Level::set(State::High), Level::set(State::Low)];
    let mut key = Mock::new(&long_press);
    let mut board = with_key(&tree, &key, &Metrics::default());
    assert_eq!(board.rungs(), [Rung::UsbReauthorise, Rung::PowerKey]);
    let begun = Instant::now();
    assert!(board.use_rung(Rung::PowerKey));
    fs::write(tree.path(MODEM).join("authorized"), "untouched").unwrap();
    assert!(board.use_rung(Rung::UsbReauthorise), "it has it, but it is at work");
    assert!(board.use_rung(Rung::PowerKey));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    // The modem never goes off USB: 30 s, here 3, and the key was without effect.
    board.wait_until_idle();
    assert_eq!(tree.authorized(MODEM), "untouched");
    drop(board);
    key.done();
}

#[test]
fn a_modem_that_is_off_at_the_start_is_switched_on() {
    let tree = Tree::new();
    fs::remove_file(tree.path("dev/ttyUSB2")).unwrap();
    let mut key = Mock::new(&[Level::set(State::High), Level::set(State::Low)]);
    let metrics = Metrics::default();
    let board = with_key(&tree, &key, &metrics);
    std::thread::sleep(Duration::from_millis(500));
    fs::write(tree.path("dev/ttyUSB2"), "").unwrap();
    board.wait_until_idle();
    drop(board);
    key.done();
    let (mut registry, mut text) = (Registry::default(), String::new());
    metrics.register(&mut registry);
    encode(&mut text, &registry).unwrap();
    let press = "board_presses_total{line=\"line1\",pin=\"PWRKEY\"} 1\n";
    assert!(text.contains(press), "{text}");
}

#[test]
fn the_end_lets_the_key_go_and_does_not_wait_for_the_module() {
    let tree = Tree::new();
    let mut key = Mock::new(&[Level::set(State::High), Level::set(State::Low)]);
    let mut board = with_key(&tree, &key, &Metrics::default());
    assert!(board.use_rung(Rung::PowerKey));
    let begun = Instant::now();
    drop(board);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    key.done();
}
