//! The program's command line: with a daemon, over a URL, and with no daemon at all.

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

struct Site {
    folder: TempDir,
}

impl Site {
    fn new() -> Site {
        Site::with_tls("off")
    }

    fn with_tls(tls: &str) -> Site {
        let site = Site { folder: tempfile::tempdir().unwrap() };
        let store = site.folder.path().join("store");
        let text = format!(
            "[http]\nlisten = \"127.0.0.1:0\"\ntls = {tls:?}\n[store]\npath = {store:?}\n\
             [[line]]\nname = \"line1\"\nat = \"/nonexistent/tty\"\n"
        );
        std::fs::write(site.config(), text).unwrap();
        site
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("m.toml")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maskline"));
        command.args(arguments).env("MASKLINE_CONFIG", self.config());
        command
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        told(self.command(arguments).output().unwrap())
    }

    /// Runs what must succeed.
    fn ok(&self, arguments: &[&str]) -> String {
        let (status, out, error) = self.run(arguments);
        assert_eq!(status, 0, "{arguments:?}: {out}{error}");
        out
    }

    fn daemon(&self) -> Daemon {
        let mut child = self.command(&["run"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut url = String::new();
        while url.is_empty() {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "the daemon ended");
            if let Some((_, address)) = line.trim().split_once("listening on ") {
                let scheme = if address.contains("://") { "" } else { "http://" };
                url = format!("{scheme}{address}");
            }
        }
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let socket = self.folder.path().join("store/control.sock");
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        Daemon { child, url }
    }
}

fn told(output: Output) -> (i32, String, String) {
    let text = |octets| String::from_utf8(octets).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

struct Daemon {
    child: Child,
    url: String,
}

impl Daemon {
    fn stop(mut self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_token_is_made_before_the_first_start_and_works_after_it() {
    let site = Site::new();
    let token = site.ok(&["token", "create", "--name", "shop"]);
    assert!(token.trim().len() > 30 && token.lines().count() == 1, "{token}");
    let made = json(&site.ok(&["token", "create", "--name", "till", "--role", "read", "--json"]));
    assert_eq!((&made["name"], &made["role"]), (&"till".into(), &"read".into()));
    let daemon = site.daemon();
    let list = |token: &str| {
        let target = ["orders", "list", "--json", "--url", &daemon.url, "--token", token];
        site.run(&target)
    };
    assert_eq!(list(token.trim()).0, 0);
    assert_eq!(json(&list(made["token"].as_str().unwrap()).1), Value::Array(vec![]));
    let credentials = json(&site.ok(&["token", "create", "--service-account", "--name", "old"]));
    assert!(credentials["account_id"].is_u64() && credentials["key_id"].is_string());
    assert!(credentials["private_key"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY"));
    site.ok(&["token", "revoke", "old"]);
    site.ok(&["token", "revoke", "till"]);
    let (status, _, error) = list(made["token"].as_str().unwrap());
    assert_eq!(status, 1);
    assert!(error.contains("A token is needed (401)"), "{error}");
    let left = json(&site.ok(&["token", "list", "--json"]));
    assert_eq!(left[0]["name"], "shop");
    daemon.stop();
}

#[test]
fn a_box_elsewhere_is_reached_over_tls_by_its_ca() {
    let site = Site::with_tls("self-signed");
    let token = site.ok(&["token", "create", "--name", "shop"]);
    let daemon = site.daemon();
    assert!(daemon.url.starts_with("https://"), "{}", daemon.url);
    let list = ["orders", "list", "--json", "--url", &daemon.url, "--token", token.trim()];
    let (status, _, error) = site.run(&list);
    assert_eq!(status, 1);
    assert!(error.contains("--ca"), "{error}");
    let ca = site.folder.path().join("store/ca.pem");
    let list = [&list[..], &["--ca", ca.to_str().unwrap()]].concat();
    assert_eq!(json(&site.ok(&list)), Value::Array(vec![]));
    daemon.stop();
}

/// The same commands do the same with a daemon and without.
#[test]
fn orders_are_kept_through_the_daemon_or_without_one() {
    let site = Site::new();
    let daemon = site.daemon();
    let parties = ["--courier", "+61255501111", "--customer", "0255502222"];
    let put = |number| {
        let order = [&["orders", "put", number, "--json"][..], &parties].concat();
        json(&site.ok(&order))
    };
    assert_eq!(put("12345")["customer"], "+61255502222");
    daemon.stop();
    put("23456");
    let list = json(&site.ok(&["orders", "list", "--json"]));
    assert_eq!(list.as_array().unwrap().len(), 2);
    let table = site.ok(&["orders", "list"]);
    assert!(table.starts_with("ORDER  COURIER"), "{table}");
    assert!(site.ok(&["orders", "get", "12345"]).contains("+61255501111"));
    site.ok(&["orders", "delete", "12345"]);
    let (status, _, error) = site.run(&["orders", "get", "12345"]);
    assert_eq!(status, 1);
    assert!(error.contains("There is no such order (404)"), "{error}");
    let refused = [&["orders", "put", "12a"][..], &parties].concat();
    assert_eq!(site.run(&refused).0, 1);
    assert_eq!(site.run(&["orders", "put", "1"]).0, 2);
}

#[test]
fn orders_are_imported_and_exported() {
    let site = Site::new();
    let file = site.folder.path().join("orders.csv");
    let file = file.to_str().unwrap();
    std::fs::write(file, "order,courier,customer\n1,0255501111,0255502222\n2,x,0255502222\n")
        .unwrap();
    let (status, report, _) = site.run(&["orders", "import", file, "--json"]);
    assert_eq!((status, json(&report)["added"].as_u64()), (1, Some(1)));
    let export = site.ok(&["orders", "export"]);
    assert_eq!(export.lines().count(), 2);
    let mut import = site.command(&["orders", "import", "-"]);
    let mut import = import.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(export.as_bytes()).unwrap();
    let (status, report, _) = told(import.wait_with_output().unwrap());
    assert_eq!(status, 0);
    assert!(report.contains("unchanged 1"), "{report}");
    assert_eq!(json(&site.ok(&["calls", "list", "--json"])), Value::Array(vec![]));
    assert_eq!(site.ok(&["calls", "export"]), "");
}

#[test]
fn a_store_is_verified_exported_and_restored() {
    let site = Site::new();
    site.ok(&["token", "create", "--name", "shop"]);
    assert!(site.ok(&["store", "verify"]).contains("tokens 1"));
    let backup = site.folder.path().join("backup");
    let backup = backup.to_str().unwrap();
    site.ok(&["store", "export", backup]);
    assert_eq!(site.run(&["store", "restore", backup]).0, 1);
    site.ok(&["store", "restore", "--replace", backup]);
    let tokens = json(&site.ok(&["token", "list", "--json"]));
    assert_eq!(tokens[0]["name"], "shop");
    let daemon = site.daemon();
    let (status, _, error) = site.run(&["store", "verify"]);
    assert_eq!(status, 1);
    assert!(error.contains("in use"), "{error}");
    daemon.stop();
}

#[test]
fn settings_are_listed_changed_and_taken_back_with_a_daemon_and_without() {
    let site = Site::new();
    let hint = |site: &Site| {
        let items = json(&site.ok(&["settings", "list", "--json"]));
        let items = items.as_array().unwrap().clone();
        items.into_iter().find(|item| item["name"] == "calls.hint_ms").unwrap()
    };
    site.ok(&["settings", "set", "calls.hint_ms", "2000"]);
    let daemon = site.daemon();
    assert_eq!(hint(&site)["value"], 2000);
    site.ok(&["settings", "set", "operator.number", "02 5550 0001"]);
    let (status, _, error) = site.run(&["settings", "set", "calls.accept_key", "perhaps"]);
    assert_eq!(status, 1);
    assert!(error.contains("true or false"), "{error}");
    assert!(site.run(&["settings", "set", "store.path", "/"]).2.contains("no setting"));
    site.ok(&["settings", "reset", "calls.hint_ms"]);
    assert_eq!(hint(&site)["from"], "default");
    daemon.stop();
    let table = site.ok(&["settings", "list"]);
    assert!(
        table.lines().any(|line| line.starts_with("operator.number") && line.contains("staff"))
    );
}

#[test]
fn completions_and_manual_pages_come_from_the_commands_themselves() {
    let site = Site::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(site.ok(&["completions", shell]).contains("service-account"), "{shell}");
    }
    assert!(site.ok(&["man"]).contains("orders"));
    let folder = site.folder.path().join("man1");
    site.ok(&["man", folder.to_str().unwrap()]);
    let page = std::fs::read_to_string(folder.join("maskline-orders-import.1")).unwrap();
    assert!(page.contains("dry"), "{page}");
}

#[test]
fn a_configuration_is_checked_without_running() {
    let site = Site::new();
    assert!(site.ok(&["run", "--check"]).contains("ok"));
    std::fs::write(site.config(), "[site]\ncolour = 1\n").unwrap();
    let (status, _, error) = site.run(&["run", "--check"]);
    assert_eq!(status, 1);
    assert!(error.contains("m.toml:2: unknown key `colour`"), "{error}");
    std::fs::write(site.config(), "[[line]]\nname = \"a\"\nat = \"/dev/null\"\n").unwrap();
    site.ok(&["run", "--check"]);
    assert_eq!(site.run(&["walk"]).0, 2);
    assert_eq!(site.run(&["orders", "list", "--url", "https://box"]).0, 2);
    let plain = ["orders", "list", "--url", "http://box.example", "--token", "t"];
    assert_eq!(site.run(&plain).0, 1);
}
