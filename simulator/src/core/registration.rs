//! The SIM, the radio and the registration (27.007 §7.2, §8.2, §8.3).

use super::Core;
use super::power::Step;
use crate::at::Failure;
use std::time::Duration;

impl Core {
    pub(super) fn sim_found(&mut self) {
        self.power.sim_ready = self.config.sim.present;
        if !self.power.sim_ready {
            self.urc("+CPIN: NOT INSERTED");
        } else if self.saved.pin.is_some() {
            let line = if self.saved.pin_tries == 0 { "+CPIN: SIM PUK" } else { "+CPIN: SIM PIN" };
            self.urc(line);
        } else {
            self.unlocked();
        }
    }

    /// The PIN is right, or none is asked for.
    pub(crate) fn unlocked(&mut self) {
        let boot = self.boot();
        self.power.pin_ok = true;
        self.urc("+CPIN: READY");
        self.step(boot.sms, Step::SmsDone);
        self.step(boot.phonebook, Step::PhonebookDone);
        self.step(boot.registered, Step::Registered);
    }

    pub(super) fn register(&mut self, coverage_back: bool) {
        self.power.coverage |= coverage_back;
        let power = &self.power;
        let can = power.coverage && power.pin_ok && power.radio == 1;
        if can && !self.power.registered {
            self.power.registered = true;
            self.give_texts();
            self.report_registration();
        }
    }

    /// `AT+CFUN=0|1|4`: the radio goes off or on.
    pub(crate) fn set_radio(&mut self, radio: u8) {
        self.power.radio = radio;
        if radio == 1 {
            self.step(Duration::from_secs(2), Step::Registered);
        } else if self.power.registered {
            self.power.registered = false;
            self.lose_calls(true);
            self.report_registration();
        }
    }

    pub(super) fn report_registration(&mut self) {
        for (name, n) in [
            ("+CREG", self.settings.creg),
            ("+CGREG", self.settings.cgreg),
            ("+CEREG", self.settings.cereg),
        ] {
            if n > 0 {
                let status = self.registration(name, n);
                self.urc(&format!("{name}: {status}"));
            }
        }
    }

    /// Status, and with n=2 the place, of `+CREG` and its kin (27.007 §7.2, §10.1.20, §10.1.22).
    pub(crate) fn registration(&self, name: &str, n: u8) -> String {
        let network = &self.config.network;
        let status = match (self.power.registered, name) {
            (true, "+CREG") => network.creg,
            (true, _) => network.cereg,
            (false, _) if self.power.radio == 1 && self.power.pin_ok => 2,
            _ => 0,
        };
        if n == 2 && matches!(status, 1 | 5) {
            let access = if network.volte { 7 } else { 2 };
            return format!("{status},\"0FA1\",\"01A2B3C4\",{access}");
        }
        status.to_string()
    }

    /// Whether call commands are allowed at all.
    pub(crate) fn usable(&self) -> Result<(), Failure> {
        match &self.power {
            power if power.radio != 1 => Err(Failure::Cme(3)),
            _ => self.sim_usable(),
        }
    }

    pub(crate) fn sim_usable(&self) -> Result<(), Failure> {
        let blocked = self.saved.pin_tries == 0;
        match &self.power {
            _ if !self.config.sim.present => Err(Failure::Cme(10)),
            power if !power.sim_ready => Err(Failure::Cme(14)),
            power if !power.pin_ok => Err(Failure::Cme(if blocked { 12 } else { 11 })),
            _ => Ok(()),
        }
    }
}
