//! A stage: a folder of its own, a simulated modem on two ptys in it, and the daemon as a process.

use super::cast::Role;
use anyhow::{Context, Result, bail};
use simulator::pty::{Handle, Options};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A daemon that is not up by then will not be.
const UP_WITHIN: Duration = Duration::from_secs(60);
/// The daemon ends its legs within 10 s of a stop.
const DOWN_WITHIN: Duration = Duration::from_secs(20);

/// A simulated modem and a daemon.
pub struct Stage {
    /// The modem with its network.
    pub simulator: Handle,
    folder: tempfile::TempDir,
    number: String,
    program: PathBuf,
    daemon: Option<Child>,
    /// How much had been logged when the daemon was started last.
    logged_before: usize,
}

impl Stage {
    /// Makes the folder, the modem and the configuration; `more` is added to it.
    pub fn set(program: &Path, profile: &str, more: &str) -> Result<Stage> {
        Stage::set_with(program, more, |options| options.profile = profile.to_owned())
    }

    /// The same with a modem and a network that are not the usual ones.
    pub fn set_with(
        program: &Path,
        more: &str,
        change: impl FnOnce(&mut Options),
    ) -> Result<Stage> {
        let folder = tempfile::Builder::new().prefix("maskline-").tempdir()?;
        let path = |name: &str| folder.path().join(name);
        let mut options = Options::new(path("at"), path("audio"));
        change(&mut options);
        let number = options.own_number.clone();
        let simulator = Handle::spawn(options).context("the simulator does not start")?;
        let stage = Stage {
            simulator,
            number,
            program: program.to_owned(),
            daemon: None,
            logged_before: 0,
            folder,
        };
        stage.configure(&stage.at(), more)?;
        Ok(stage)
    }

    /// Writes the configuration anew, with the line's AT port at `at`; `more` is added to it.
    pub fn configure(&self, at: &Path, more: &str) -> Result<()> {
        let path = |name: &str| self.folder.path().join(name);
        let config = format!(
            "[site]\ncountry = \"AU\"\n\n[operator]\nnumber = {:?}\n\n\
             [store]\npath = {:?}\n\n[http]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n\n\
             [[line]]\nname = \"line1\"\nat = {at:?}\naudio = {:?}\n\n{more}",
            Role::Operator.number(),
            path("store"),
            path("audio"),
        );
        std::fs::write(self.config(), config)?;
        Ok(())
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("maskline.toml")
    }

    /// The simulated modem's AT port.
    pub fn at(&self) -> PathBuf {
        self.folder.path().join("at")
    }

    /// The number of the box: the only one that anybody is to see.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// What sets the page's password, once the daemon has made it.
    pub fn setup_code(&self) -> Result<String> {
        let file = self.folder.path().join("store/setup-code");
        let code = std::fs::read_to_string(&file);
        Ok(code.with_context(|| format!("{}", file.display()))?.trim().to_owned())
    }

    /// What all daemons of this stage logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// What the daemon that was started last has logged.
    pub fn log_since_start(&self) -> String {
        self.log().split_off(self.logged_before)
    }

    /// Where the daemon that was started last serves HTTP, once it does.
    pub fn http(&self) -> Option<SocketAddr> {
        let log = self.log_since_start();
        let line = log.lines().find_map(|line| line.split_once("http: listening on "))?;
        line.1.trim().parse().ok()
    }

    /// Starts the daemon, without waiting for anything.
    pub fn start_daemon(&mut self) -> Result<()> {
        self.logged_before = self.log().len();
        let log = File::options().create(true).append(true).open(self.folder.path().join("log"))?;
        let daemon = Command::new(&self.program)
            .args(["run", "--config"])
            .arg(self.config())
            .env("MASKLINE_LOG", "debug,sled=info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("the daemon does not start")?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// The daemon's process number.
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Child::id)
    }

    /// Runs a command of the program against this stage; what it prints.
    pub fn command(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .env("MASKLINE_LOG", "error")
            .output()?;
        if !output.status.success() {
            bail!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Waits until the box says that it takes calls, and can be asked.
    pub fn wait_ready(&mut self) -> Result<()> {
        let by = Instant::now() + UP_WITHIN;
        loop {
            if self.http().is_some() && self.log_since_start().contains("takes calls") {
                return Ok(());
            }
            if let Some(daemon) = &mut self.daemon
                && let Some(status) = daemon.try_wait()?
            {
                bail!("the daemon ended: {status}\n{}", self.log());
            }
            if Instant::now() > by {
                bail!("the box does not take calls\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the daemon as systemd does, and waits for it.
    pub fn stop_daemon(&mut self) -> Result<()> {
        let Some(mut daemon) = self.daemon.take() else { return Ok(()) };
        let pid = i32::try_from(daemon.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        }
        let by = Instant::now() + DOWN_WITHIN;
        while Instant::now() < by {
            if let Some(status) = daemon.try_wait()? {
                if !status.success() {
                    bail!("the daemon failed: {status}\n{}", self.log());
                }
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon.kill()?;
        daemon.wait()?;
        bail!("the daemon does not stop\n{}", self.log())
    }

    /// Kills the daemon without a word, as a power cut would.
    pub fn kill_daemon(&mut self) -> Result<()> {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill()?;
            daemon.wait()?;
        }
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _gone_already = self.kill_daemon();
    }
}
