//! One phone, inside the network.

use super::{Behaviour, Presentation};
use crate::sound::{Ear, Mouth};
use std::time::Duration;

/// A phone's state that is not the call's: the call itself is a leg of the modem's call table.
#[derive(Debug, Default)]
pub(crate) struct Handset {
    pub behaviour: Behaviour,
    pub hang_up_after: Option<Duration>,
    pub mouth: Mouth,
    pub ear: Ear,
    /// A call to the modem that has not reached it yet: its serial, and how it is shown.
    pub calling: Option<(u64, Presentation)>,
}
