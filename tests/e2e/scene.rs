//! A stage with people on it: phones that call and key, staff who ask over HTTP.

use super::prompts;
use maskline::demo::Stage;
use serde_json::{Value, json};
use simulator::pty::{Handle, Happening};
use simulator::{Behaviour, NetworkConfig, PhoneAction, PhoneEvent, Presentation, Source};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub const COURIER: &str = "+61255501111";
pub const CUSTOMER: &str = "+61255502222";
pub const ORDER: &str = "12345";

/// Longest wait for anything that a person would wait for.
pub const PATIENCE: Duration = Duration::from_secs(40);
/// Between two looks at something that nobody tells of.
const LOOK: Duration = Duration::from_millis(25);
/// How fast people key.
const KEY_EVERY: Duration = Duration::from_millis(200);

/// The program under test.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_maskline"))
}

/// Makes a network in which nobody waits for it.
pub fn hurry(network: &mut NetworkConfig) {
    network.paging = Duration::from_millis(100);
    network.setup = Duration::from_millis(200);
    network.text = Duration::from_millis(200);
}

/// Waits until something comes true.
pub fn wait_for(what: &str, most: Duration, mut done: impl FnMut() -> bool) {
    let by = Instant::now() + most;
    while !done() {
        assert!(Instant::now() < by, "not within {most:?}: {what}");
        std::thread::sleep(LOOK);
    }
}

/// One simulated modem's network: its phones, and what they noticed so far.
pub struct Phones<'a> {
    simulator: &'a Handle,
    pub seen: Vec<PhoneEvent>,
}

impl<'a> Phones<'a> {
    pub fn of(simulator: &'a Handle) -> Phones<'a> {
        Phones { simulator, seen: Vec::new() }
    }

    pub fn act(&self, action: PhoneAction) {
        self.simulator.requests().act(action).unwrap();
    }

    /// The next thing that a phone notices, if it comes in time.
    fn next(&mut self, by: Instant) -> Option<PhoneEvent> {
        loop {
            let left = by.saturating_duration_since(Instant::now());
            let report = self.simulator.reports().recv_timeout(left).ok()?;
            if let Happening::Phone(event) = report.what {
                self.seen.push(event.clone());
                return Some(event);
            }
        }
    }

    /// Waits for a phone to notice something.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&PhoneEvent) -> bool) {
        let by = Instant::now() + PATIENCE;
        while let Some(event) = self.next(by) {
            if wanted(&event) {
                return;
            }
        }
        panic!("no phone noticed: {what}\n{:#?}", self.seen);
    }

    /// Calls the box; the callee will answer when called.
    pub fn ring(&mut self, from: &str, callee: &str) {
        self.read_up();
        let behaviour = Behaviour::AnswerAfter(Duration::from_millis(200));
        let phone = callee.to_owned();
        self.act(PhoneAction::SetBehaviour { phone, behaviour, hang_up_after: None });
        let presentation = Presentation::International;
        self.act(PhoneAction::Call { from: from.to_owned(), presentation });
    }

    pub fn wait_greeting(&mut self, caller: &str) {
        self.wait("the greeting", |event| {
            let PhoneEvent::SoundBegan { phone, from: Source::Box } = event else { return false };
            phone == caller
        });
    }

    /// Presses a key, as fast as people do.
    pub fn key(&self, from: &str, key: char) {
        self.act(PhoneAction::Key { phone: from.to_owned(), key });
        std::thread::sleep(KEY_EVERY);
    }

    /// Calls the box and keys an order number as soon as the box speaks.
    pub fn call(&mut self, from: &str, order: &str, callee: &str) {
        self.ring(from, callee);
        self.key_order(from, order);
    }

    fn key_order(&mut self, from: &str, order: &str) {
        self.wait_greeting(from);
        order.chars().for_each(|key| self.key(from, key));
    }

    /// The same, but the callee does not take the call; until its phone rings.
    pub fn call_in_vain(&mut self, from: &str, order: &str, callee: &str) {
        self.ring(from, callee);
        let (phone, behaviour) = (callee.to_owned(), Behaviour::Live);
        self.act(PhoneAction::SetBehaviour { phone, behaviour, hang_up_after: None });
        self.key_order(from, order);
        self.wait(
            "the callee's phone rings",
            |event| matches!(event, PhoneEvent::Ringing { phone, .. } if phone == callee),
        );
    }

    pub fn hang_up(&self, phone: &str) {
        self.act(PhoneAction::Hangup { phone: phone.to_owned() });
    }

    /// Waits until two phones hear each other.
    pub fn wait_talking(&self, a: &str, b: &str) {
        wait_for("the two hear each other", PATIENCE, || {
            let calls = self.simulator.requests().calls().unwrap();
            calls.hears(a, b) && calls.hears(b, a)
        });
    }

    /// Waits until the network knows of no call at all.
    pub fn wait_quiet(&self, most: Duration) {
        wait_for("no call is left", most, || {
            self.simulator.requests().calls().unwrap().legs.is_empty()
        });
    }

    /// Takes in what was noticed until now.
    fn read_up(&mut self) {
        while self.next(Instant::now()).is_some() {}
    }

    /// How often a phone's call was ended so far.
    pub fn ended(&mut self, phone: &str) -> usize {
        self.read_up();
        let ended = |event: &&PhoneEvent| matches!(event, PhoneEvent::Ended { .. });
        self.seen.iter().filter(ended).filter(|event| event.phone() == phone).count()
    }

    /// The short messages that came so far: to which phone, and what they say.
    pub fn texts(&mut self) -> Vec<(String, String)> {
        self.read_up();
        let got = self.seen.iter().filter_map(|event| match event {
            PhoneEvent::Text { phone, text, .. } => Some((phone.clone(), text.clone())),
            _ => None,
        });
        got.collect()
    }

    /// The phones that rang so far, and the number that each was shown.
    pub fn rang(&mut self) -> Vec<(&str, Option<&str>)> {
        self.read_up();
        fn rang(event: &PhoneEvent) -> Option<(&str, Option<&str>)> {
            let PhoneEvent::Ringing { phone, shown } = event else { return None };
            Some((phone, shown.as_deref()))
        }
        self.seen.iter().filter_map(rang).collect()
    }
}

impl Drop for Scene {
    /// A test that failed tells what the daemon logged.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.stage.log());
        }
    }
}

/// A stage, and staff who ask its daemon over HTTP.
pub struct Scene {
    pub stage: Stage,
    agent: ureq::Agent,
    token: String,
    _prompts: TempDir,
}

impl Scene {
    /// A daemon that takes calls, with [`ORDER`] in its book and short prompts.
    pub fn ready(more: &str) -> Scene {
        let mut scene = Scene::set(more);
        scene.start();
        scene.put_order(ORDER, COURIER, CUSTOMER);
        scene
    }

    /// The same before the daemon is started.
    pub fn set(more: &str) -> Scene {
        let prompts = prompts::short();
        let more = format!("{}{more}", prompts::config(&prompts));
        let stage =
            Stage::set_with(program(), &more, |options| hurry(&mut options.network)).unwrap();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(10)))
            .build()
            .new_agent();
        let token = stage.command(&["token", "create", "--name", "staff"]).unwrap();
        let token = token.trim().to_owned();
        Scene { stage, agent, token, _prompts: prompts }
    }

    /// Writes the configuration anew, with the AT port elsewhere.
    pub fn configure(&self, at: &Path, more: &str) {
        let more = format!("{}{more}", prompts::config(&self._prompts));
        self.stage.configure(at, &more).unwrap();
    }

    /// Starts the daemon and waits until it takes calls.
    pub fn start(&mut self) {
        self.stage.start_daemon().unwrap();
        self.stage.wait_ready().unwrap();
        self.wait_healthy(PATIENCE);
    }

    pub fn phones(&self) -> Phones<'_> {
        Phones::of(&self.stage.simulator)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.stage.http().expect("the daemon serves HTTP"))
    }

    pub fn get(&self, path: &str) -> (u16, Value) {
        let (status, text) = self.get_text(path);
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    fn get_text(&self, path: &str) -> (u16, String) {
        let bearer = format!("Bearer {}", self.token);
        let answer = self.agent.get(self.url(path)).header("authorization", bearer).call();
        let mut answer = answer.unwrap();
        let status = answer.status().as_u16();
        (status, answer.body_mut().read_to_string().unwrap_or_default())
    }

    /// The figure of `/metrics` with this name and these labels.
    pub fn figure(&self, series: &str) -> f64 {
        let (_, text) = self.get_text("/metrics");
        let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("no {series} in\n{text}")).parse().unwrap()
    }

    pub fn put_order(&self, order: &str, courier: &str, customer: &str) {
        assert_eq!(self.put(order, courier, customer), 201);
    }

    /// Puts an order that may be there already; the status.
    pub fn put(&self, order: &str, courier: &str, customer: &str) -> u16 {
        let url = self.url(&format!("/api/v1/orders/{order}"));
        let bearer = format!("Bearer {}", self.token);
        let body = json!({ "courier": courier, "customer": customer });
        let answer = self.agent.put(url).header("authorization", bearer).send_json(body).unwrap();
        answer.status().as_u16()
    }

    /// `GET /healthz`: its status, without a token.
    pub fn health(&self) -> u16 {
        self.agent.get(self.url("/healthz")).call().unwrap().status().as_u16()
    }

    pub fn wait_healthy(&self, most: Duration) {
        wait_for("the box is healthy", most, || self.health() == 200);
    }

    /// All call records, the latest first or last, as the API lists them.
    pub fn records(&self) -> Vec<Value> {
        let (status, list) = self.get("/api/v1/calls");
        assert_eq!(status, 200, "{list}");
        list["items"].as_array().unwrap().clone()
    }

    /// Waits until there are so many records, and then makes sure that there are no more.
    pub fn wait_records(&self, wanted: usize) -> Vec<Value> {
        wait_for("the records", PATIENCE, || self.records().len() >= wanted);
        let records = self.records();
        assert_eq!(records.len(), wanted, "{records:#?}");
        records
    }

    /// Waits until the conversation itself says that it talks.
    pub fn wait_phase_talking(&self) {
        wait_for("the box says that they talk", PATIENCE, || {
            let (_, status) = self.get("/api/v1/status");
            status["lines"][0]["call"] == "talking"
        });
    }

    /// A call up to the conversation.
    pub fn talk(&self, phones: &mut Phones<'_>) {
        phones.call(COURIER, ORDER, CUSTOMER);
        phones.wait_talking(COURIER, CUSTOMER);
        self.wait_phase_talking();
    }

    /// A whole good call, of which there is a record beside `before` others.
    pub fn good_call(&self, phones: &mut Phones<'_>, before: usize) {
        self.talk(phones);
        phones.hang_up(CUSTOMER);
        phones.wait_quiet(Duration::from_secs(5));
        let records = self.wait_records(before + 1);
        let good = records.iter().filter(|record| record["outcome"] == "connected").count();
        assert!(good >= 1, "{records:#?}");
    }

    /// What the daemon logged at `info` and above.
    pub fn log_at_info(&self) -> String {
        let mut shown = true;
        let mut text = String::new();
        for line in self.stage.log().lines() {
            if line.starts_with('[') {
                let head = line.split(']').next().unwrap_or_default();
                shown = !head.contains(" DEBUG ") && !head.contains(" TRACE ");
            }
            if shown {
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }
}
