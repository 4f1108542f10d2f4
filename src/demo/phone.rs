//! What a phone shows: made from what it notices.

use super::cast::Role;
use serde::Serialize;
use simulator::{Cause, PhoneEvent, Source};

/// Where a phone's call stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// No call yet.
    #[default]
    Idle,
    /// It has dialled the box.
    Calling,
    /// The box's line rings.
    RingBack,
    /// It rings.
    Ringing,
    /// It is through.
    Connected,
    /// The box has put it on hold.
    Held,
    /// The call is over.
    Ended,
}

/// What a phone shows, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Display {
    /// Where its call stands.
    pub call: Call,
    /// The caller's number, as far as it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// Why its call is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Who is heard: `box`, or the name of a role. Never a number.
    pub hears: Vec<&'static str>,
}

impl Display {
    /// Somebody begins a call; false if the phone has one.
    pub fn dials(&mut self) -> bool {
        let free = matches!(self.call, Call::Idle | Call::Ended);
        if free {
            *self = Display { call: Call::Calling, ..Display::default() };
        }
        free
    }

    /// Somebody gives up before the network knows of the call; whatever else ends a call is told.
    pub fn gives_up(&mut self) -> bool {
        let early = self.call == Call::Calling;
        if early {
            *self = Display::default();
        }
        early
    }

    /// Something happens to the phone; true if it shows something else now.
    pub fn notice(&mut self, event: &PhoneEvent) -> bool {
        let before = self.clone();
        match event {
            PhoneEvent::RingBack { .. } => self.call = Call::RingBack,
            PhoneEvent::Ringing { shown, .. } => {
                *self = Display { call: Call::Ringing, shown: shown.clone(), ..Display::default() };
            }
            PhoneEvent::Connected { .. } | PhoneEvent::Retrieved { .. } => {
                self.call = Call::Connected;
            }
            PhoneEvent::OnHold { .. } => self.call = Call::Held,
            PhoneEvent::SoundBegan { from, .. } => {
                let who = name(from);
                if !self.hears.contains(&who) {
                    self.hears.push(who);
                }
            }
            PhoneEvent::SoundEnded { from, .. } => self.hears.retain(|who| *who != name(from)),
            PhoneEvent::Ended { cause, .. } => {
                *self = Display { call: Call::Ended, cause: Some(*cause), ..Display::default() };
            }
            PhoneEvent::Heard { .. } | PhoneEvent::HeardKey { .. } | PhoneEvent::Text { .. } => {}
        }
        *self != before
    }
}

fn name(from: &Source) -> &'static str {
    match from {
        Source::Box => "box",
        Source::Phone(number) => Role::of(number).map_or("somebody", Role::name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone() -> String {
        Role::Customer.number().to_owned()
    }

    #[test]
    fn a_call_taken_shows_the_box_and_whoever_is_heard_by_role() {
        let mut display = Display::default();
        let shown = Some("+61255500099".to_owned());
        assert!(display.notice(&PhoneEvent::Ringing { phone: phone(), shown: shown.clone() }));
        assert_eq!((display.call, &display.shown), (Call::Ringing, &shown));
        assert!(!display.dials(), "it has a call");
        assert!(display.notice(&PhoneEvent::Connected { phone: phone() }));
        let from = Source::Phone(Role::Courier.number().to_owned());
        let began = PhoneEvent::SoundBegan { phone: phone(), from };
        assert!(display.notice(&began));
        assert!(!display.notice(&began), "once is enough");
        assert_eq!((&display.shown, &display.hears), (&shown, &vec!["courier"]));
        let said = serde_json::to_string(&display).unwrap();
        assert!(!said.contains(Role::Courier.number()), "{said}");
        let lost = PhoneEvent::Ended { phone: phone(), cause: Cause::Lost };
        assert!(display.notice(&lost));
        assert_eq!(
            display,
            Display { call: Call::Ended, cause: Some(Cause::Lost), ..Display::default() }
        );
    }

    #[test]
    fn a_call_given_up_before_the_network_knows_it_leaves_nothing() {
        let mut display = Display::default();
        assert!(display.dials());
        assert_eq!(display.call, Call::Calling);
        assert!(display.gives_up());
        assert_eq!(display, Display::default());
        assert!(!display.gives_up());
    }
}
