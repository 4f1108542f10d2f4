//! The webhook sender against receivers that are well, down, slow, wrong or too talkative.

use maskline::clock::Now;
use maskline::config::{SigningKey, Webhook};
use maskline::http::webhook::{self, Sender, Waits};
use maskline::metrics::Metrics;
use maskline::record::CallRecord;
use maskline::store::Store;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use ulid::Ulid;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A post as the receiver saw it.
#[derive(Debug)]
struct Post {
    at: Instant,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Post {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    fn id(&self) -> String {
        self.header("webhook-id").to_owned()
    }
}

/// A receiver that answers the n-th post as `answer` says.
fn receiver(
    answer: impl Fn(usize, &mut TcpStream) + Send + 'static,
) -> (SocketAddr, Receiver<Post>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, receive(listener, answer))
}

fn receive(
    listener: TcpListener,
    answer: impl Fn(usize, &mut TcpStream) + Send + 'static,
) -> Receiver<Post> {
    let (seen, posts) = channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let Some(post) = read_post(&mut stream) else { continue };
            if seen.send(post).is_err() {
                return;
            }
            answer(number, &mut stream);
        }
    });
    posts
}

fn read_post(stream: &mut TcpStream) -> Option<Post> {
    let mut reader = BufReader::new(stream);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.trim().split_once(": ") {
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Post { at: Instant::now(), headers, body })
}

fn status(stream: &mut TcpStream, status: &str) {
    let text = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    let _gone = stream.write_all(text.as_bytes());
}

struct Bench {
    store: Store,
    metrics: Metrics,
    sender: Option<Sender>,
    _folder: TempDir,
}

fn waits() -> Waits {
    Waits {
        first: Duration::from_millis(40),
        longest: Duration::from_millis(400),
        down: Duration::from_millis(100),
        age: Duration::from_secs(3600),
        post: Duration::from_millis(700),
        idle: Duration::from_secs(30),
    }
}

/// The id of the call that began at this second.
fn id(second: u64) -> Ulid {
    let at = Now::simulated(Duration::from_secs(second)).wall;
    Ulid::from_parts(at.as_millisecond() as u64, second.into())
}

impl Bench {
    fn start(address: SocketAddr, waits: Waits, include_numbers: bool) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let url = format!("http://{address}/calls");
        let secret = Some(SigningKey::new(SECRET).unwrap());
        let webhook = Webhook { url, secret, include_numbers };
        let metrics = Metrics::default();
        let clock = crate::support::clock();
        let sender = webhook::start(&webhook, store.clone(), clock, waits, metrics.clone());
        Bench { store, metrics, sender: Some(sender), _folder: folder }
    }

    fn call(&self, line: &str, second: u64) -> String {
        let now = Now::simulated(Duration::from_secs(second));
        let id = id(second);
        let mut record = CallRecord::begin(id, line, now);
        record.caller_number = Some("+61255501111".to_owned());
        record.ended_at = Some(Now::simulated(Duration::ZERO).wall);
        self.store.add_record(&record, true).unwrap();
        self.sender.as_ref().unwrap().waker().wake();
        id.to_string()
    }

    fn until_delivered(&self) {
        self.until("delivered", || self.store.outbox_len() == 0);
    }

    fn until(&self, what: &str, done: impl Fn() -> bool) {
        let begin = Instant::now();
        while !done() {
            assert!(begin.elapsed() < Duration::from_secs(10), "never: {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            sender.stop();
        }
    }
}

fn next(posts: &Receiver<Post>) -> Post {
    posts.recv_timeout(Duration::from_secs(5)).expect("a post")
}

#[test]
fn a_record_is_posted_once_signed_and_without_telephone_numbers() {
    let (address, posts) = receiver(|_, stream| status(stream, "204 No Content"));
    let bench = Bench::start(address, waits(), false);
    let id = bench.call("line1", 1);
    let post = next(&posts);
    bench.until_delivered();
    assert_eq!(post.id(), id);
    assert_eq!(post.header("content-type"), "application/json");
    let time = post.header("webhook-timestamp").parse().unwrap();
    let key = SigningKey::new(SECRET).unwrap();
    assert_eq!(post.header("webhook-signature"), webhook::sign(&key, &id, time, &post.body));
    let body: serde_json::Value = serde_json::from_slice(&post.body).unwrap();
    assert_eq!(body["call_id"], id);
    assert!(!String::from_utf8_lossy(&post.body).contains("555"));
    assert!(posts.try_recv().is_err());
}

#[test]
fn numbers_are_posted_only_where_the_site_says_so() {
    let (address, posts) = receiver(|_, stream| status(stream, "200 OK"));
    let bench = Bench::start(address, waits(), true);
    bench.call("line1", 1);
    let body: serde_json::Value = serde_json::from_slice(&next(&posts).body).unwrap();
    assert_eq!(body["caller_number"], "+61255501111");
}

#[test]
fn a_failure_is_retried_with_growing_waits_and_the_line_keeps_its_order() {
    let (address, posts) = receiver(|number, stream| {
        status(stream, if number < 4 { "500 Internal Server Error" } else { "200 OK" });
    });
    let bench = Bench::start(address, waits(), false);
    let ids = [bench.call("line1", 1), bench.call("line1", 2)];
    let seen: Vec<Post> = (0..6).map(|_| next(&posts)).collect();
    bench.until_delivered();
    let of: Vec<String> = seen.iter().map(Post::id).collect();
    assert_eq!(of[..5], [&ids[0]; 5].map(Clone::clone));
    assert_eq!(of[5], ids[1]);
    let gap = |n: usize| seen[n + 1].at - seen[n].at;
    assert!(gap(0) >= Duration::from_millis(32), "{:?}", gap(0));
    assert!(gap(1) >= Duration::from_millis(64), "{:?}", gap(1));
    assert!(gap(3) >= Duration::from_millis(100), "{:?}", gap(3));
    let Metrics { webhook_attempts, webhook_failures, webhook_given_up, .. } = &bench.metrics;
    assert_eq!((webhook_attempts.get(), webhook_failures.get()), (6, 4));
    assert_eq!(webhook_given_up.get(), 0);
}

#[test]
fn a_record_that_is_always_refused_holds_up_its_line_for_a_while_and_no_other_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, seen) = channel();
    let refused = id(1).to_string();
    let bad = refused.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(post) = read_post(&mut stream) else { continue };
            status(&mut stream, if post.id() == bad { "400 Bad Request" } else { "200 OK" });
            let _gone = tell.send(post);
        }
    });
    let bench = Bench::start(address, waits(), false);
    bench.call("line1", 1);
    let (same, other) = (bench.call("line1", 2), bench.call("line2", 3));
    let order: Vec<String> = (0..8).map(|_| next(&seen).id()).collect();
    let at = |id: &String| order.iter().position(|seen| seen == id);
    let (same, other) = (at(&same), at(&other));
    assert!(other < same && other.is_some_and(|at| at <= 3), "line2 does not wait: {order:?}");
    let before = order[..same.unwrap()].iter().filter(|id| **id == refused).count();
    assert_eq!(before, 6, "its own line waits for six tries: {order:?}");
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(bench.store.outbox_len(), 1);
}

#[test]
fn what_a_receiver_missed_while_it_was_down_comes_when_it_is_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let bench = Bench::start(address, waits(), false);
    let ids: Vec<String> = (1..=5).map(|n| bench.call("line1", n)).collect();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(bench.store.outbox_len(), 5);
    let listener = TcpListener::bind(address).unwrap();
    let posts = receive(listener, |_, stream| status(stream, "200 OK"));
    bench.until_delivered();
    let seen: Vec<String> = posts.try_iter().map(|post| post.id()).collect();
    assert_eq!(seen, ids);
}

#[test]
fn what_somebody_asks_for_is_sent_at_once_though_the_receiver_was_down() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let hour = Duration::from_secs(3600);
    let patient = Waits { first: hour, longest: hour, down: hour, ..waits() };
    let bench = Bench::start(address, patient, false);
    for line in ["line1", "line2", "line3"] {
        bench.call(line, 1 + line.len() as u64 + line.as_bytes()[4] as u64);
    }
    let failed = |bench: &Bench| {
        let waiting = bench.store.outbox_due(jiff::Timestamp::MAX, 10).unwrap();
        waiting.iter().filter(|delivery| delivery.attempts == 1).count()
    };
    bench.until("all were tried", || failed(&bench) == 3);
    // One more of a line whose first one waits for an hour.
    let behind = id(1000).to_string();
    bench.call("line1", 1000);
    let listener = TcpListener::bind(address).unwrap();
    let posts = receive(listener, |_, stream| status(stream, "200 OK"));
    let now = Now::simulated(Duration::ZERO).wall;
    assert!(bench.store.outbox_again(id(1000), now).unwrap());
    bench.sender.as_ref().unwrap().waker().hurry();
    assert_eq!(next(&posts).id(), behind, "by hand it waits behind nobody");
    bench.until("it is done", || bench.store.outbox_len() == 3);
    assert_eq!(bench.store.outbox_all_again(now), Ok(3));
    bench.sender.as_ref().unwrap().waker().hurry();
    bench.until_delivered();
    assert_eq!(posts.try_iter().count(), 3);
}

#[test]
fn a_redirect_is_a_failure_and_is_not_followed() {
    let (elsewhere, strays) = receiver(|_, stream| status(stream, "200 OK"));
    let (address, posts) = receiver(move |number, stream| match number {
        0 => status(stream, &format!("302 Found\r\nlocation: http://{elsewhere}/")),
        _ => status(stream, "200 OK"),
    });
    let bench = Bench::start(address, waits(), false);
    bench.call("line1", 1);
    bench.until_delivered();
    assert_eq!(posts.try_iter().count(), 2);
    assert!(strays.try_recv().is_err());
}

#[test]
fn a_receiver_that_never_answers_costs_one_time_out_and_a_retry() {
    let (address, posts) = receiver(|number, stream| match number {
        0 => std::thread::sleep(Duration::from_millis(1500)),
        _ => status(stream, "200 OK"),
    });
    let bench = Bench::start(address, waits(), false);
    bench.call("line1", 1);
    bench.until_delivered();
    assert!(posts.try_iter().count() >= 2);
}

#[test]
fn a_huge_answer_is_a_success_of_which_little_is_read() {
    let (address, posts) = receiver(|_, stream| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        let chunk = vec![b'x'; 1 << 20];
        // Until the sender hangs up, which it does long before the end.
        let sent = (0..1000).take_while(|_| stream.write_all(&chunk).is_ok()).count();
        assert!(sent < 100, "{sent} MB were read");
    });
    let bench = Bench::start(address, waits(), false);
    bench.call("line1", 1);
    bench.until_delivered();
    bench.call("line1", 2);
    bench.until_delivered();
    assert_eq!(posts.try_iter().count(), 2);
}

#[test]
fn a_record_is_given_up_after_its_age_and_many_tries() {
    let (address, posts) = receiver(|_, stream| status(stream, "500 Oops"));
    let waits = Waits {
        first: Duration::from_millis(5),
        longest: Duration::from_millis(10),
        down: Duration::from_millis(5),
        age: Duration::ZERO,
        ..waits()
    };
    let bench = Bench::start(address, waits, false);
    bench.call("line1", 1);
    bench.until_delivered();
    assert_eq!(posts.try_iter().count(), 7);
    assert_eq!(bench.metrics.webhook_given_up.get(), 1);
}

#[test]
fn a_stop_is_prompt_even_in_the_middle_of_a_post() {
    let (address, posts) = receiver(|_, _| std::thread::sleep(Duration::from_secs(30)));
    let long = Waits { post: Duration::from_secs(20), ..waits() };
    let mut bench = Bench::start(address, long, false);
    bench.call("line1", 1);
    next(&posts);
    let begin = Instant::now();
    bench.sender.take().unwrap().stop();
    assert!(begin.elapsed() < Duration::from_secs(3));
    assert_eq!(bench.store.outbox_len(), 1);
}
