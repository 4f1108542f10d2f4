//! A stage: a folder of its own, a simulated modem on two ptys in it, and the daemon as a process.

use anyhow::{Context, Result, bail};
use simulator::pty::{Handle, Options};
use std::fs::File;
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
    program: PathBuf,
    daemon: Option<Child>,
}

impl Stage {
    /// Makes the folder, the modem and the configuration; `more` is added to it.
    pub fn set(program: &Path, profile: &str, more: &str) -> Result<Stage> {
        let folder = tempfile::Builder::new().prefix("maskline-").tempdir()?;
        let path = |name: &str| folder.path().join(name);
        let mut options = Options::new(path("at"), path("audio"));
        options.profile = profile.to_owned();
        let simulator = Handle::spawn(options).context("the simulator does not start")?;
        let config = format!(
            "[site]\ncountry = \"AU\"\n\n[operator]\nnumber = \"+61255500000\"\n\n\
             [store]\npath = {:?}\n\n[http]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n\n\
             [[line]]\nname = \"line1\"\nat = {:?}\naudio = {:?}\n\n{more}",
            path("store"),
            path("at"),
            path("audio"),
        );
        std::fs::write(path("maskline.toml"), config)?;
        Ok(Stage { simulator, folder, program: program.to_owned(), daemon: None })
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("maskline.toml")
    }

    /// What the daemon logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Starts the daemon, without waiting for anything.
    pub fn start_daemon(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.folder.path().join("log"))?;
        let daemon = Command::new(&self.program)
            .args(["run", "--config"])
            .arg(self.config())
            .env("MASKLINE_LOG", "debug")
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

    /// Waits until the box says that it takes calls.
    pub fn wait_ready(&mut self) -> Result<()> {
        let by = Instant::now() + UP_WITHIN;
        loop {
            if self.log().contains("takes calls") {
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
