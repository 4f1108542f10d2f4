//! How the command line reaches a box: over the control socket, over a URL, or, where no daemon runs,
//! by opening the store and asking the same router within this process.

use super::Target;
use crate::clock::Now;
use crate::config::{Config, check_url};
use crate::http::{Api, admin_router};
use crate::status::Board;
use crate::store::Store;
use anyhow::{Context, Result, anyhow, bail};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use hyper_util::rt::TokioIo;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::UnixStream;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use ureq::SendBody;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// How long a connection to another machine may take to come up.
const CONNECT: Duration = Duration::from_secs(10);

/// Octets that are sent at once.
const CHUNK: usize = 64 * 1024;

/// Someone who answers API calls.
pub(super) struct Client {
    runtime: Runtime,
    way: Way,
}

enum Way {
    Url { agent: ureq::Agent, url: String, token: String },
    Here(Here),
}

/// The box that we are on.
enum Here {
    Socket(PathBuf),
    Direct(Router),
}

/// What to ask.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    /// Media type and octets.
    pub(super) body: Option<(&'static str, Sent)>,
}

/// What is sent.
pub(super) enum Sent {
    Octets(Vec<u8>),
    /// As much as there is, as it is read.
    Reader(Box<dyn Read + Send>),
}

impl Client {
    /// Finds the box.
    pub(super) fn new(target: &Target) -> Result<Client> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let way = match (&target.url, &target.token) {
            (Some(url), Some(token)) => by_url(url, token, target.ca.as_deref())?,
            _ => Way::Here(runtime.block_on(on_this_box(&target.config))?),
        };
        Ok(Client { runtime, way })
    }

    /// The daemon of this configuration and nothing else, for who may not read the secrets that it names.
    pub(super) fn of_daemon(config: &Path) -> Result<Client> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let socket = Config::control_socket(config)?;
        let failed =
            || format!("the daemon does not answer at {}: is it running?", socket.display());
        runtime.block_on(UnixStream::connect(&socket)).with_context(failed)?;
        Ok(Client { runtime, way: Way::Here(Here::Socket(socket)) })
    }

    /// Asks and returns the JSON of the answer, null where it has none.
    pub(super) fn json(&mut self, ask: Ask<'_>) -> Result<serde_json::Value> {
        let mut answer = Vec::new();
        self.copy(ask, &mut answer)?;
        match answer.is_empty() {
            true => Ok(serde_json::Value::Null),
            false => serde_json::from_slice(&answer).context("the box answered something else"),
        }
    }

    /// Asks and copies the answer as it comes.
    pub(super) fn copy(&mut self, ask: Ask<'_>, to: &mut dyn Write) -> Result<()> {
        let Client { runtime, way } = self;
        match way {
            Way::Url { agent, url, token } => copy_by_url(agent, url, token, ask, to),
            Way::Here(here) => runtime.block_on(copy_here(here, ask, to)),
        }
    }

    /// All items of a list, page by page, at most `most`.
    pub(super) fn list(
        &mut self,
        path: &str,
        query: &[(&str, &str)],
        most: Option<usize>,
    ) -> Result<Vec<serde_json::Value>> {
        let mut items = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let left = most.map_or(usize::MAX, |most| most - items.len());
            let rows = left.min(crate::limits::PAGE_ROWS_MAX).to_string();
            let mut query = query.to_vec();
            query.push(("limit", &rows));
            query.extend(after.as_deref().map(|after| ("after", after)));
            let mut page = self.json(get(&format!("{path}?{}", encode(&query))))?;
            let rows = page["items"].as_array_mut().map(std::mem::take);
            items.extend(rows.context("the box answered no list")?);
            after = page["next"].as_str().map(str::to_owned);
            if after.is_none() || most.is_some_and(|most| items.len() >= most) {
                return Ok(items);
            }
        }
    }
}

/// A question without a body.
pub(super) fn get(path: &str) -> Ask<'_> {
    Ask { method: Method::GET, path, body: None }
}

/// A query string.
fn encode(query: &[(&str, &str)]) -> String {
    let pairs = query.iter().map(|(name, value)| format!("{name}={}", escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A text as a part of a path or a query.
pub(super) fn escape(text: &str) -> String {
    let escaped = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(b).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(escaped).collect()
}

fn by_url(url: &str, token: &str, ca: Option<&Path>) -> Result<Way> {
    check_url(url).map_err(|why| anyhow!("--url {why}"))?;
    let mut tls = TlsConfig::builder();
    if let Some(file) = ca {
        let failed = || format!("--ca {}", file.display());
        let pem = std::fs::read(file).with_context(failed)?;
        let ca = Certificate::from_pem(&pem).with_context(failed)?;
        tls = tls.root_certs(RootCerts::new_with_certs(&[ca]));
    }
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .tls_config(tls.build())
        .timeout_connect(Some(CONNECT))
        .build()
        .new_agent();
    let url = url.trim_end_matches('/').to_owned();
    Ok(Way::Url { agent, url, token: token.to_owned() })
}

async fn on_this_box(file: &Path) -> Result<Here> {
    let config = Config::load(file)?;
    let socket = config.store.control_socket();
    match UnixStream::connect(&socket).await {
        Ok(_answered) => Ok(Here::Socket(socket)),
        Err(error)
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) =>
        {
            open_store(config)
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => bail!(
            "you may not use {}: run this as root, or join the daemon's group",
            socket.display()
        ),
        Err(error) => Err(error).context(format!("cannot reach {}", socket.display())),
    }
}

fn open_store(config: Config) -> Result<Here> {
    let path = &config.store.path;
    let failed = || format!("no daemon runs, and its store {} cannot be used", path.display());
    config.store.make_folder().with_context(failed)?;
    let store = Store::open(path).with_context(failed)?;
    let started = Instant::now();
    // Nobody knows here whether the clock is right, so nothing is purged by it.
    let clock =
        move || Now { mono: started.elapsed(), wall: jiff::Timestamp::now(), trusted: false };
    let api = Api::new(store, Board::default(), Arc::new(clock), Arc::new(config));
    Ok(Here::Direct(admin_router(&api)))
}

async fn copy_here(here: &Here, ask: Ask<'_>, to: &mut dyn Write) -> Result<()> {
    let mut request = Request::builder().method(ask.method).uri(ask.path);
    request = request.header(header::HOST, "localhost");
    let request = match ask.body {
        Some((kind, sent)) => request.header(header::CONTENT_TYPE, kind).body(body_of(sent)?)?,
        None => request.body(Body::empty())?,
    };
    let answer = match here {
        Here::Direct(router) => router.clone().oneshot(request).await?.map(Body::new),
        Here::Socket(path) => {
            let io = TokioIo::new(UnixStream::connect(path).await?);
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
            tokio::spawn(connection);
            sender.send_request(request).await?.map(Body::new)
        }
    };
    let (parts, mut body) = answer.into_parts();
    let mut refusal = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.context("the answer broke off")?;
        let octets = frame.data_ref().map_or(&[][..], |octets| octets);
        if parts.status.is_success() {
            to.write_all(octets)?;
        } else {
            refusal.extend_from_slice(octets);
        }
    }
    refused(parts.status, &refusal)
}

/// What is sent as a body; a reader is read on a thread of its own.
fn body_of(sent: Sent) -> Result<Body> {
    let mut reader = match sent {
        Sent::Octets(octets) => return Ok(Body::from(octets)),
        Sent::Reader(reader) => reader,
    };
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(2);
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new().name("sender".to_owned()).spawn(move || {
        loop {
            let mut chunk = vec![0; CHUNK];
            match reader.read(&mut chunk) {
                Ok(0) => return,
                Err(error) => return sender.abort(error),
                Ok(len) => chunk.truncate(len),
            }
            if runtime.block_on(sender.send_data(chunk.into())).is_err() {
                return;
            }
        }
    })?;
    Ok(Body::new(body))
}

fn copy_by_url(
    agent: &ureq::Agent,
    url: &str,
    token: &str,
    ask: Ask<'_>,
    to: &mut dyn Write,
) -> Result<()> {
    let request = Request::builder()
        .method(ask.method)
        .uri(format!("{url}{}", ask.path))
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let answer = match ask.body {
        Some((kind, sent)) => {
            let body = match sent {
                Sent::Octets(octets) => SendBody::from_owned_reader(std::io::Cursor::new(octets)),
                Sent::Reader(reader) => SendBody::from_owned_reader(reader),
            };
            agent.run(request.header(header::CONTENT_TYPE, kind).body(body)?)
        }
        None => agent.run(request.body(())?),
    };
    let answer = answer.map_err(|error| {
        let text = error.to_string();
        let unknown = text.contains("UnknownIssuer");
        let mend = if unknown { "; name the box's CA with --ca (its /ca.pem)" } else { "" };
        anyhow!("cannot reach {url}: {text}{mend}")
    })?;
    let (parts, body) = answer.into_parts();
    let mut body = body.into_reader();
    if parts.status.is_success() {
        std::io::copy(&mut body, to)?;
        return Ok(());
    }
    let mut refusal = Vec::new();
    body.take(crate::limits::HTTP_BODY_OCTETS as u64).read_to_end(&mut refusal)?;
    refused(parts.status, &refusal)
}

/// A problem as a sentence: what, where, how to mend.
fn refused(status: StatusCode, answer: &[u8]) -> Result<()> {
    if status.is_success() {
        return Ok(());
    }
    let problem: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
    let part = |name: &str| problem[name].as_str().unwrap_or_default();
    let title = if part("title").is_empty() { "the box refused" } else { part("title") };
    let mut text = format!("{title} ({})", status.as_u16());
    for (before, part) in [(": ", part("detail")), ("; at ", part("where")), ("\n  ", part("mend"))]
    {
        if !part.is_empty() {
            text.push_str(before);
            text.push_str(part);
        }
    }
    bail!(text)
}
