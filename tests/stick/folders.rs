//! What is taken from a stick, and what is written onto it.

use crate::bench::{CSV, Site, left_out, told, tool, until};
use std::fs;
use std::io::Read;
use std::os::unix::fs::symlink;

#[test]
fn a_confirmed_file_gets_its_result_next_to_it_and_is_not_taken_again() {
    let site = Site::with("");
    let stick = site.stick("usb");
    fs::write(stick.join("ORDERS monday.CSV"), format!("{CSV}x,0255501111,0255502222\n")).unwrap();
    let child = site.begin(&stick, 60);
    until("it waits", || site.doing().0 == "waiting");
    let list = site.a_box.send("GET", "/api/v1/sticks", None).json;
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!((site.orders(), stick.join("ORDERS monday-result.csv").exists()), (0, false));
    assert_eq!(site.a_box.send("POST", &format!("/api/v1/sticks/{id}"), None).status, 200);
    let (status, said) = told(&child.wait_with_output().unwrap());
    assert_eq!((status, site.orders()), (0, 1), "{said}");
    let result = fs::read_to_string(stick.join("ORDERS monday-result.csv")).unwrap();
    assert!(result.contains("result,imported") && result.contains("line 3,order,"), "{result}");
    assert_eq!(fs::read_dir(&stick).unwrap().count(), 2, "nothing else is left");
    assert_eq!(site.doing().0, "done");

    let (status, said) = site.import(&stick);
    assert!(status == 0 && said.contains("has its result already"), "{said}");
    fs::write(stick.join("ORDERS monday.CSV"), CSV).unwrap();
    let (status, said) = site.import(&stick);
    assert!(status == 0 && said.contains("waiting for confirmation"), "{said}");
}

#[test]
fn files_that_wait_are_listed_confirmed_and_refused_by_command() {
    let site = Site::with("");
    let stick = site.stick("usb");
    fs::write(stick.join("orders-a.csv"), CSV).unwrap();
    fs::write(stick.join("orders-b.csv"), CSV.replace("\n1,", "\n2,")).unwrap();
    assert_eq!(site.import(&stick).0, 0);
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_maskline"));
        command.arg("stick").args(arguments);
        command.args(["--url", &site.a_box.url(), "--token", site.a_box.token()]);
        told(&command.output().unwrap())
    };
    let (status, list) = run(&["list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let id = |at: usize| list[at]["id"].as_str().unwrap().to_owned();
    assert_eq!((status, &list[1]["file"]), (0, &"orders-a.csv".into()), "newest first");
    let (status, said) = run(&["confirm", &id(1), "--json"]);
    let done: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((status, &done["state"], site.orders()), (0, &"imported".into(), 1), "{said}");
    assert_eq!(run(&["refuse", &id(0)]), (0, String::new()));
    let (status, said) = run(&["confirm", &id(0)]);
    assert!(status == 1 && said.contains("does not wait"), "{said}");
    let (status, said) = run(&["list"]);
    assert!(
        status == 0 && said.contains("refused") && said.contains("added 1, changed 0"),
        "{said}"
    );
}

#[test]
fn a_file_that_minisign_itself_has_signed_is_imported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (public, secret) = (path("shop.pub"), path("shop.key"));
    if tool("minisign", &["-G", "-W", "-p", &public, "-s", &secret]).is_none() {
        return left_out("signatures of minisign need minisign");
    }
    let key = fs::read_to_string(&public).unwrap();
    let site = Site::with(&format!("[usb]\npublic_key = {:?}\n", key.lines().last().unwrap()));
    let stick = site.stick("usb");
    fs::write(stick.join("orders.csv"), CSV).unwrap();
    let file = stick.join("orders.csv");
    tool("minisign", &["-S", "-s", &secret, "-m", file.to_str().unwrap()]).unwrap();
    let (status, said) = site.import(&stick);
    assert_eq!((status, site.orders()), (0, 1), "{said}");
    assert!(said.contains("by its signature"), "{said}");
    fs::write(&file, CSV.replace("\n1,", "\n2,")).unwrap();
    let (status, said) = site.import(&stick);
    assert_eq!((status, site.orders()), (1, 1), "{said}");
    assert!(said.contains("changed after it was signed"), "{said}");
}

#[test]
fn nothing_but_plain_files_within_the_root_folder_is_read() {
    let site = Site::trusting();
    let stick = site.stick("usb");
    let elsewhere = site.path("elsewhere.csv");
    fs::write(&elsewhere, CSV).unwrap();
    symlink(&elsewhere, stick.join("orders-link.csv")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, stick.join("orders-pipe.csv"), kind, mode, 0).unwrap();
    fs::create_dir(stick.join("orders-folder.csv")).unwrap();
    fs::write(stick.join("orders-folder.csv/orders.csv"), CSV).unwrap();
    fs::write(stick.join("my-orders.csv"), CSV).unwrap();
    let (status, said) = site.import(&stick);
    assert_eq!((status, site.orders()), (0, 0), "{said}");
    assert!(said.contains("no orders*.csv"), "{said}");

    // Nor is anything outside written: the result takes the place of a link.
    fs::write(stick.join("orders.csv"), CSV).unwrap();
    symlink(&elsewhere, stick.join("orders-result.csv")).unwrap();
    symlink(&elsewhere, stick.join("orders-result.csv.part")).unwrap();
    let (status, said) = site.import(&stick);
    assert_eq!((status, site.orders()), (0, 1), "{said}");
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), CSV);
    let result = fs::symlink_metadata(stick.join("orders-result.csv")).unwrap();
    assert!(result.is_file(), "{said}");
}

#[test]
fn wrong_and_huge_files_get_a_result_that_says_why_and_the_good_one_is_imported() {
    let site = Site::trusting();
    let stick = site.stick("usb");
    let huge = fs::File::create(stick.join("orders-a-huge.csv")).unwrap();
    huge.set_len(5 << 30).unwrap();
    fs::write(stick.join("orders-b-picture.csv"), b"\x89PNG\r\n\x1a\n\x00\x00").unwrap();
    fs::write(stick.join("orders-c-empty.csv"), b"").unwrap();
    fs::write(stick.join("orders-d-good.csv"), CSV).unwrap();
    let (status, said) = site.import(&stick);
    assert_eq!((status, site.orders()), (1, 1), "{said}");
    let result = |name: &str| fs::read_to_string(stick.join(format!("{name}-result.csv"))).unwrap();
    assert!(result("orders-a-huge").contains("more than 64 MiB"), "{said}");
    for name in ["orders-b-picture", "orders-c-empty"] {
        assert!(result(name).contains("result,failed"), "{}", result(name));
    }
    assert!(result("orders-d-good").contains("result,imported"), "{said}");
    assert_eq!(site.doing().0, "failed");
}

#[test]
fn the_box_itself_takes_no_huge_file() {
    let site = Site::trusting();
    let huge = std::io::repeat(b'1').take(65 << 20);
    let path = "/api/v1/sticks?file=orders.csv&device=sda";
    let answer = site.a_box.send_reader("POST", path, huge, "text/csv");
    assert_eq!((answer.status, answer.is_problem()), (413, true), "{answer:?}");
    let kept = fs::read_dir(site.a_box.config.store.path.join("sticks")).unwrap();
    assert_eq!(kept.count(), 0);
}

#[test]
fn of_too_many_files_the_first_by_name_are_taken_and_the_others_are_told() {
    let site = Site::trusting();
    let stick = site.stick("usb");
    for n in 0..11 {
        let csv = format!("order,courier,customer\n{n},0255501111,0255502222\n");
        fs::write(stick.join(format!("orders-{n:02}.csv")), csv).unwrap();
    }
    let (status, said) = site.import(&stick);
    assert_eq!((status, site.orders()), (0, 8), "{said}");
    assert!(said.contains("3 file(s) left out"), "{said}");
}

#[test]
fn a_place_that_is_none_and_a_daemon_that_does_not_run_are_told_plainly() {
    let site = Site::trusting();
    let (status, said) = site.import(&site.path("m.toml"));
    assert!(status == 1 && said.contains("neither a disk nor a folder"), "{said}");
    let stick = site.stick("usb");
    let Site { a_box, folder } = site;
    let config = folder.path().join("m.toml");
    a_box.stop();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_maskline"));
    command.args(["stick", "import"]).arg(&stick).env("MASKLINE_CONFIG", config);
    let (status, said) = told(&command.output().unwrap());
    assert!(status == 1 && said.contains("is it running?"), "{said}");
}
