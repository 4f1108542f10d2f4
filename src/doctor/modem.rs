//! A modem asked directly, by the same machine that the daemon drives it with. It is brought up as far
//! as it goes and left alone: no call is answered, no PIN is entered.

use super::{Finding, told};
use crate::config::Line;
use crate::line::tty::Tty;
use crate::modem::bring_up::Fault;
use crate::modem::{Event, Modem};
use rustix::event::{PollFd, PollFlags, poll};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// A module that was just switched on needs half of this to find its network.
const PATIENCE: Duration = Duration::from_secs(60);
/// Octets read at once.
const READ: usize = 1024;

/// What came of it.
#[derive(Default)]
struct Seen {
    answered: bool,
    ready: bool,
    fault: Option<Fault>,
    signal: Option<Option<i16>>,
    operator: Option<String>,
    name: String,
}

impl Seen {
    fn is_enough(&self) -> bool {
        let needs_a_person = self.fault.is_some_and(|fault| fault != Fault::Searching);
        needs_a_person || (self.ready && self.signal.is_some() && self.operator.is_some())
    }
}

pub(super) fn look(line: &Line, found: &mut impl FnMut(Finding)) {
    let seen = match ask(&line.at) {
        Ok(seen) => seen,
        Err(error) => {
            let mend = "pull the modem's plug and put it in again";
            return found(Finding::failure("modem", format!("its port broke off: {error}"), mend));
        }
    };
    if !seen.answered {
        return found(Finding::failure(
            "modem",
            "it answers nothing",
            "is this its AT port (USB interface 2 of 1e0e:9001)? Switch it off and on",
        ));
    }
    found(match seen.fault {
        Some(Fault::PinMissing) if line.pin.is_some() => Finding::ok(
            "modem",
            format!("{}; its SIM asks for the PIN, which the daemon will enter", seen.name),
        ),
        Some(fault) => Finding::from_fault("modem", &fault.to_string()),
        None if seen.ready => {
            let operator = seen.operator.as_deref().unwrap_or("an unnamed network");
            Finding::ok("modem", format!("could take calls: {}, {operator}", seen.name))
        }
        None => Finding::failure(
            "modem",
            format!("{} did not get ready within {} s", seen.name, PATIENCE.as_secs()),
            "switch the modem off and on, and look again",
        ),
    });
    told::signal(seen.signal.flatten().map(i64::from)).into_iter().for_each(found);
}

fn ask(path: &Path) -> io::Result<Seen> {
    let tty = Tty::open(path)?;
    let started = Instant::now();
    let mut modem = Modem::new(None, false);
    let mut seen = Seen::default();
    let mut to_write: Vec<u8> = Vec::new();
    modem.opened(Duration::ZERO);
    loop {
        while let Some(event) = modem.poll_event() {
            match event {
                Event::Write(octets) => to_write.extend(octets),
                Event::Fault(fault) => seen.fault = fault,
                Event::Ready => seen.ready = true,
                Event::Signal(dbm) => seen.signal = Some(dbm),
                Event::Operator(name) => seen.operator = Some(name),
                // What takes the daemon to its next rung ends a look.
                Event::Lost(_) => return Ok(seen),
                _ => {}
            }
        }
        let now = started.elapsed();
        if seen.is_enough() || now > PATIENCE {
            let facts = modem.facts();
            seen.name = format!("{} {}", facts.model, facts.firmware).trim().to_owned();
            return Ok(seen);
        }
        let written = tty.write(&to_write)?;
        to_write.drain(..written);
        wait(&tty, !to_write.is_empty(), modem.poll_timeout().map(|at| at.saturating_sub(now)))?;
        let mut octets = [0; READ];
        let count = tty.read(&mut octets)?;
        seen.answered |= count > 0;
        modem.handle_octets(started.elapsed(), &octets[..count]);
        modem.handle_timeout(started.elapsed());
    }
}

/// Until there is something to read, room to write, or the time is up.
fn wait(tty: &Tty, to_write: bool, time: Option<Duration>) -> io::Result<()> {
    let flags = if to_write { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
    let time = time.unwrap_or(PATIENCE).min(Duration::from_secs(1));
    let time = time.try_into().map_err(io::Error::other)?;
    match poll(&mut [PollFd::new(tty, flags)], Some(&time)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
