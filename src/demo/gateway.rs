//! The gateway behind the demo's door: its page and its API are passed through as they are, so that a
//! browser sees one site. Whoever opens the demo is logged in to the page as staff are, by password.

use anyhow::{Context, Result, anyhow, ensure};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rand::TryRngCore as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// Octets of an answer that the demo itself reads.
const ANSWER: usize = 64 * 1024;
/// What is between two ends of one connection only (RFC 9110 section 7.6.1).
const ONE_HOP: [header::HeaderName; 4] =
    [header::CONNECTION, header::TRANSFER_ENCODING, header::TE, header::UPGRADE];

/// The running gateway, and the password of its page.
pub struct Gateway {
    address: SocketAddr,
    password: String,
}

impl Gateway {
    /// Sets the page's password, as its first visitor does.
    pub async fn first_visit(address: SocketAddr, setup_code: &str) -> Result<Gateway> {
        let mut random = [0; 18];
        rand::rngs::OsRng.try_fill_bytes(&mut random)?;
        let gateway = Gateway { address, password: URL_SAFE_NO_PAD.encode(random) };
        let typed = json!({ "code": setup_code, "password": gateway.password, "name": "demo" });
        gateway.post("/page/setup", &typed).await.context("the page's password cannot be set")?;
        Ok(gateway)
    }

    /// The cookie of a new session.
    pub async fn log_in(&self) -> Result<HeaderValue> {
        let typed = json!({ "password": self.password, "name": "demo" });
        let headers = self.post("/page/login", &typed).await?;
        headers.get(header::SET_COOKIE).cloned().context("the page gave no session")
    }

    /// Whether a browser has a session.
    pub async fn knows(&self, headers: &HeaderMap) -> Result<bool> {
        let mut request = Request::get("/page/session").header(header::HOST, self.host());
        for cookie in headers.get_all(header::COOKIE) {
            request = request.header(header::COOKIE, cookie);
        }
        let answer = self.ask(request.body(Body::empty())?).await?;
        let body = Limited::new(answer.into_body(), ANSWER).collect().await;
        let body = body.map_err(|error| anyhow!(error))?.to_bytes();
        Ok(serde_json::from_slice::<Value>(&body)?["state"] == "in")
    }

    /// Passes a request on; the answer comes as the gateway gives it, a stream as a stream.
    pub async fn forward(&self, mut request: Request<Body>) -> Result<Response<Body>> {
        ONE_HOP.iter().for_each(|name| drop(request.headers_mut().remove(name)));
        let mut answer = self.ask(request).await?.map(Body::new);
        ONE_HOP.iter().for_each(|name| drop(answer.headers_mut().remove(name)));
        Ok(answer)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<HeaderMap> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::HOST, self.host())
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-maskline", "1")
            .body(Body::from(body.to_string()))?;
        let answer = self.ask(request).await?;
        ensure!(answer.status() == StatusCode::NO_CONTENT, "{path} answered {}", answer.status());
        Ok(answer.headers().clone())
    }

    /// One request on a connection of its own, which ends with the answer.
    async fn ask(&self, request: Request<Body>) -> Result<Response<Incoming>> {
        let stream = TcpStream::connect(self.address).await.context("the gateway is gone")?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        // As a text: a pipe that breaks here is a fault, unlike one that our output is read by.
        let answer = sender.send_request(request).await;
        answer.map_err(|error| anyhow!("the gateway breaks off: {error}"))
    }

    fn host(&self) -> String {
        self.address.to_string()
    }
}
