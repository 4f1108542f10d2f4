//! The page's door: the first password, logging in and out, who may write, and who has to wait.

use crate::support::Box;
use maskline::record::{CallRecord, Outcome};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

const PASSWORD: &str = "three green vans";

/// A browser: keeps its cookie, and says where it comes from.
struct Browser<'b> {
    a_box: &'b Box,
    agent: ureq::Agent,
    cookie: Option<String>,
    from_the_page: bool,
}

struct Answer {
    status: u16,
    json: Value,
    headers: ureq::http::HeaderMap,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Browser<'_> {
    fn new(a_box: &Box) -> Browser<'_> {
        let agent =
            ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        Browser { a_box, agent: agent.new_agent(), cookie: None, from_the_page: true }
    }

    fn send(&mut self, method: &str, path: &str, body: Value) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.a_box.address))
            .header("content-type", "application/json");
        if self.from_the_page {
            request = request.header("x-maskline", "1");
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", format!("other=1; {cookie}"));
        }
        let answer = match (method, body) {
            ("GET" | "DELETE", _) => self.agent.run(request.body(()).unwrap()),
            (_, body) => self.agent.run(request.body(body.to_string()).unwrap()),
        };
        let (parts, body) = answer.unwrap().into_parts();
        let text = body.into_with_config().read_to_string().unwrap();
        if let Some(cookie) = parts.headers.get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
        }
        let json = serde_json::from_str(&text).unwrap_or_default();
        Answer { status: parts.status.as_u16(), json, headers: parts.headers }
    }

    fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, Value::Null)
    }

    fn log_in(&mut self, password: &str) -> Answer {
        self.send("POST", "/page/login", json!({ "password": password, "name": "Ada" }))
    }
}

fn setup_code(a_box: &Box) -> String {
    std::fs::read_to_string(a_box.config.store.path.join("setup-code")).unwrap()
}

fn set_up(a_box: &Box) -> Browser<'_> {
    let mut browser = Browser::new(a_box);
    // The code is written when the door opens.
    for _ in 0..100 {
        if a_box.config.store.path.join("setup-code").exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let body = json!({ "code": setup_code(a_box), "password": PASSWORD, "name": "Ada" });
    let answer = browser.send("POST", "/page/setup", body);
    assert_eq!(answer.status, 204, "{}", answer.json);
    browser
}

#[test]
fn the_first_password_is_set_with_the_setup_code_and_never_again() {
    let a_box = Box::start();
    let mut stranger = Browser::new(&a_box);
    assert_eq!(stranger.get("/page/session").json["state"], "setup");
    let code_file = a_box.config.store.path.join("setup-code");
    let mode = std::fs::metadata(&code_file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let wrong = json!({ "code": "0000-0000-0000-0000", "password": PASSWORD });
    assert_eq!(stranger.send("POST", "/page/setup", wrong).status, 403);
    let weak = json!({ "code": setup_code(&a_box), "password": "password123" });
    let weak = stranger.send("POST", "/page/setup", weak);
    assert_eq!((weak.status, &weak.json["where"]), (422, &json!("body /password")));
    assert_eq!(stranger.log_in("").status, 403, "no password is no password");
    let code = setup_code(&a_box);
    let mut staff = set_up(&a_box);
    assert!(!code_file.exists());
    assert_eq!(staff.get("/page/session").json["state"], "in");
    assert_eq!(staff.get("/page/session").json["name"], "Ada");
    assert_eq!(staff.get("/api/v1/status").status, 200);
    let again = json!({ "code": code, "password": "another password" });
    assert_eq!(stranger.send("POST", "/page/setup", again).status, 403);
    assert_eq!(stranger.get("/page/session").json["state"], "login");
    assert_eq!(stranger.log_in(PASSWORD).status, 204);
}

#[test]
fn a_session_is_a_cookie_that_only_the_page_can_write_with() {
    let a_box = Box::start();
    let mut staff = set_up(&a_box);
    let answer = staff.log_in(PASSWORD);
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict;") && cookie.contains("Path=/;"));
    let order = json!({ "courier": "+61255501111", "customer": "+61255502222" });
    let path = "/api/v1/orders/12345";
    assert_eq!(staff.send("PUT", path, order.clone()).status, 201);
    staff.from_the_page = false;
    let forged = staff.send("PUT", path, order.clone());
    assert_eq!(
        (forged.status, &forged.json["type"]),
        (403, &json!("urn:maskline:not-from-the-page"))
    );
    assert_eq!(staff.send("DELETE", path, Value::Null).status, 403);
    assert_eq!(staff.send("POST", "/page/login", json!({ "password": PASSWORD })).status, 403);
    assert_eq!(staff.send("POST", "/page/logout", Value::Null).status, 403);
    assert_eq!(staff.get(path).status, 200);
    staff.from_the_page = true;
    // Logging out ends the session on the box, not only in the browser.
    let old = staff.cookie.clone();
    assert_eq!(staff.send("POST", "/page/logout", Value::Null).status, 204);
    staff.cookie = old;
    let gone = staff.get(path);
    assert_eq!((gone.status, &gone.json["type"]), (401, &json!("urn:maskline:logged-out")));
    // Tokens go on working, with or without a cookie.
    assert_eq!(a_box.send("GET", path, None).status, 200);
    assert_eq!(Browser::new(&a_box).get(path).status, 401);
}

#[test]
fn who_guesses_waits_longer_and_longer() {
    let a_box = Box::start();
    set_up(&a_box);
    let mut guesser = Browser::new(&a_box);
    let answers: Vec<u16> = (0..6).map(|i| guesser.log_in(&format!("guess {i}")).status).collect();
    assert_eq!(answers[..4], [403; 4]);
    assert_eq!(answers[4..], [429; 2]);
    let locked = guesser.log_in(PASSWORD);
    assert_eq!(locked.status, 429, "the right one has to wait as well");
    let wait: u64 = locked.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    std::thread::sleep(std::time::Duration::from_secs(wait));
    assert_eq!(guesser.log_in(PASSWORD).status, 204);
}

#[test]
fn a_password_can_be_changed_by_who_knows_it_and_forgotten_by_who_is_on_the_box() {
    let a_box = Box::start();
    let mut staff = set_up(&a_box);
    let change = |old: &str| json!({ "old": old, "new": "four yellow bikes" });
    assert_eq!(staff.send("POST", "/api/page/password", change("wrong")).status, 403);
    assert_eq!(staff.send("POST", "/api/page/password", change(PASSWORD)).status, 204);
    assert_eq!(staff.get("/page/session").json["state"], "login", "everybody is logged out");
    assert_eq!(staff.log_in(PASSWORD).status, 403);
    assert_eq!(staff.log_in("four yellow bikes").status, 204);
    let forgotten = a_box.send("DELETE", "/api/page/password", None);
    assert_eq!(forgotten.status, 200);
    assert_eq!(forgotten.json["setup_code"], setup_code(&a_box).trim());
    assert_eq!(staff.get("/page/session").json["state"], "setup");
    assert_eq!(staff.log_in("four yellow bikes").status, 403);
}

#[test]
fn numbers_are_masked_until_somebody_asks_and_that_is_noted() {
    let a_box = Box::start();
    let mut staff = set_up(&a_box);
    let order =
        |last: u32| json!({ "courier": "+61255501111", "customer": format!("+6125550{last}") });
    for (number, last) in [("12345", 2222), ("12346", 3333), ("99999", 4444)] {
        staff.send("PUT", &format!("/api/v1/orders/{number}"), order(last));
    }
    let found = |answer: Answer| -> Vec<String> {
        let items = answer.json["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["order"].as_str().unwrap().to_owned()).collect()
    };
    let all = staff.get("/api/page/orders");
    assert_eq!(all.json["items"][0]["customer"], "+61 ••• ••• 222");
    assert!(!all.json.to_string().contains("5550"), "{}", all.json);
    assert_eq!(found(all), ["12345", "12346", "99999"]);
    assert_eq!(found(staff.get("/api/page/orders?q=1234")), ["12345", "12346"]);
    assert_eq!(found(staff.get("/api/page/orders?q=1234&limit=1&after=12345")), ["12346"]);
    assert_eq!(found(staff.get("/api/page/orders?q=12346")), ["12346"]);
    assert_eq!(found(staff.get("/api/page/orders?q=02+5550+4444")), ["99999"]);
    assert_eq!(found(staff.get("/api/page/orders?q=nobody")), Vec::<String>::new());
    let shown = staff.send("POST", "/api/page/orders/12345/numbers", Value::Null);
    assert_eq!(shown.json["customer"], "+61255502222");
    staff.get("/api/v1/orders/12346");
    staff.get("/api/v1/orders/export");
    assert_eq!(staff.log_in("wrong words").status, 403);
    let audit = staff.get("/api/v1/audit?newest_first=true");
    assert!(!audit.json.to_string().contains("6125550"), "no numbers in the log: {}", audit.json);
    let entry = |n: usize, field: &str| audit.json["items"][n][field].as_str().unwrap().to_owned();
    let last = |n: usize| (entry(n, "by"), entry(n, "what"), entry(n, "target"));
    let by = || "page: Ada".to_owned();
    assert_eq!(last(0), (by(), "page.login_refused".to_owned(), String::new()));
    assert_eq!(last(1), (by(), "orders.export".to_owned(), String::new()));
    assert_eq!(last(2), (by(), "order.numbers".to_owned(), "12346".to_owned()));
    assert_eq!(last(3), (by(), "order.numbers".to_owned(), "12345".to_owned()));
    assert_eq!(entry(7, "what"), "page.setup");
    // Page by page back to the first.
    let page = staff.get("/api/v1/audit?newest_first=true&limit=3").json;
    let next = page["next"].as_str().unwrap();
    let rest = staff.get(&format!("/api/v1/audit?newest_first=true&after={next}")).json;
    assert_eq!(rest["items"][0]["id"], audit.json["items"][3]["id"]);
    assert_eq!(rest["items"].as_array().unwrap().len(), 5);
    assert!(!a_box.config.store.path.join("audit.jsonl").exists(), "there is one log");
}

#[test]
fn calls_are_newest_first_filtered_masked_and_counted() {
    let a_box = Box::start();
    let mut staff = set_up(&a_box);
    for minute in 0..6_i64 {
        let mut now = a_box.now();
        now.wall = now.wall.checked_sub(jiff::SignedDuration::from_mins(60 - minute)).unwrap();
        let mut record = CallRecord::begin(maskline::clock::call_id(now), "line1", now);
        record.order_number = format!("1234{minute}");
        record.caller_number = Some("+61255501111".to_owned());
        if minute % 2 == 0 {
            record.outcome = Outcome::Connected;
            record.entries = 1;
            record.phone_search = "Phone number is found".to_owned();
            record.answered_at = Some(now.wall);
            let merged = jiff::SignedDuration::from_secs(10 + minute);
            record.merged_at = now.wall.checked_add(merged).ok();
        }
        a_box.add_record(&record);
    }
    let orders = |answer: &Answer| -> Vec<String> {
        let items = answer.json["items"].as_array().unwrap();
        items.iter().map(|item| item["order_number"].as_str().unwrap().to_owned()).collect()
    };
    let first = staff.get("/api/page/calls?limit=2");
    assert_eq!(orders(&first), ["12345", "12344"]);
    assert_eq!(first.json["items"][0]["caller_number"], "+61 ••• ••• 111");
    let next = first.json["next"].as_str().unwrap();
    assert_eq!(
        orders(&staff.get(&format!("/api/page/calls?limit=2&after={next}"))),
        ["12343", "12342"]
    );
    let connected = staff.get("/api/page/calls?outcome=connected");
    assert_eq!(orders(&connected), ["12344", "12342", "12340"]);
    assert_eq!(orders(&staff.get("/api/page/calls?order=12341")), ["12341"]);
    assert_eq!(staff.get("/api/page/calls?outcome=fine").status, 422);
    let id = connected.json["items"][0]["call_id"].as_str().unwrap();
    assert_eq!(staff.get(&format!("/api/page/calls/{id}")).json["order_number"], "12344");
    let numbers = staff.send("POST", &format!("/api/page/calls/{id}/numbers"), Value::Null);
    assert_eq!(numbers.json["caller"], "+61255501111");
    let figures = staff.get("/api/page/figures").json;
    assert_eq!(figures["outcomes"], json!({ "caller_hung_up": 3, "connected": 3 }));
    assert_eq!(figures["connect_median_ms"], 12_000);
    assert_eq!(figures["connect_p90_ms"], 14_000);
    let slots = figures["slots"].as_object().unwrap().values();
    let sum = |key: &str| slots.clone().map(|slot| slot[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!([sum("calls"), sum("connected"), sum("right_at_first")], [6, 3, 3]);
}

#[test]
fn the_page_is_served_to_anybody_and_loads_nothing_from_elsewhere() {
    let a_box = Box::start();
    let mut stranger = Browser::new(&a_box);
    let root = stranger.get("/");
    assert_eq!((root.status, root.header("location")), (303, "/page/"));
    let page = stranger.get("/page/");
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src"));
    assert!(!page.header("content-security-policy").contains("unsafe"));
    assert_eq!(
        stranger.get("/page/app.js").header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(stranger.get("/page/nothing.js").status, 404);
    for path in ["/api/page/orders", "/api/page/calls", "/api/page/figures", "/api/v1/audit"] {
        assert_eq!(stranger.get(path).status, 401, "{path}");
    }
}
