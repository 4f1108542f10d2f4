//! The power key, pin by pin and wait by wait, against the times of the hardware manual.

use embedded_hal_mock::eh1::MockError;
use embedded_hal_mock::eh1::delay::{CheckedDelay, Transaction as Delay};
use embedded_hal_mock::eh1::digital::{Mock, State, Transaction as Level};
use maskline::board::{Acting, Active, Outcome, Pins, Power, Press};
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const LOW: State = State::Low;
const HIGH: State = State::High;

/// A modem on mocks, and what it must see.
struct Bench {
    key: Mock,
    reset: Option<Mock>,
    status: Option<Mock>,
    delay: CheckedDelay,
}

impl Bench {
    fn new(key: &[Level], delays: &[Delay]) -> Bench {
        Bench { key: Mock::new(key), reset: None, status: None, delay: CheckedDelay::new(delays) }
    }

    fn status(mut self, levels: &[State]) -> Bench {
        let reads: Vec<_> = levels.iter().map(|&level| Level::get(level)).collect();
        self.status = Some(Mock::new(&reads));
        self
    }

    fn reset(mut self, levels: &[Level]) -> Bench {
        self.reset = Some(Mock::new(levels));
        self
    }

    fn power(&self, active: Active, usb: Vec<Option<bool>>) -> Power<Mock, Mock, CheckedDelay> {
        let high = |pin: Mock| Acting { pin, active: Active::High };
        let pins = Pins {
            power_key: Acting { pin: self.key.clone(), active },
            reset: self.reset.clone().map(high),
            status: self.status.clone().map(high),
            flight_mode: None,
        };
        let mut looks = usb.into_iter();
        let mut last = None;
        let on_usb = Box::new(move || {
            last = looks.next().unwrap_or(last);
            last
        });
        let stop = Arc::new(AtomicBool::new(false));
        let pressed = Box::new(|_| ());
        Power::new(pins, Press::default(), self.delay.clone(), on_usb, pressed, stop)
    }

    fn done(mut self) {
        self.key.done();
        self.delay.done();
        self.reset.iter_mut().chain(&mut self.status).for_each(Mock::done);
    }
}

/// The key down and up again, active high.
fn press() -> [Level; 2] {
    [Level::set(HIGH), Level::set(LOW)]
}

fn presses(n: usize) -> Vec<Level> {
    (0..n).flat_map(|_| press()).collect()
}

/// Looks half a second apart.
fn looks(n: usize) -> Vec<Delay> {
    vec![Delay::delay_ms(500); n]
}

#[test]
fn a_module_that_is_off_is_only_switched_on() {
    // STATUS rises 12 s after the press.
    let mut levels = vec![LOW; 25];
    levels.push(HIGH);
    let delays = [vec![Delay::delay_ms(500)], looks(24)].concat();
    let bench = Bench::new(&press(), &delays).status(&levels);
    let mut power = bench.power(Active::High, vec![None]);
    assert_eq!(power.cycle(), Ok(Outcome::On));
    bench.done();
}

#[test]
fn a_module_that_is_on_is_held_for_3_s_waited_for_and_pressed_for_500_ms() {
    // STATUS falls 25 s after the long press, and rises 12 s after the short one.
    let levels = [vec![HIGH; 51], vec![LOW; 25], vec![HIGH]].concat();
    let delays =
        [vec![Delay::delay_ms(3000)], looks(50), vec![Delay::delay_ms(500)], looks(24)].concat();
    let bench = Bench::new(&presses(2), &delays).status(&levels);
    let mut power = bench.power(Active::High, vec![None]);
    assert_eq!(power.cycle(), Ok(Outcome::On));
    bench.done();
}

#[test]
fn without_a_status_pin_usb_tells() {
    let usb = [vec![Some(true); 56], vec![Some(false); 23], vec![Some(true)]].concat();
    let delays =
        [vec![Delay::delay_ms(3000)], looks(55), vec![Delay::delay_ms(500)], looks(22)].concat();
    let bench = Bench::new(&presses(2), &delays);
    let mut power = bench.power(Active::High, usb);
    assert_eq!(power.cycle(), Ok(Outcome::On));
    bench.done();
}

#[test]
fn a_module_that_shows_on_usb_is_on_whatever_status_says() {
    let bench = Bench::new(&[], &[]).status(&[LOW]);
    assert_eq!(bench.power(Active::High, vec![Some(true)]).is_on(), Ok(Some(true)));
    bench.done();
}

#[test]
fn an_active_low_key_is_pressed_low() {
    let key = [Level::set(LOW), Level::set(HIGH)];
    let bench = Bench::new(&key, &[Delay::delay_ms(500)]);
    let mut power = bench.power(Active::Low, vec![Some(true)]);
    assert_eq!(power.switch_on(), Ok(Outcome::On));
    bench.done();
}

#[test]
fn where_nobody_can_tell_the_module_gets_the_whole_time_to_go_off() {
    let delays = [vec![Delay::delay_ms(3000)], looks(60), vec![Delay::delay_ms(500)]].concat();
    let bench = Bench::new(&presses(2), &delays);
    assert_eq!(bench.power(Active::High, vec![None]).cycle(), Ok(Outcome::Pressed));
    bench.done();
}

#[test]
fn reset_is_pressed_for_200_ms_only_where_the_key_is_without_effect() {
    let delays = [vec![Delay::delay_ms(3000)], looks(60), vec![Delay::delay_ms(200)]].concat();
    let bench = Bench::new(&press(), &delays).status(&[HIGH; 61]).reset(&press());
    assert_eq!(bench.power(Active::High, vec![None]).cycle(), Ok(Outcome::Reset));
    bench.done();
}

#[test]
fn a_key_without_effect_and_no_reset_is_told() {
    let delays = [vec![Delay::delay_ms(3000)], looks(60)].concat();
    let bench = Bench::new(&press(), &delays);
    assert_eq!(bench.power(Active::High, vec![Some(true)]).cycle(), Ok(Outcome::KeyIgnored));
    bench.done();
}

#[test]
fn a_module_that_does_not_start_within_18_s_is_told() {
    let delays = [vec![Delay::delay_ms(500)], looks(36)].concat();
    let bench = Bench::new(&press(), &delays);
    let mut power = bench.power(Active::High, vec![Some(false)]);
    assert_eq!(power.cycle(), Ok(Outcome::DidNotStart));
    bench.done();
}

#[test]
fn a_key_that_cannot_be_pressed_is_let_go_all_the_same() {
    let broken = MockError::Io(ErrorKind::NotConnected);
    let key = [Level::set(HIGH).with_error(broken), Level::set(LOW)];
    let bench = Bench::new(&key, &[]);
    let error = bench.power(Active::High, vec![Some(true)]).cycle().unwrap_err().to_string();
    assert!(error.starts_with("PWRKEY: "), "{error}");
    bench.done();
}
