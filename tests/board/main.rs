//! The board: profiles, the power key and the USB device, on mocks and folders.

mod cli;
mod power;
mod profiles;
mod systemd;
mod usb;
