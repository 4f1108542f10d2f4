//! What Maskline adds to a call, measured at the tty: `docs/performance.md` says how to read it.
//!
//! `BENCH_ORDERS=1000000 cargo bench --bench latency`; `BENCH_CALLS` is how many calls
//! are made in each of the two parts, `BENCH_PROGRAM` another program than that of this build.

mod figures;
#[path = "../../tests/e2e/prompts.rs"]
mod prompts;
mod site;
mod wire;

use figures::{Call, Row};
use maskline::order::Party;
use simulator::{Behaviour, PhoneAction, Presentation, Sound};
use site::Daemon;
use std::path::Path;
use std::time::{Duration, Instant};
use wire::Wire;

const PATIENCE: Duration = Duration::from_secs(20);
/// The same key within 150 ms is one key.
const KEY_EVERY: Duration = Duration::from_millis(170);

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

fn main() {
    let orders = number("BENCH_ORDERS", 100_000);
    let calls = number("BENCH_CALLS", 60);
    let folder = tempfile::Builder::new().prefix("maskline-bench-").tempdir().unwrap();
    let began = Instant::now();
    site::fill(&folder.path().join("store"), orders);
    println!("{orders} orders stored in {:.1} s", began.elapsed().as_secs_f32());
    println!("program: {}", site::program().display());
    without_sound(folder.path(), orders, calls);
    with_sound(folder.path(), orders, calls);
}

/// A box and a modem that have found each other.
fn meet(folder: &Path, sound: Sound, audio: &str, more: &str) -> (Wire, Daemon) {
    let mut wire = Wire::new(folder, sound);
    let began = Instant::now();
    let mut daemon = Daemon::start(folder, audio, more);
    let mut looked = Instant::now();
    let up = wire.until(Duration::from_secs(300), |_| {
        // A look is a file that is read: not at every tick.
        looked.elapsed() > Duration::from_millis(50) && {
            looked = Instant::now();
            daemon.takes_calls()
        }
    });
    assert!(up, "{}", daemon.log());
    println!("it takes calls {:.1} s after its start", began.elapsed().as_secs_f32());
    (wire, daemon)
}

/// The n-th call, from ring to the end; what was on the ttys is in `wire.ticks`.
fn call(wire: &mut Wire, orders: u64, n: u64) {
    // Anywhere in the book, so that no cache is warm.
    let order = site::order(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % orders);
    let caller = order.phone(Party::Courier).e164().to_owned();
    let callee = order.phone(Party::Customer).e164().to_owned();
    wire.ticks.clear();
    let behaviour = Behaviour::AnswerAfter(Duration::from_millis(100));
    wire.act(PhoneAction::SetBehaviour { phone: callee.clone(), behaviour, hang_up_after: None });
    let presentation = Presentation::International;
    wire.act(PhoneAction::Call { from: caller.clone(), presentation });
    let answered =
        |wire: &Wire| wire.modem().calls().leg(&caller).is_some_and(|leg| leg.answered.is_some());
    assert!(wire.until(PATIENCE, answered), "not answered: {:#?}", wire.ticks);
    // Each call meets the 20 ms of a frame at another moment.
    wire.pause(Duration::from_millis(300 + n * 7 % 20));
    for key in order.number.as_str().chars() {
        wire.act(PhoneAction::Key { phone: caller.clone(), key });
        wire.pause(KEY_EVERY);
    }
    let talk = |wire: &Wire| wire.modem().calls().hears(&caller, &callee);
    assert!(wire.until(PATIENCE, talk), "not merged: {:#?}", wire.ticks);
    let ticks = wire.ticks.len();
    wire.act(PhoneAction::Hangup { phone: callee });
    assert!(wire.until(PATIENCE, |wire| wire.modem().calls().legs.is_empty()));
    wire.pause(Duration::from_millis(400));
    wire.ticks.truncate(ticks);
}

/// Prompts take no time at all here (`audio = "none"`): what is left is the box.
fn without_sound(folder: &Path, orders: u64, calls: u64) {
    let (mut wire, daemon) = meet(folder, Sound::Off, "none", "");
    let mut rows = [
        Row::new("last digit told -> order found, AT+CHLD=2 read"),
        Row::new("last digit told -> ATD read, less the modem's own time"),
        Row::new("last digit told -> ATD read, all in all"),
        Row::new("leg B's answer told -> AT+CHLD=3 read, less the modem's own time"),
    ];
    for n in 0..calls {
        call(&mut wire, orders, n);
        let call = Call(&wire.ticks);
        let key = call.last_key().unwrap();
        let hold = call.asked(key, "AT+CHLD=2").unwrap();
        let dial = call.asked(key, "ATD").unwrap();
        let answer = call.leg_b_answers(dial).unwrap();
        let merge = call.asked(answer, "AT+CHLD=3").unwrap();
        rows[0].took.push(call.between(key, hold));
        rows[1].took.push(call.between(key, dial).saturating_sub(call.modem_time(key, dial)));
        rows[2].took.push(call.between(key, dial));
        let less = call.modem_time(answer, merge);
        rows[3].took.push(call.between(answer, merge).saturating_sub(less));
        if n == 0 && std::env::var_os("BENCH_TRACE").is_some() {
            trace(&call, key, merge);
        }
    }
    figures::print("without sound: prompts take no time", &mut rows);
    daemon.stop(|| wire.pause(Duration::from_millis(20)));
}

/// Prompts are tones of 100 ms here, and their end is when the modem has played their last sample.
fn with_sound(folder: &Path, orders: u64, calls: u64) {
    let pack = prompts::short();
    let audio = folder.join("audio");
    let audio = audio.to_str().unwrap();
    let (mut wire, daemon) = meet(folder, Sound::Levels, audio, &prompts::config(&pack));
    let mut rows = [
        Row::new("last digit told -> first frame of the connecting prompt read"),
        Row::new("connecting prompt played -> AT+CHLD=2 read"),
        Row::new("AT+CHLD=2 answered -> ATD read, less the modem's own time"),
        Row::new("last digit told -> ATD read, less prompt and the modem's own time"),
        Row::new("announcement played -> AT+CHLD=3 read"),
        Row::new("announcement's last frame read -> AT+CHLD=3 read"),
    ];
    for n in 0..calls {
        call(&mut wire, orders, n);
        let call = Call(&wire.ticks);
        let key = call.last_key().unwrap();
        let hold = call.asked(key, "AT+CHLD=2").unwrap();
        let dial = call.asked(key, "ATD").unwrap();
        let merge = call.asked(dial, "AT+CHLD=3").unwrap();
        let told = call.sound_begins(key).unwrap();
        let played = |to: usize| call.played(to).unwrap();
        let at = |tick: usize| call.0[tick].0;
        let prompt = played(hold) - at(told);
        rows[0].took.push(call.between(key, told));
        rows[1].took.push(at(hold).saturating_duration_since(played(hold)));
        rows[2].took.push(call.between(hold, dial).saturating_sub(call.modem_time(hold, dial)));
        let less = prompt + call.modem_time(key, dial);
        rows[3].took.push(call.between(key, dial).saturating_sub(less));
        rows[4].took.push(at(merge).saturating_duration_since(played(merge)));
        rows[5].took.push(call.between(call.sound_ends(merge).unwrap(), merge));
    }
    figures::print("with sound: prompts of 100 ms", &mut rows);
    daemon.stop(|| wire.pause(Duration::from_millis(20)));
}

/// Prints what was on the ttys.
fn trace(call: &Call<'_>, from: usize, to: usize) {
    for tick in from..=to {
        println!(
            "{:>9.3} ms {:?}",
            call.between(from, tick).as_secs_f64() * 1000.0,
            call.0[tick].1
        );
    }
}
