//! `maskline demo` as people use it: the shipped program, its page's address, three phones held by
//! WebSocket, and Ctrl-C.

use super::scene::{PATIENCE, program, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

const NUMBER: &str = "+61255500099";
/// How fast people key.
const KEY_EVERY: Duration = Duration::from_millis(200);
/// What a person says in this test: a square wave of this height.
const VOICE: i16 = 5000;

struct Demo {
    process: Child,
    address: String,
    folder: TempDir,
    agent: ureq::Agent,
    /// Who opens the page gets this.
    cookie: String,
}

impl Demo {
    fn start() -> Demo {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(program())
            .args(["demo", "--listen", "127.0.0.1:0"])
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(process.stdout.take().unwrap());
        let address = told.lines().map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("http://")?;
            Some(rest.split_once('/')?.0.to_owned())
        });
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let address = address.expect("the demo says where its page is");
        let mut demo =
            Demo { process, address, folder, agent: config.into(), cookie: String::new() };
        let page = demo.agent.get(demo.url("/")).call().unwrap();
        let cookie = page.headers()["set-cookie"].to_str().unwrap();
        demo.cookie = cookie.split(';').next().unwrap().to_owned();
        demo
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn get(&self, path: &str) -> Value {
        let request = self.agent.get(self.url(path)).header("cookie", &self.cookie);
        let mut answer = request.call().unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.body_mut().read_json().unwrap()
    }

    fn put(&self, path: &str, body: &Value) -> u16 {
        let request = self.agent.put(self.url(path)).header("cookie", &self.cookie);
        let request = request.header("x-maskline", "1").content_type("application/json");
        request.send(body.to_string()).unwrap().status().as_u16()
    }

    fn phone(&self, role: &str) -> Phone {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let url = format!("ws://{}/demo/phones/{role}", self.address);
        let (socket, _) = tungstenite::client(url, stream).unwrap();
        let mut phone = Phone { role: role.to_owned(), socket, display: Value::Null, loudest: 0 };
        phone.wait_call("idle");
        phone
    }

    /// The outcomes of all calls, once there are records of so many, the latest last.
    fn outcomes(&self, calls: usize) -> Vec<Value> {
        let all = || self.get("/api/v1/calls")["items"].as_array().unwrap().clone();
        wait_for("the call record", PATIENCE, || all().len() == calls);
        let mut records = all();
        records.sort_by_key(|record| record["call_id"].to_string());
        records.into_iter().map(|mut record| record["outcome"].take()).collect()
    }

    fn line(&self) -> Value {
        self.get("/api/v1/status")["lines"][0].take()
    }

    fn children(&self) -> Vec<i32> {
        let pid = self.process.id();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        children.unwrap_or_default().split_whitespace().map(|pid| pid.parse().unwrap()).collect()
    }

    /// Ctrl-C.
    fn stop(mut self) {
        let children = self.children();
        assert_eq!(children.len(), 1, "the gateway is a process of its own");
        let pid = Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        assert!(self.process.wait().unwrap().success());
        assert!(!Path::new(&format!("/proc/{}", children[0])).exists(), "the gateway is gone");
        let left = std::fs::read_dir(self.folder.path()).unwrap().count();
        assert_eq!(left, 0, "no file stays behind");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Only where a test has failed: the gateway would live on without the demo.
        for child in if std::thread::panicking() { self.children() } else { Vec::new() } {
            let _gone = kill_process(Pid::from_raw(child).unwrap(), Signal::KILL);
        }
        let _gone = self.process.kill();
        let _ended = self.process.wait();
    }
}

struct Phone {
    role: String,
    socket: WebSocket<TcpStream>,
    display: Value,
    /// The highest sample heard since it was last looked at.
    loudest: u16,
}

impl Phone {
    fn press(&mut self, deed: Value) {
        self.socket.send(Message::text(deed.to_string())).unwrap();
    }

    fn key(&mut self, keys: &str) {
        for key in keys.chars() {
            self.press(json!({ "key": key }));
            std::thread::sleep(KEY_EVERY);
        }
    }

    /// Speaks for a second, in real time.
    fn talk(&mut self) {
        let wave = |n: usize| if n % 20 < 10 { VOICE } else { -VOICE };
        let frame: Vec<u8> = (0..160).flat_map(|n| wave(n).to_le_bytes()).collect();
        for _ in 0..50 {
            self.socket.send(Message::binary(frame.clone())).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Reads what comes until it is as wanted.
    fn wait(&mut self, what: &str, wanted: impl Fn(&Phone) -> bool) {
        while !wanted(self) {
            match self.socket.read() {
                Ok(Message::Text(text)) => self.display = serde_json::from_str(&text).unwrap(),
                Ok(Message::Binary(frame)) => {
                    assert_eq!(frame.len(), 320, "20 ms at 8 kHz");
                    let samples =
                        frame.chunks(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
                    let peak = samples.map(i16::unsigned_abs).max().unwrap();
                    self.loudest = self.loudest.max(peak);
                }
                Ok(_) => {}
                Err(error) => panic!("{}: no {what}: {error}; {}", self.role, self.display),
            }
        }
    }

    fn wait_call(&mut self, call: &str) {
        self.wait(call, |phone| phone.display["call"] == call);
    }

    fn wait_ended(&mut self, cause: &str) {
        self.wait_call("ended");
        assert_eq!(self.display["cause"], cause, "{}", self.role);
    }

    fn hears(&self, who: &str) -> bool {
        self.display["hears"].as_array().is_some_and(|all| all.iter().any(|name| name == who))
    }

    /// Waits until it hears somebody, sound and all.
    fn wait_heard(&mut self, who: &str) {
        self.loudest = 0;
        self.wait(who, |phone| phone.hears(who) && phone.loudest > 1000);
    }

    /// Calls the box, and keys the order number into its greeting.
    fn call_with(&mut self, order: &str) {
        self.press(json!("call"));
        self.wait_call("connected");
        self.wait_heard("box");
        self.key(order);
    }
}

#[test]
fn row_12a_three_phones_in_a_browser_make_a_masked_call() {
    let demo = Demo::start();
    let stage = demo.get("/demo/stage");
    assert_eq!(stage["number"], NUMBER);
    let order = stage["order"].as_str().unwrap().to_owned();
    let (mut courier, mut customer) = (demo.phone("courier"), demo.phone("customer"));
    let mut operator = demo.phone("operator");
    courier.call_with(&order);
    customer.wait_call("ringing");
    assert_eq!(customer.display["shown"], NUMBER, "it shows the box");
    courier.wait_call("held");
    customer.press(json!("answer"));
    customer.wait_heard("box");
    courier.wait_call("connected");
    courier.press(json!("speak"));
    customer.wait_heard("courier");
    customer.talk();
    courier.wait_heard("customer");
    assert!(courier.loudest >= VOICE.unsigned_abs() / 2, "{}", courier.loudest);
    customer.press(json!("hang_up"));
    customer.wait_ended("hung_up");
    courier.wait_ended("released");
    assert_eq!(demo.outcomes(1), ["connected"]);

    // `#` reaches the operator.
    courier.call_with("#");
    operator.wait_call("ringing");
    assert_eq!(operator.display["shown"], NUMBER);
    operator.press(json!("answer"));
    courier.wait_call("held");
    courier.wait_call("connected");
    wait_for("the box to see them talk", PATIENCE, || demo.line()["call"] == "talking");
    courier.press(json!("hang_up"));
    operator.wait_ended("released");
    assert_eq!(demo.outcomes(2)[1], "operator_connected");
    demo.stop();
}

#[test]
fn row_12b_the_demos_switches_make_a_call_fail_and_the_modem_comes_back() {
    let demo = Demo::start();
    let switch = |customer: &str, merge_refused: bool| {
        let body = json!({ "customer": customer, "merge_refused": merge_refused });
        assert_eq!(demo.put("/demo/switches", &body), 200);
        assert_eq!(demo.get("/demo/stage")["switches"], body);
    };
    let (mut courier, mut customer) = (demo.phone("courier"), demo.phone("customer"));
    switch("busy", false);
    courier.call_with("12345");
    courier.wait_ended("released");
    assert_eq!(demo.outcomes(1), ["callee_unavailable"]);

    switch("rings", true);
    courier.call_with("12345");
    customer.wait_call("ringing");
    customer.press(json!("answer"));
    courier.wait_ended("released");
    customer.wait_call("ended");
    assert_eq!(demo.outcomes(2)[1], "merge_refused");

    switch("rings", false);
    courier.press(json!("call"));
    courier.wait_heard("box");
    let restart = demo.agent.post(demo.url("/demo/modem/restart")).send_empty().unwrap();
    assert_eq!(restart.status(), 202);
    courier.wait_ended("lost");
    assert_eq!(demo.outcomes(3)[2], "modem_lost");
    wait_for("the line to take calls again", 2 * PATIENCE, || demo.line()["state"] == "ready");
    courier.press(json!("call"));
    courier.wait_heard("box");
    demo.stop();
}

#[test]
fn the_demos_page_is_the_gateways_own_and_other_sites_are_kept_out() {
    let demo = Demo::start();
    let page = demo.agent.get(demo.url("/page/")).call().unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'self'"), "{policy}");
    assert_eq!(demo.get("/page/session")["state"], "in", "the cookie is a session");
    assert_eq!(demo.get("/api/v1/orders/12345")["courier"], "+61255501111");
    let order = json!({ "courier": "+61255501111", "customer": "+61255503333" });
    assert_eq!(demo.put("/api/v1/orders/67890", &order), 201);
    assert_eq!(demo.get("/api/v1/orders/67890")["customer"], "+61255503333");
    let again = demo.agent.get(demo.url("/")).header("cookie", &demo.cookie).call().unwrap();
    assert!(!again.headers().contains_key("set-cookie"), "who is in stays in");

    let elsewhere = demo.agent.get(demo.url("/")).header("host", "example.com").call().unwrap();
    assert_eq!(elsewhere.status(), 403);
    let upgrade = |role: &str, origin: &str| {
        let url = format!("ws://{}/demo/phones/{role}", demo.address);
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        tungstenite::client(request, TcpStream::connect(&demo.address).unwrap()).is_ok()
    };
    assert!(upgrade("courier", &format!("http://{}", demo.address)));
    assert!(!upgrade("courier", "http://example.com"));
    assert!(!upgrade("stranger", &format!("http://{}", demo.address)));
    let mut phone = demo.phone("courier");
    phone.press(json!({ "dance": 1 }));
    let closed = loop {
        match phone.socket.read() {
            Ok(Message::Close(frame)) => break frame.expect("a reason"),
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    };
    assert!(closed.reason.contains("dance"), "{closed:?}");
    demo.stop();
}

#[test]
fn a_demo_whose_gateway_is_lost_ends_and_says_so() {
    let mut demo = Demo::start();
    let gateway = demo.children()[0];
    kill_process(Pid::from_raw(gateway).unwrap(), Signal::KILL).unwrap();
    assert_eq!(demo.process.wait().unwrap().code(), Some(1));
    assert_eq!(std::fs::read_dir(demo.folder.path()).unwrap().count(), 0);
}

#[test]
fn a_demo_that_is_ended_while_it_starts_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Command::new(program())
        .args(["demo", "--listen", "127.0.0.1:0"])
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(process.stdout.take().unwrap());
    told.read_line(&mut String::new()).unwrap();
    let pid = Pid::from_raw(i32::try_from(process.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert!(process.wait().unwrap().success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
