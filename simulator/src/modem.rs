//! The machine as its driver sees it: the modem, its network, and the faults on the wire.

use crate::core::{Core, Emit};
use crate::fault::{Fault, Injector};
use crate::snapshot::{Calls, Counters, LegView};
use crate::{Config, Input, Mono, Output};
use std::collections::VecDeque;

/// A modem and the network behind it.
///
/// After every call of `handle_input` or `handle_timeout`, take outputs until
/// [`Modem::poll_output`] has none, then ask [`Modem::poll_timeout`] when to call again.
#[derive(Debug)]
pub struct Modem {
    core: Core,
    injector: Injector,
    ready: VecDeque<Output>,
}

impl Modem {
    /// A modem at virtual time zero.
    pub fn new(config: Config) -> Self {
        let injector = Injector::new(config.faults.clone(), config.seed, &config.profile.port);
        let mut modem = Self { core: Core::new(config), injector, ready: VecDeque::new() };
        modem.settle(Mono::ZERO);
        modem
    }

    /// Something happens at `now`, after everything that was due before.
    pub fn handle_input(&mut self, now: Mono, input: Input) {
        self.core.advance(now);
        self.settle(now);
        match input {
            Input::At(octets) => self.typed(now, octets),
            Input::Audio(octets) => self.core.input_audio(octets),
            Input::Phone(action) => {
                if matches!(action, crate::PhoneAction::Key { .. }) {
                    self.core.duplicate_key = self.injector.duplicates_key();
                }
                self.core.phone_action(action);
            }
            Input::AtOpened => self.core.at_opened(),
            Input::AtClosed => self.core.at_open = false,
            Input::AudioOpened => self.core.audio_open = self.core.power.ports,
            Input::AudioClosed => self.core.audio_open = false,
            Input::Power(action) => self.core.power_action(action),
        }
        self.core.advance(now);
        self.settle(now);
    }

    fn typed(&mut self, now: Mono, octets: &[u8]) {
        if self.injector.is_hung(now) {
            self.core.counters.input_lost += octets.len() as u64;
            return;
        }
        let before = self.core.counters.command_lines;
        self.core.input_at(octets);
        if self.core.counters.command_lines > before
            && let Some(fault) = self.injector.on_command()
        {
            self.core.counters.faults += 1;
            self.befall(fault);
        }
    }

    /// Time passes: lets everything happen that is due at `now`.
    pub fn handle_timeout(&mut self, now: Mono) {
        self.core.advance(now);
        self.settle(now);
    }

    /// Other probabilities of faults from now on.
    pub fn set_faults(&mut self, faults: crate::Faults) {
        self.injector.set_faults(faults);
    }

    /// Whether the network merges calls, from now on.
    pub fn set_multiparty(&mut self, service: crate::profile::Service) {
        self.core.config.profile.services.multiparty = service;
    }

    /// A fault on command: at once, or at its next occasion.
    pub fn inject(&mut self, now: Mono, fault: Fault) {
        self.core.advance(now);
        self.befall(fault);
        self.settle(now);
    }

    fn befall(&mut self, fault: Fault) {
        let now = self.core.now;
        match fault {
            Fault::Hang(lasts) => self.injector.hang(now + lasts),
            Fault::Octets(octets) => self.core.say(crate::core::Kind::Raw, octets),
            Fault::Reboot => self.core.quick_restart(),
            Fault::Crash => self.core.restart(Mono::ZERO),
            Fault::PortsGone(lasts) => self.core.replug(lasts),
            Fault::NoService(lasts) => self.core.lose_service(lasts),
            Fault::RefuseHold => self.core.refuse_hold = true,
            Fault::RefuseMerge => self.core.refuse_merge = true,
            Fault::IgnoreMerge => self.core.ignore_merge = true,
            Fault::RefuseText(code) => self.core.texts.refuse = Some(code),
            Fault::SilenceText(lasts) => self.core.texts.silence = Some(lasts),
            other => self.injector.want(other),
        }
    }

    /// Moves what the module has said onto the wire, and what has arrived to the outputs.
    fn settle(&mut self, now: Mono) {
        while let Some(emit) = self.core.out.pop_front() {
            match emit {
                Emit::Line(chunk) => {
                    self.arrive(chunk.at);
                    self.injector.accept(chunk, &mut self.core.counters);
                }
                Emit::Other(output) => {
                    if output == Output::PortsGone {
                        self.injector.reset(now);
                    }
                    self.ready.push_back(output);
                }
            }
        }
        self.arrive(now);
    }

    fn arrive(&mut self, now: Mono) {
        while let Some(octets) = self.injector.pop_due(now) {
            self.ready.push_back(Output::At(octets));
        }
    }

    /// The next output, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.ready.pop_front()
    }

    /// When [`Modem::handle_timeout`] is due next.
    pub fn poll_timeout(&self) -> Option<Mono> {
        [self.core.agenda.next_time(), self.injector.next_time()].into_iter().flatten().min()
    }

    /// The truth about the calls, whatever the AT port says.
    pub fn calls(&self) -> Calls {
        let legs = &self.core.legs;
        let view = |leg: &crate::core::Leg| {
            let hears = legs.iter().filter(|other| {
                leg.talks()
                    && other.talks()
                    && leg.multiparty
                    && other.multiparty
                    && other.serial != leg.serial
            });
            LegView {
                index: leg.index,
                phone: leg.phone.clone(),
                direction: leg.direction,
                state: leg.state,
                multiparty: leg.multiparty,
                since: leg.born,
                answered: leg.answered,
                hears_box: leg.talks() && self.core.pcm.registered,
                hears: hears.map(|other| other.phone.clone()).collect(),
            }
        };
        Calls { legs: legs.iter().map(view).collect() }
    }

    /// Between `AT+CPCMREG=1` and `=0`.
    pub fn is_audio_on(&self) -> bool {
        self.core.pcm.registered
    }

    /// The PCM port runs at 16 kHz.
    pub fn is_wideband(&self) -> bool {
        self.core.pcm.wide
    }

    /// The module's STATUS pin: it is on.
    pub fn is_status_high(&self) -> bool {
        self.core.power.on && self.core.power.ready
    }

    /// The ports exist.
    pub fn has_ports(&self) -> bool {
        self.core.power.ports
    }

    /// The network knows the modem.
    pub fn is_registered(&self) -> bool {
        self.core.power.registered
    }

    /// Call waiting is active in the network.
    pub fn is_call_waiting_on(&self) -> bool {
        self.core.call_waiting
    }

    /// What has happened so far.
    pub fn counters(&self) -> &Counters {
        &self.core.counters
    }

    /// The last numbers dialled, as they were dialled, oldest first.
    pub fn dialled(&self) -> impl Iterator<Item = &str> {
        self.core.dialled.iter().map(String::as_str)
    }
}
