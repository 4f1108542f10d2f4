//! Somebody who collects call records: an HTTP server on loopback that takes every post.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Channel, channel};
use std::time::Duration;

/// The signing key, as it stands in the configuration.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A receiver of posts.
pub struct Receiver {
    address: SocketAddr,
    posts: Channel<Post>,
}

/// One post.
pub struct Post {
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Receiver {
    pub fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, posts) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(post) = read(&mut stream) else { continue };
                let _gone = stream.write_all(
                    b"HTTP/1.1 204 No Content\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                );
                if seen.send(post).is_err() {
                    return;
                }
            }
        });
        Receiver { address, posts }
    }

    /// The configuration that makes a daemon post here.
    pub fn config(&self) -> String {
        format!("[webhook]\nurl = \"http://{}/calls\"\nsecret = \"{SECRET}\"\n", self.address)
    }

    /// The next post.
    pub fn next(&self) -> Post {
        self.posts.recv_timeout(Duration::from_secs(10)).expect("a post")
    }

    /// Whether a further post has come.
    pub fn has_more(&self) -> bool {
        self.posts.try_recv().is_ok()
    }
}

impl Post {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The signature that the Standard Webhooks scheme asks for, worked out here anew.
    pub fn right_signature(&self) -> String {
        let key = BASE64_STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let (id, time) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        mac.update(format!("{id}.{time}.{}", self.body).as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

fn read(stream: &mut TcpStream) -> Option<Post> {
    let mut reader = BufReader::new(stream);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
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
    Some(Post { headers, body: String::from_utf8(body).ok()? })
}
