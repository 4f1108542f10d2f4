//! A box, and sticks in image files.

use crate::support::Box;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A file of orders that is all right.
pub const CSV: &str = "order,courier,customer\n1,0255501111,0255502222\n";

/// A box that takes what it is given, or waits for a confirmation.
pub struct Site {
    pub a_box: Box,
    pub folder: TempDir,
}

impl Site {
    pub fn trusting() -> Site {
        Site::with("[usb]\ntrust_unsigned = true\n")
    }

    pub fn with(more: &str) -> Site {
        let site =
            Site { a_box: Box::start_with("\"off\"", more), folder: tempfile::tempdir().unwrap() };
        // A line is missing, and a secret is nowhere: who brings a stick needs neither.
        let text = format!(
            "[store]\npath = {:?}\n[webhook]\nsecret_file = \"/nonexistent\"\n",
            site.a_box.config.store.path
        );
        fs::write(site.config(), text).unwrap();
        site
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("m.toml")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A folder that is a stick.
    pub fn stick(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir(&path).unwrap();
        path
    }

    pub fn begin(&self, place: &Path, wait_seconds: u64) -> Child {
        Command::new(env!("CARGO_BIN_EXE_maskline"))
            .args(["stick", "import", "--wait-seconds", &wait_seconds.to_string()])
            .arg(place)
            .env("MASKLINE_CONFIG", self.config())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Exit status, and all that was said.
    pub fn import(&self, place: &Path) -> (i32, String) {
        told(&self.begin(place, 0).wait_with_output().unwrap())
    }

    pub fn orders(&self) -> usize {
        let list = self.a_box.send("GET", "/api/v1/orders?limit=1000", None);
        list.json["items"].as_array().unwrap().len()
    }

    /// What the status says of the only stick.
    pub fn doing(&self) -> (String, String) {
        let status = self.a_box.send("GET", "/api/v1/status", None).json;
        let text = |name: &str| status["sticks"][0][name].as_str().unwrap_or_default().to_owned();
        (text("state"), text("detail"))
    }
}

pub fn told(output: &Output) -> (i32, String) {
    let (out, err) = (&output.stdout, &output.stderr);
    let said = format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    (output.status.code().unwrap_or(-1), said)
}

/// Waits until something is so.
pub fn until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs a tool of the system; none where it is missing or refuses.
pub fn tool(name: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(name).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Says that a test cannot be done here.
pub fn left_out(why: &str) {
    assert!(std::env::var_os("STICK_TESTS").is_none(), "{why}");
    eprintln!("left out: {why}");
}

/// An image file as a disk.
pub struct Disk {
    pub image: PathBuf,
    pub device: PathBuf,
}

impl Disk {
    /// An ext4 file system with these files.
    pub fn ext4(site: &Site, name: &str, files: &[(&str, &[u8])]) -> Option<Disk> {
        let folder = site.stick(&format!("{name}.files"));
        for (file, octets) in files {
            fs::write(folder.join(file), octets).unwrap();
        }
        let image = site.path(&format!("{name}.img"));
        fs::File::create(&image).unwrap().set_len(64 << 20).unwrap();
        let (from, to) = (folder.to_str().unwrap(), image.to_str().unwrap());
        tool("mke2fs", &["-q", "-t", "ext4", "-O", "^has_journal", "-d", from, to])?;
        Disk::of(image)
    }

    /// An image that is made already.
    pub fn of(image: PathBuf) -> Option<Disk> {
        let device = tool("losetup", &["--show", "-P", "-f", image.to_str().unwrap()])?.into();
        Some(Disk { image, device })
    }

    /// What a file of its ext4 file system says.
    pub fn cat(&self, file: &str) -> String {
        let image = self.image.to_str().unwrap();
        tool("sync", &[]).unwrap();
        tool("debugfs", &["-R", &format!("cat {file}"), image]).unwrap()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        tool("losetup", &["-d", self.device.to_str().unwrap()]);
    }
}
