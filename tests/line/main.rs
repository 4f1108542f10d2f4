//! The line machine against the simulator, in virtual time.

mod rows;
mod world;
