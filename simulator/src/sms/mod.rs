//! Short messages on the wire: 23.038 (alphabets) and 23.040 (TPDUs), as the network reads and
//! writes them.

mod alphabet;
mod tpdu;

pub(crate) use tpdu::{Report, deliver, read_submit, report};
