//! TLS: the box's own authority, a certificate of one's own, and plain HTTP at the wrong door.

use crate::support::Box;
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn the_box_is_trusted_by_whoever_trusts_its_ca_and_by_nobody_else() {
    let a_box = Box::start_with("\"self-signed\"", "");
    assert!(a_box.url().starts_with("https://127.0.0.1:"));
    let list = a_box.send("GET", "/api/v1/orders", None);
    assert_eq!(list.status, 200, "{list:?}");
    let ca = a_box.send_with(None, "GET", "/ca.pem", None, "");
    assert_eq!(ca.status, 200);
    let file = a_box.config.store.path.join("ca.pem");
    assert_eq!(ca.text, std::fs::read_to_string(file).unwrap());
    assert!(!ca.text.contains("PRIVATE"), "{}", ca.text);
    let stranger: ureq::Agent = ureq::Agent::new_with_defaults();
    let refused = stranger.get(format!("{}/healthz", a_box.url())).call();
    assert!(format!("{refused:?}").contains("UnknownIssuer"), "{refused:?}");
}

#[test]
fn whoever_speaks_plain_http_is_told_to_speak_https() {
    let a_box = Box::start_with("\"self-signed\"", "");
    let mut plain = TcpStream::connect(a_box.address).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    let _reset = plain.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("https://"), "{answer}");
    // Nonsense ends its own connection only.
    let mut nonsense = TcpStream::connect(a_box.address).unwrap();
    nonsense.write_all(&[0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5]).unwrap();
    let _any = nonsense.read(&mut [0; 100]);
    assert_eq!(a_box.send("GET", "/api/v1/orders", None).status, 200);
}

#[test]
fn a_certificate_of_ones_own_is_shown_and_there_is_no_ca_to_fetch() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(file("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(file("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let tls = format!("{{ cert = {:?}, key = {:?} }}", file("cert.pem"), file("key.pem"));
    let a_box = Box::start_with_ca(&tls, "", &file("cert.pem"));
    assert_eq!(a_box.send("GET", "/api/v1/orders", None).status, 200);
    let ca = a_box.send_with(None, "GET", "/ca.pem", None, "");
    assert_eq!((ca.status, ca.is_problem()), (404, true), "{ca:?}");
}
