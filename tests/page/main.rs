//! The page in a real browser: a simulated modem, the daemon, chromium, and a person's clicks.
//!
//! Wants node, chromium, and once `npm ci` in this folder; says so and passes where they are
//! missing, unless `PAGE_TESTS=must`. `PAGE_SCREENSHOTS=FOLDER` keeps pictures of every
//! view.

mod demo;

use jiff::{SignedDuration, Timestamp};
use maskline::clock::Now;
use maskline::demo::Stage;
use maskline::order::Party;
use maskline::record::{CallRecord, Outcome};
use maskline::store::Store;
use simulator::pty::Happening;
use simulator::{Behaviour, PhoneAction, PhoneEvent, Presentation, Source};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const COURIER: &str = "+61255501111";
const CUSTOMER: &str = "+61255502222";
const CHROMIUM: &str = "/usr/bin/chromium";

fn missing() -> Option<&'static str> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page/node_modules");
    let node = Command::new("node").arg("--version").output();
    if !node.is_ok_and(|node| node.status.success()) {
        return Some("node");
    }
    if !Path::new(CHROMIUM).exists() {
        return Some("chromium (apt-get install chromium)");
    }
    if !folder.join("playwright-core").exists() || !folder.join("axe-core").exists() {
        return Some("npm ci in tests/page");
    }
    None
}

fn address_in(log: &str) -> Option<String> {
    let at = log.find("http: listening on ")? + "http: listening on ".len();
    let address = log[at..].split_whitespace().next()?;
    Some(address.trim_start_matches("http://").to_owned())
}

/// The courier calls and keys an order number; the customer answers, they talk, the customer hangs up
/// when `hang_up` is said.
fn call(stage: &Stage, order: &str) {
    let requests = stage.simulator.requests();
    let behaviour = Behaviour::AnswerAfter(Duration::from_secs(2));
    let phone = CUSTOMER.to_owned();
    requests.act(PhoneAction::SetBehaviour { phone, behaviour, hang_up_after: None }).unwrap();
    let (from, presentation) = (COURIER.to_owned(), Presentation::International);
    requests.act(PhoneAction::Call { from, presentation }).unwrap();
    let by = Instant::now() + Duration::from_secs(60);
    while let Ok(report) =
        stage.simulator.reports().recv_timeout(by.saturating_duration_since(Instant::now()))
    {
        let greeted = matches!(&report.what, Happening::Phone(PhoneEvent::SoundBegan { phone, from: Source::Box }) if phone == COURIER);
        if greeted {
            std::thread::sleep(Duration::from_millis(800));
            for key in order.chars() {
                requests.act(PhoneAction::Key { phone: COURIER.to_owned(), key }).unwrap();
                std::thread::sleep(Duration::from_millis(350));
            }
            return;
        }
    }
    panic!("the box did not greet\n{}", stage.log());
}

/// Two weeks of calls, so that lists and figures look as they do in a firm.
fn past_calls(stage: &Stage) {
    use Outcome::{CalleeUnavailable, CallerHungUp, Connected, OperatorConnected, OrderNotFound};
    let folder = stage.config().with_file_name("store");
    std::fs::create_dir_all(&folder).unwrap();
    let store = Store::open(&folder).unwrap();
    let before = |seconds: i64| {
        let wall = Timestamp::now().checked_sub(SignedDuration::from_secs(seconds)).unwrap();
        Now { mono: Duration::ZERO, wall, trusted: true }
    };
    let today = Timestamp::now().as_second() % 86_400;
    for n in 0..280_i64 {
        let (day, nth) = (n / 20, n % 20);
        if nth > 12 + day * 5 % 8 {
            continue;
        }
        // From eight to eight, most at noon and in the evening.
        let hour = [8, 9, 10, 11, 11, 12, 12, 12, 13, 14, 15, 16, 17, 17, 18, 18, 18, 19, 19, 20]
            [usize::try_from((nth * 7 + day * 3) % 20).unwrap()];
        let began = before(today + (day + 1) * 86_400 - hour * 3600 - nth * 149);
        let mut record = CallRecord::begin(maskline::clock::call_id(began), "line1", began);
        let after = |seconds: i64| began.wall.checked_add(SignedDuration::from_secs(seconds)).ok();
        record.outcome = match (nth * 13 + day * 7) % 20 {
            0..14 => Connected,
            14 => OperatorConnected,
            15 | 16 => CalleeUnavailable,
            17 => OrderNotFound,
            _ => CallerHungUp,
        };
        record.ended_at = after(40 + n % 90);
        record.answered_at = after(2);
        if record.outcome != CallerHungUp {
            record.order_number = format!("{}", 20_000 + n * 37 % 9000);
            record.entries = if n % 11 == 0 { 2 } else { 1 };
            let found = record.outcome != OrderNotFound;
            record.order_search =
                if found { "Order is found" } else { "Order is not found" }.into();
        }
        if !matches!(record.outcome, CallerHungUp | OrderNotFound) {
            record.phone_search = "Phone number is found".into();
            record.set_party(if n % 3 == 0 { Party::Customer } else { Party::Courier });
        }
        if matches!(record.outcome, Connected | OperatorConnected) {
            record.leg_b_answered_at = after(14 + n % 17);
            record.merged_at = after(16 + n % 17 + n % 3 * 4);
        }
        // The latest three have not been delivered.
        store.add_record(&record, n < 3).unwrap();
    }
}

/// The shop system's server: down at first.
struct Receiver(SocketAddr);

impl Receiver {
    /// An address at which nothing answers.
    fn down() -> Receiver {
        Receiver(TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
    }

    fn config(&self) -> String {
        // One setting is fixed, for the page to show.
        format!(
            "[webhook]\nurl = \"http://{}/calls\"\n[settings]\nfixed = [\"calls.direct_connect\"]\n",
            self.0
        )
    }

    /// Answers every post from now on, and tells of it.
    fn up(&self) -> mpsc::Receiver<()> {
        let listener = TcpListener::bind(self.0).unwrap();
        let (tell, posts) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut length = 0;
                for line in
                    stream.by_ref().lines().map(Result::unwrap).take_while(|l| !l.is_empty())
                {
                    if let Some((name, value)) = line.split_once(": ")
                        && name.eq_ignore_ascii_case("content-length")
                    {
                        length = value.parse().unwrap();
                    }
                }
                stream.read_exact(&mut vec![0; length]).unwrap();
                let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
                stream.get_mut().write_all(answer).unwrap();
                if tell.send(()).is_err() {
                    return;
                }
            }
        });
        posts
    }
}

#[test]
fn staff_use_the_page() {
    if let Some(what) = missing() {
        assert_ne!(std::env::var("PAGE_TESTS").as_deref(), Ok("must"), "missing: {what}");
        eprintln!("the page was not tried in a browser: missing: {what}");
        return;
    }
    let receiver = Receiver::down();
    let program = Path::new(env!("CARGO_BIN_EXE_maskline"));
    let mut stage = Stage::set(program, "manual", &receiver.config()).unwrap();
    past_calls(&stage);
    stage.start_daemon().unwrap();
    stage.wait_ready().unwrap();
    let address = address_in(&stage.log()).expect("the daemon says where it listens");
    let code = std::fs::read_to_string(stage.config().with_file_name("store").join("setup-code"));
    let mut browser = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/page/staff.mjs"))
        .env("PAGE", format!("http://{address}"))
        .env("SETUP_CODE", code.unwrap().trim())
        .env("CHROMIUM", CHROMIUM)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = browser.stdin.take().unwrap();
    let mut posts = None;
    for line in BufReader::new(browser.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        println!("{line}");
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["DO", "call", order] => call(&stage, order),
            ["DO", "hang-up"] => {
                let phone = CUSTOMER.to_owned();
                stage.simulator.requests().act(PhoneAction::Hangup { phone }).unwrap();
            }
            ["DO", "receiver"] => posts = Some(receiver.up()),
            // The next one, after those that waited.
            ["DO", "post"] => {
                let posts = posts.as_ref().expect("the receiver is up");
                for _ in 0..5 {
                    posts.recv_timeout(Duration::from_secs(20)).expect("a post");
                }
            }
            _ => continue,
        }
        writeln!(to, "done").unwrap();
    }
    assert!(browser.wait().unwrap().success(), "the page failed, see above");
    let log = stage.log();
    let told = log.lines().filter(|line| !line.contains("DEBUG") && !line.contains("TRACE"));
    for line in told {
        let secret = line.contains("5550") || line.contains("three green vans");
        assert!(!secret, "no numbers and no password in the log: {line}");
    }
    stage.stop_daemon().unwrap();
}
