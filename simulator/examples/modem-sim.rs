//! The simulator as a program: `modem-sim AT-PATH AUDIO-PATH [PROFILE [SEED]]`, requests and
//! reports as JSON lines.

use simulator::pty::{Options, run};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(at), Some(audio)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: modem-sim AT-PATH AUDIO-PATH [PROFILE [SEED]]");
        std::process::exit(2);
    };
    let mut options = Options::new(at, audio);
    if let Some(profile) = arguments.next() {
        options.profile = profile;
    }
    if let Some(seed) = arguments.next().and_then(|seed| seed.parse().ok()) {
        options.seed = seed;
    }
    run(options)
}
