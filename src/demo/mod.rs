//! The whole product on one machine with nothing attached: a simulated modem with its network behind
//! pseudo-terminals, and the shipped program driving it as it would drive a real one.
//!
//! - `stage` is what is simulated, and the gateway as a process; `cast` is who plays;
//! - `story` is `maskline demo --once`: one call, told in the terminal;
//! - `browser` is `maskline demo`: `server` has its page, `exchange` the phones that people hold there
//!   (`phone` what one shows, `socket` the browser that holds it), `gateway` what is passed through.

mod browser;
mod cast;
mod exchange;
mod gateway;
mod phone;
mod server;
mod socket;
pub mod stage;
mod story;

pub use browser::serve;
pub use stage::Stage;
pub use story::once;
