//! The whole product on one machine with nothing attached: a simulated modem with its network behind
//! pseudo-terminals, and the shipped program driving it as it would drive a real one.

pub mod stage;
mod story;

pub use stage::Stage;
pub use story::once;
