//! A box without lines: store, board and API on a loopback port and a control socket.
#![allow(dead_code, reason = "each test binary uses its part")]

use maskline::clock::Now;
use maskline::config::{Config, Tls};
use maskline::http::{self, Api};
use maskline::record::CallRecord;
use maskline::status::Board;
use maskline::store::{Role, Store};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The box and how to talk to it.
pub struct Box {
    pub store: Store,
    pub board: Board,
    pub config: Arc<Config>,
    pub address: SocketAddr,
    token: String,
    agent: ureq::Agent,
    stop: Option<tokio::sync::watch::Sender<bool>>,
    runtime: Option<tokio::runtime::Runtime>,
    doors: Vec<tokio::task::JoinHandle<()>>,
    folder: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub text: String,
    pub json: serde_json::Value,
    headers: ureq::http::HeaderMap,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn is_problem(&self) -> bool {
        self.header("content-type") == Some("application/problem+json")
    }
}

/// A clock that begins at a known time and goes on.
pub fn clock() -> http::Clock {
    let start = Instant::now();
    Arc::new(move || Now::simulated(start.elapsed()))
}

/// A configuration with one line, its store in this folder.
pub fn config(folder: &TempDir, tls: &str, more: &str) -> Config {
    let path = folder.path().join("store");
    let text = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\ntls = {tls}\n[store]\npath = {path:?}\n\
         [[line]]\nname = \"line1\"\nat = \"/dev/null\"\n{more}"
    );
    Config::parse("test.toml", &text, []).unwrap()
}

/// A client that trusts this box and no other.
fn agent(ca: &Path) -> ureq::Agent {
    use ureq::tls::{Certificate, RootCerts, TlsConfig};
    let ca = std::fs::read(ca).ok();
    let ca = ca.map(|pem| Certificate::from_pem(&pem).unwrap());
    let roots = RootCerts::new_with_certs(&ca.into_iter().collect::<Vec<_>>());
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .timeout_global(Some(Duration::from_secs(120)))
        .build()
        .new_agent()
}

fn read(answer: ureq::http::Response<ureq::Body>) -> Answer {
    let (parts, body) = answer.into_parts();
    let text = body.into_with_config().limit(100_000_000).read_to_string().unwrap();
    let json = serde_json::from_str(&text).unwrap_or_default();
    Answer { status: parts.status.as_u16(), text, json, headers: parts.headers }
}

impl Box {
    pub fn start() -> Box {
        Box::start_with("\"off\"", "")
    }

    /// With this value of `http.tls` and more of the configuration.
    pub fn start_with(tls: &str, more: &str) -> Box {
        Box::start_with_ca(tls, more, Path::new("ca.pem"))
    }

    /// With TLS and the time of day, for clients that look at it.
    pub fn start_real() -> Box {
        Box::make("\"self-signed\"", "", Path::new("ca.pem"), maskline::clock::system())
    }

    /// The same, trusting a certificate other than that of the data folder.
    pub fn start_with_ca(tls: &str, more: &str, ca: &Path) -> Box {
        Box::make(tls, more, ca, clock())
    }

    fn make(tls: &str, more: &str, ca: &Path, clock: http::Clock) -> Box {
        let folder = tempfile::tempdir().unwrap();
        let config = Arc::new(config(&folder, tls, more));
        std::fs::create_dir_all(&config.store.path).unwrap();
        let store = Store::open(&config.store.path).unwrap();
        let board = Board::default();
        let api = Api::new(store.clone(), board.clone(), clock, config.clone());
        let token = store.create_token("test", Role::Admin, (api.clock)().wall).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let when = |mut stopped: tokio::sync::watch::Receiver<bool>| async move {
            let _gone = stopped.changed().await;
        };
        let tcp = http::bind(&config.http).unwrap();
        let address = tcp.local_addr().unwrap();
        let control = http::bind_control(&config.store).unwrap();
        let tls = http::Tls::open(&config, (api.clock)()).unwrap();
        let guard = runtime.enter();
        let tcp = tokio::net::TcpListener::from_std(tcp).unwrap();
        let control = tokio::net::UnixListener::from_std(control).unwrap();
        drop(guard);
        let doors = vec![
            runtime.spawn(http::serve(tcp, api.clone(), tls, when(stopped.clone()))),
            runtime.spawn(http::serve_control(control, api, when(stopped))),
        ];
        let agent = agent(&config.store.path.join(ca));
        let (stop, runtime) = (Some(stop), Some(runtime));
        Box { store, board, config, address, token, agent, stop, runtime, doors, folder }
    }

    /// Scheme, address and port.
    pub fn url(&self) -> String {
        let scheme = if self.config.http.tls == Tls::Off { "http" } else { "https" };
        format!("{scheme}://{}", self.address)
    }

    pub fn now(&self) -> Now {
        Now::simulated(Duration::ZERO)
    }

    pub fn add_record(&self, record: &CallRecord) {
        self.store.add_record(record, true).unwrap();
    }

    pub fn send(&self, method: &str, path: &str, body: Option<&str>) -> Answer {
        self.send_as(method, path, body, "application/json")
    }

    pub fn send_as(&self, method: &str, path: &str, body: Option<&str>, kind: &str) -> Answer {
        self.send_with(Some(&self.token), method, path, body, kind)
    }

    /// A body that may be no text.
    pub fn send_octets(&self, method: &str, path: &str, body: &[u8], kind: &str) -> Answer {
        self.send_reader(method, path, std::io::Cursor::new(body.to_vec()), kind)
    }

    /// A body of any length.
    pub fn send_reader(
        &self,
        method: &str,
        path: &str,
        body: impl std::io::Read + 'static,
        kind: &str,
    ) -> Answer {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url()))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", kind);
        let body = ureq::SendBody::from_owned_reader(body);
        read(self.agent.run(request.body(body).unwrap()).unwrap())
    }

    /// Asks with one more header.
    pub fn get_with(&self, path: &str, (name, value): (&str, &str)) -> Answer {
        let request = ureq::http::Request::builder()
            .uri(format!("{}{path}", self.url()))
            .header("authorization", format!("Bearer {}", self.token))
            .header(name, value);
        read(self.agent.run(request.body(()).unwrap()).unwrap())
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn send_with(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: Option<&str>,
        kind: &str,
    ) -> Answer {
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url()));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = match body {
            Some(body) => {
                let request = request.header("content-type", kind).body(body.to_owned()).unwrap();
                self.agent.run(request)
            }
            None => self.agent.run(request.body(()).unwrap()),
        };
        read(answer.unwrap())
    }

    pub fn stop(mut self) {
        self.stop.take().unwrap().send(true).unwrap();
        let runtime = self.runtime.take().unwrap();
        for door in self.doors.drain(..) {
            runtime.block_on(door).unwrap();
        }
    }
}
