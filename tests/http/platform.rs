//! The key-value calls of the cloud platform: its own client, and whoever tries to pass for one.

use crate::support::{Answer, Box};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const FORM: &str = "application/x-www-form-urlencoded";
const VALUE: &str = r#"{"courier": "61255501111", "client": "61255502222"}"#;

/// A client that may also do it wrong.
struct Client<'b> {
    a_box: &'b Box,
    credentials: Value,
    key: RsaKeyPair,
}

impl Client<'_> {
    fn new(a_box: &Box) -> Client<'_> {
        let body = r#"{"name":"tutorial","service_account":true}"#;
        let made = a_box.send("POST", "/api/v1/tokens", Some(body));
        assert_eq!(made.status, 201, "{made:?}");
        let key = key_of(&made.json);
        Client { a_box, credentials: made.json, key }
    }

    fn header(&self) -> Value {
        json!({ "alg": "RS256", "typ": "JWT", "kid": self.credentials["key_id"] })
    }

    /// Claims whose times are those of the official client, moved by some seconds.
    fn claims(&self, moved: i64) -> Value {
        let now = self.a_box.now().wall.as_second() + moved;
        let account = self.credentials["account_id"].as_u64().unwrap();
        json!({ "iss": account.to_string(), "iat": now - 5, "exp": now + 24 })
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        signed(&self.key, &RSA_PKCS1_SHA256, header, claims)
    }

    fn good(&self) -> String {
        self.token(&self.header(), &self.claims(0))
    }

    fn send(&self, token: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.a_box.send_with(Some(token), "POST", path, Some(&body), FORM)
    }

    fn call(&self, command: &str, params: &[(&str, &str)]) -> Value {
        let form = [&[("cmd", command), ("application_id", "1")][..], params].concat();
        let answer = self.send(&self.good(), "/platform_api", &form);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        answer.json
    }

    /// The error of a call that is refused as a whole.
    fn refused(&self, token: &str) -> (u16, String) {
        let form = [("cmd", "GetKeyValueKeys"), ("application_id", "1")];
        let answer = self.send(token, "/platform_api", &form);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
        assert!(answer.json["error"]["code"].is_u64(), "{answer:?}");
        (answer.status, answer.json["error"]["msg"].as_str().unwrap().to_owned())
    }
}

fn key_of(credentials: &Value) -> RsaKeyPair {
    let pem = credentials["private_key"].as_str().unwrap();
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    let der = BASE64_STANDARD.decode(lines.collect::<String>()).unwrap();
    RsaKeyPair::from_pkcs8(&der).unwrap()
}

fn signed(
    key: &RsaKeyPair,
    how: &'static dyn RsaEncoding,
    header: &Value,
    claims: &Value,
) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(how, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn items_and_orders_are_two_views_of_one_book() {
    let a_box = Box::start();
    let client = Client::new(&a_box);
    let set = client.call("SetKeyValueItem", &[("key", "12345"), ("value", VALUE)]);
    let now = a_box.now().wall.as_second();
    let lives = set["result"]["expires_at"].as_i64().unwrap() - now;
    assert!((2_592_000..2_592_010).contains(&lives), "{set}");
    let order = a_box.send("GET", "/api/v1/orders/12345", None).json;
    assert_eq!(
        (&order["courier"], &order["customer"]),
        (&json!("+61255501111"), &json!("+61255502222"))
    );
    let body = r#"{"courier":"0255503333","customer":"0255504444"}"#;
    a_box.send("PUT", "/api/v1/orders/12345", Some(body));
    let got = client.call("GetKeyValueItem", &[("key", "12345")]);
    assert_eq!(got["result"]["value"], VALUE.replace("1111", "3333").replace("2222", "4444"));
    // Numbers that a script wrote as numbers are telephone numbers as well.
    let numbers = r#"{"courier":61255501111,"client":61255502222}"#;
    let set = client.call("SetKeyValueItem", &[("key", "1"), ("value", numbers), ("ttl", "60")]);
    assert_eq!(set["result"]["value"], VALUE);
    // An item that lives 0 s is gone.
    client.call("SetKeyValueItem", &[("key", "1"), ("value", VALUE), ("ttl", "0")]);
    assert_eq!(a_box.send("GET", "/api/v1/orders/1", None).status, 404);
    // The form of the platform's documentation: all in the query.
    let path = "/platform_api/GetKeyValueItem?key=12345&application_id=1";
    assert_eq!(client.send(&client.good(), path, &[]).json, got);
    assert_eq!(client.call("DelKeyValueItem", &[("key", "12345")]), json!({ "result": 1 }));
    assert_eq!(client.call("DelKeyValueItem", &[("key", "12345")]), json!({ "result": 0 }));
}

#[test]
fn lists_go_by_the_beginning_of_a_key_and_come_in_pages() {
    let a_box = Box::start();
    let client = Client::new(&a_box);
    for key in ["100", "1001", "1002", "2000", "10"] {
        client.call("SetKeyValueItem", &[("key", key), ("value", VALUE)]);
    }
    let keys = |params: &[(&str, &str)]| {
        let answer = client.call("GetKeyValueKeys", params);
        let rows = answer["result"].as_array().unwrap().clone();
        rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keys(&[]), ["10", "100", "1001", "1002", "2000"]);
    assert_eq!(keys(&[("key", "100")]), ["100", "1001", "1002"]);
    assert_eq!(keys(&[("key", "100*"), ("count", "1"), ("offset", "1")]), ["1001"]);
    assert!(keys(&[("key", "space:")]).is_empty());
    assert!(keys(&[("offset", "5")]).is_empty());
    let items = client.call("GetKeyValueItems", &[("key", "2")]);
    assert_eq!(items["result"][0]["value"], VALUE);
}

#[test]
fn what_is_no_order_is_refused_with_the_reason() {
    let a_box = Box::start();
    let client = Client::new(&a_box);
    let long = "1".repeat(201);
    let foreign = VALUE.replace("61255502222", "+447700900123");
    let far = (a_box.now().wall.as_second() + 91 * 86_400).to_string();
    for (command, params, word) in [
        ("SetKeyValueItem", vec![("key", "courier:1"), ("value", VALUE)], "order"),
        ("SetKeyValueItem", vec![("key", "1 2"), ("value", VALUE)], "letters"),
        ("SetKeyValueItem", vec![("key", &long), ("value", VALUE)], "200"),
        ("SetKeyValueItem", vec![("key", "1")], "'value'"),
        ("SetKeyValueItem", vec![("key", "1"), ("value", "text")], "courier"),
        ("SetKeyValueItem", vec![("key", "1"), ("value", &foreign)], "client: "),
        ("SetKeyValueItem", vec![("key", "1"), ("value", VALUE), ("ttl", "7776001")], "'ttl'"),
        ("SetKeyValueItem", vec![("key", "1"), ("value", VALUE), ("ttl", "x")], "'ttl'"),
        ("SetKeyValueItem", vec![("key", "1"), ("value", VALUE), ("expires_at", "1")], "expires"),
        ("SetKeyValueItem", vec![("key", "1"), ("value", VALUE), ("expires_at", &far)], "90"),
        ("GetKeyValueItem", vec![("key", "1")], "not found"),
        ("GetKeyValueItems", vec![], "'key'"),
        ("GetKeyValueKeys", vec![("count", "51")], "50"),
        ("GetKeyValueKeys", vec![("offset", "-1")], "'offset'"),
        ("GetAccountInfo", vec![], "Unknown command"),
    ] {
        let answer = client.call(command, &params);
        let msg = answer["error"]["msg"].as_str().unwrap_or_else(|| panic!("{command}: {answer}"));
        assert!(msg.contains(word) && !msg.contains("555"), "{command} {params:?}: {msg}");
        assert!(answer["error"]["code"].is_u64(), "{answer}");
    }
    assert_eq!(a_box.send("GET", "/api/v1/orders", None).json["items"], json!([]));
}

#[test]
fn only_a_token_that_a_service_account_signed_just_now_is_taken() {
    let a_box = Box::start();
    let client = Client::new(&a_box);
    let refused = |token: &str, word: &str| {
        let (status, msg) = client.refused(token);
        assert_eq!(status, 401, "{msg}");
        assert!(msg.contains(word), "{word}: {msg}");
    };
    let (header, claims) = (client.header(), client.claims(0));
    let with = |of: &Value, name: &str, value: Value| {
        let mut of = of.clone();
        of[name] = value;
        of
    };
    refused("nonsense", "JSON Web Token");
    refused(&client.token(&with(&header, "kid", json!("other")), &claims), "kid");
    refused(&client.token(&with(&header, "crit", json!(["b64"])), &claims), "header");
    for alg in ["none", "HS256", "RS512", "rs256", "PS256"] {
        refused(&client.token(&with(&header, "alg", json!(alg)), &claims), "RS256");
    }
    let good = client.good();
    let (text, _) = good.rsplit_once('.').unwrap();
    refused(&format!("{text}."), "signature");
    refused(&format!("{text}.AAAA"), "signature");
    refused(&signed(&client.key, &RSA_PKCS1_SHA512, &header, &claims), "signature");
    let other = RsaKeyPair::from_pkcs8(&other_key()).unwrap();
    refused(&signed(&other, &RSA_PKCS1_SHA256, &header, &claims), "signature");
    refused(&client.token(&header, &client.claims(-200)), "expired");
    refused(&client.token(&header, &client.claims(200)), "not valid yet");
    let later = a_box.now().wall.as_second() + 300;
    refused(&client.token(&header, &with(&claims, "nbf", json!(later))), "not valid yet");
    refused(&client.token(&header, &with(&claims, "exp", json!(later + 86_400))), "hour");
    refused(&client.token(&header, &with(&claims, "iss", json!("1"))), "account_id");
    refused(&client.token(&header, &json!({ "iss": claims["iss"] })), "claims");
    assert_eq!(client.send(&good, "/platform_api/GetKeyValueKeys", &[]).status, 200);
}

/// Somebody else's key.
fn other_key() -> Vec<u8> {
    use rsa::pkcs8::EncodePrivateKey;
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    key.to_pkcs8_der().unwrap().as_bytes().to_vec()
}

#[test]
fn ten_megabytes_a_revoked_account_and_guessing_are_refused() {
    let a_box = Box::start();
    let client = Client::new(&a_box);
    let big = "1".repeat(10_000_000);
    let form = [("cmd", "SetKeyValueItem"), ("key", "1"), ("value", &*big)];
    let answer = client.send(&client.good(), "/platform_api", &form);
    assert_eq!(answer.status, 413, "{:.200}", answer.text);
    assert!(answer.json["error"]["msg"].as_str().unwrap().contains("too long"));
    let json = a_box.send_with(Some(&client.good()), "POST", "/platform_api", Some("{}"), "text/x");
    assert_eq!(json.status, 415);
    let shown = a_box.send("GET", "/api/v1/tokens", None);
    assert!(!shown.text.contains("PRIVATE"), "{}", shown.text);
    let account = shown.json["items"].as_array().unwrap().iter().find(|t| t["name"] == "tutorial");
    assert_eq!(account.unwrap()["account"]["account_id"], client.credentials["account_id"]);
    assert!(account.unwrap()["last_used_at"].is_string(), "{account:?}");
    // A service account is no API token, nor the other way round.
    assert_eq!(
        a_box.send_with(Some(&client.good()), "GET", "/api/v1/orders", None, "").status,
        401
    );
    assert_eq!(a_box.send("DELETE", "/api/v1/tokens/tutorial", None).status, 204);
    let token = client.good();
    let statuses: Vec<u16> = (0..60).map(|_| client.refused(&token).0).collect();
    assert!(statuses.starts_with(&[401; 10]) && statuses.ends_with(&[429]), "{statuses:?}");
    // Who has a good token is not held up by that.
    assert_eq!(a_box.send("GET", "/api/v1/orders", None).status, 200);
}

/// Python with the official client, made once per target folder. `None` where that cannot be: a
/// failure in CI.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("voximplant-2.12.0");
    let python = folder.join("bin/python");
    let run = |program: &Path, arguments: &[&str]| {
        Command::new(program).args(arguments).status().is_ok_and(|status| status.success())
    };
    let has_client = || run(&python, &["-c", "import voximplant.apiclient"]);
    let pip = ["-m", "pip", "install", "--quiet", "voximplant-apiclient==2.12.0"];
    let made = has_client()
        || run(Path::new("python3"), &["-m", "venv", folder.to_str()?]) && run(&python, &pip);
    made.then_some(python)
}

#[test]
fn the_official_python_client_works_unchanged() {
    let Some(python) = python() else {
        assert!(std::env::var_os("CI").is_none(), "python3, venv, pip and PyPI are needed in CI");
        eprintln!("skipped: the client could not be installed from PyPI");
        return;
    };
    let a_box = Box::start_real();
    let made =
        a_box.send("POST", "/api/v1/tokens", Some(r#"{"name":"tutorial","service_account":true}"#));
    let folder = tempfile::tempdir().unwrap();
    let credentials = folder.path().join("credentials.json");
    std::fs::write(&credentials, made.text).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/platform_client.py");
    let output = Command::new(python)
        .arg(script)
        .arg(a_box.url().trim_start_matches("https://"))
        .arg(&credentials)
        .env("REQUESTS_CA_BUNDLE", a_box.config.store.path.join("ca.pem"))
        .output()
        .unwrap();
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(text(&output.stdout).trim(), "ok");
}
