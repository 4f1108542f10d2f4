//! Power, start and stop, the ports (hardware design §8.1).

use super::{Core, Emit, Event, Registers, Settings};
use crate::profile::Boot;
use crate::{Mono, Output, Power, Start};
use std::time::Duration;

/// PWRKEY: shortest press that starts a module, and that stops one.
const KEY_ON: Duration = Duration::from_millis(100);
const KEY_OFF: Duration = Duration::from_millis(2500);
/// After the key: STATUS low, then USB gone.
const OFF_TIME: Duration = Duration::from_millis(25_500);
const USB_OFF_TIME: Duration = Duration::from_millis(27_500);
/// From a reset to the ports vanishing.
const RESET_TIME: Duration = Duration::from_millis(500);

/// A step of a start or a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Ports,
    Ready,
    SimReady,
    SmsDone,
    PhonebookDone,
    Registered,
    /// Ports go now, and the module starts again.
    Restart,
    /// Restart without the ports vanishing.
    QuickRestart,
    Stopped,
    PortsGone,
    /// Ports are back after a replug; the module ran on.
    Replugged,
    ServiceBack,
}

/// What is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PowerState {
    pub supply: bool,
    pub on: bool,
    /// The USB ports exist.
    pub ports: bool,
    /// The command interpreter runs.
    pub ready: bool,
    pub sim_ready: bool,
    pub pin_ok: bool,
    pub sms_done: bool,
    pub registered: bool,
    pub coverage: bool,
    pub radio: u8,
    key_since: Option<Mono>,
    /// Names the current start; steps of an older one are void.
    pub start: u64,
}

impl PowerState {
    pub(crate) fn off() -> Self {
        Self {
            supply: true,
            on: false,
            ports: false,
            ready: false,
            sim_ready: false,
            pin_ok: false,
            sms_done: false,
            registered: false,
            coverage: true,
            radio: 1,
            key_since: None,
            start: 0,
        }
    }

    pub(crate) fn talks(&self) -> bool {
        self.on && self.ready
    }

    pub(crate) fn listens(&self) -> bool {
        self.talks()
    }
}

impl Core {
    /// The state in which the simulation begins.
    pub(crate) fn begin(&mut self) {
        match self.config.start {
            Start::Off => {}
            Start::Booting => self.switch_on(),
            Start::Running => {
                self.power.on = true;
                self.power.ports = true;
                self.power.ready = true;
                self.power.sim_ready = self.config.sim.present;
                self.power.sms_done = true;
                self.power.pin_ok = self.power.sim_ready && self.saved.pin.is_none();
                self.power.registered = self.power.pin_ok;
            }
        }
    }

    pub(super) fn boot(&self) -> Boot {
        self.config.profile.boot.clone()
    }

    pub(super) fn step(&mut self, after: Duration, step: Step) {
        let start = self.power.start;
        self.later(after, Event::Power(start, step));
    }

    fn new_start(&mut self) {
        self.power.start = self.next_serial();
    }

    fn switch_on(&mut self) {
        self.new_start();
        self.power.on = true;
        self.counters.restarts += 1;
        self.step(self.boot().ports, Step::Ports);
    }

    pub(crate) fn power_action(&mut self, action: Power) {
        match action {
            Power::KeyDown => self.power.key_since = Some(self.now),
            Power::KeyUp => self.key_up(),
            Power::Reset if self.power.on => self.restart(Duration::ZERO),
            Power::Reset => {}
            Power::SupplyOff => {
                self.go_down();
                self.ports_gone();
                self.new_start();
                self.power.on = false;
                self.power.supply = false;
            }
            Power::SupplyOn => self.power.supply = true,
            Power::UsbReplug => self.replug(Duration::from_secs(3)),
        }
    }

    fn key_up(&mut self) {
        let Some(since) = self.power.key_since.take() else { return };
        let pressed = self.now - since;
        if !self.power.supply {
        } else if !self.power.on && pressed >= KEY_ON {
            self.switch_on();
        } else if self.power.on && pressed >= KEY_OFF {
            self.switch_off();
        }
    }

    /// `AT+CPOF`, or the power key: calls end, then the module goes down.
    pub(crate) fn switch_off(&mut self) {
        self.lose_calls(false);
        self.new_start();
        self.power.registered = false;
        self.step(OFF_TIME, Step::Stopped);
        self.step(USB_OFF_TIME, Step::PortsGone);
    }

    /// Restarts after this long, ports and all.
    pub(crate) fn restart(&mut self, after: Duration) {
        self.new_start();
        self.step(after + RESET_TIME, Step::Restart);
    }

    /// Restarts at once while the ports stay.
    pub(crate) fn quick_restart(&mut self) {
        self.new_start();
        self.step(Duration::ZERO, Step::QuickRestart);
    }

    /// The ports vanish for this long; everything else runs on.
    pub(crate) fn replug(&mut self, lasts: Duration) {
        if self.power.ports {
            self.ports_gone();
            self.step(lasts, Step::Replugged);
        }
    }

    /// No network for this long.
    pub(crate) fn lose_service(&mut self, lasts: Duration) {
        self.power.coverage = false;
        self.power.registered = false;
        self.lose_calls(true);
        self.report_registration();
        self.step(lasts, Step::ServiceBack);
    }

    fn ports_gone(&mut self) {
        if !self.power.ports {
            return;
        }
        self.power.ports = false;
        self.at_open = false;
        self.audio_open = false;
        self.out.push_back(Emit::Other(Output::PortsGone));
    }

    fn ports_back(&mut self) {
        if !self.power.ports {
            self.power.ports = true;
            self.out.push_back(Emit::Other(Output::PortsBack));
        }
    }

    /// Everything volatile is lost.
    fn go_down(&mut self) {
        self.lose_calls(false);
        self.forget_commands();
        self.tombs.clear();
        self.unread.clear();
        self.pcm.stop();
        self.calls_since_start = 0;
        self.last_index = 0;
        self.call_waiting = self.config.network.call_waiting;
        let registers: Registers = self.saved.registers;
        self.settings = Settings { registers, ..Settings::factory(&self.config.profile) };
        let (supply, coverage, start) = (self.power.supply, self.power.coverage, self.power.start);
        let (on, ports) = (self.power.on, self.power.ports);
        self.power = PowerState {
            supply,
            coverage,
            start,
            on,
            ports,
            radio: self.saved.cfun,
            ..PowerState::off()
        };
    }

    pub(crate) fn power_step(&mut self, start: u64, step: Step) {
        if step == Step::Replugged || step == Step::ServiceBack {
            // Not part of a start, but void once the module is down.
            if !self.power.on {
                return;
            }
        } else if start != self.power.start {
            return;
        }
        let boot = self.boot();
        match step {
            Step::Restart => {
                self.go_down();
                self.ports_gone();
                self.switch_on();
            }
            Step::QuickRestart => {
                self.go_down();
                self.counters.restarts += 1;
                // A restart before the ports of the last one came: they come now.
                if self.power.ports {
                    self.step(boot.ready, Step::Ready);
                } else {
                    self.step(boot.ports, Step::Ports);
                }
            }
            Step::Ports => {
                self.ports_back();
                self.step(boot.ready, Step::Ready);
            }
            Step::Ready => {
                self.power.ready = true;
                self.urc("RDY");
                self.step(boot.pin, Step::SimReady);
            }
            Step::SimReady => self.sim_found(),
            Step::SmsDone => {
                self.power.sms_done = true;
                self.urc("SMS DONE");
            }
            Step::PhonebookDone => self.urc("PB DONE"),
            Step::Registered | Step::ServiceBack => self.register(step == Step::ServiceBack),
            Step::Stopped => {
                self.go_down();
                self.power.on = false;
            }
            Step::PortsGone => self.ports_gone(),
            Step::Replugged => self.ports_back(),
        }
    }
}
