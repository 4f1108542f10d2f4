//! `maskline stick import` on real file systems in image files, against a daemon's API.
//!
//! What this machine cannot mount is left out, and said; `STICK_TESTS=must` makes that a failure.

#[path = "../http/support.rs"]
mod support;

mod bench;
mod disks;
mod fat;
mod folders;
