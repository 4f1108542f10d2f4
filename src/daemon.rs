//! The daemon, as a story: what is opened, what is started, what it watches, how it ends.
//!
//! A line's thread that ends by itself ends the process: half a box is worse than one that systemd
//! starts again.

use crate::audio::{Packs, SoundSettings};
use crate::board::{self, BoardRungs, Boards};
use crate::clock;
use crate::config::{self, Audio, Config, Live};
use crate::http::{self, Api, webhook};
use crate::line::clerk::{Clerk, pin_refused_key};
use crate::line::shell::{Handle, Paths, Rungs, Shared, Shell};
use crate::line::{Line, Setup};
use crate::metrics::Metrics;
use crate::modem::bring_up::Pin;
use crate::record::EndedBy;
use crate::recording::Recordings;
use crate::status::Board;
use crate::store::Store;
use crate::texts;
use anyhow::{Context, Result, anyhow, bail};
use sd_notify::NotifyState;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

/// A line whose machine did not advance for this long is stuck.
const LINE_STUCK: Duration = Duration::from_secs(10);
/// Between two looks at lines and store for the watchdog.
const WATCH: Duration = Duration::from_secs(5);
/// Between two purges of expired orders.
const PURGE: Duration = Duration::from_secs(60);

/// A running line.
struct Running {
    name: String,
    handle: Handle,
    thread: JoinHandle<()>,
}

/// Runs until SIGTERM or SIGINT, or until a part of it ends by itself.
pub fn run(config: Config) -> Result<()> {
    let config = Arc::new(config);
    let tcp = http::bind(&config.http)?;
    config.store.make_folder().context("the data folder cannot be made")?;
    let store = Store::open(&config.store.path).context("the store cannot be opened")?;
    let control = http::bind_control(&config.store)?;
    let clock = clock::system();
    let tls = http::Tls::open(&config, clock())?;
    let live = Live::new(config.clone());
    let now = what_holds(&live, &store).context("what staff changed cannot be read")?;
    if now.calls.record && !now.calls.recording_notice {
        log::warn!("calls are recorded and nobody is told: see calls.recording_notice");
    }

    let recordings = Recordings::new(
        &config.store.path,
        config.recordings.clone(),
        store.clone(),
        clock.clone(),
    );
    recordings.start()?;

    let board = Board::default();
    config.lines.iter().for_each(|line| board.metrics().add_line(&line.name));
    close_interrupted_calls(&store, &clock, config.webhook.is_some(), board.metrics())?;

    let deliverer = config.webhook.as_ref().map(|settings| {
        let (metrics, waits) = (board.metrics().clone(), webhook::Waits::default());
        webhook::start(settings, store.clone(), clock.clone(), waits, metrics)
    });
    let waker = deliverer.as_ref().map(webhook::Sender::waker);
    let by_hand = waker.clone();
    let to_deliver = waker.map(|waker| Box::new(move || waker.wake()) as Box<dyn Fn() + Send>);
    let (clerk, clerks_thread) = Clerk::start(store.clone(), to_deliver)?;

    let names = || config.lines.iter().map(|line| line.name.clone()).collect();
    let start_texts = |texts| {
        let (board, clock) = (board.clone(), clock.clone());
        texts::start(texts, &config.dialling.countries, names(), store.clone(), board, clock)
    };
    let texts = config.texts.as_ref().map(start_texts).transpose()?;

    let (ended, ends) = mpsc::unbounded_channel();
    let packs = prompts(&config)?;
    let shared = Shared {
        store: store.clone(),
        clerk,
        board: board.clone(),
        clock: clock.clone(),
        recordings: recordings.clone(),
    };
    let mut lines = Vec::new();
    for (n, line) in config.lines.iter().enumerate() {
        let (shell, handle) = line_shell(&now, line, shared.clone(), packs.clone())?;
        let shell = match &texts {
            None => shell,
            Some(texts) => {
                texts.reach(n, handle.clone());
                shell.with_listener(texts.listener(n))
            }
        };
        lines.push(start(line.name.clone(), (shell, handle), ended.clone())?);
    }

    let handles = lines.iter().map(|line| line.handle.clone()).collect();
    tell_lines(&live, handles);

    let api = Api::new(store.clone(), board, clock.clone(), config.clone());
    let api = api.with_waker(by_hand).with_settings(live).with_recordings(recordings.clone());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = || match &deliverer {
        _ if clerks_thread.is_finished() => Some("the clerk"),
        _ if recordings.has_failed() => Some("the keeper of recordings"),
        Some(deliverer) if deliverer.is_finished() => Some("the webhook sender"),
        _ if texts.as_ref().is_some_and(texts::Sender::is_finished) => Some("the texts' sender"),
        _ => None,
    };
    let outcome = runtime.block_on(serve(tcp, tls, control, api, &lines, ends, ended));

    log::info!("stopping");
    lines.iter().for_each(|line| line.handle.stop());
    for line in lines {
        if line.thread.join().is_err() {
            log::error!("line {} ended by a fault of the program", line.name);
        }
    }
    recordings.stop();
    if let Some(texts) = texts {
        texts.stop();
    }
    drop(shared);
    let clerk = clerks_thread.join().map_err(|_| anyhow!("the clerk ended by a fault"));
    if let Some(deliverer) = deliverer {
        deliverer.stop();
    }
    runtime.shutdown_timeout(Duration::from_secs(2));
    store.flush().context("the store could not be flushed")?;
    clerk.and(outcome)
}

/// The configuration with what staff changed; what of that does not hold is said.
fn what_holds(live: &Live, store: &Store) -> Result<Config> {
    for setting in live.list(store)? {
        if let Some(why) = setting.refused {
            log::warn!("the setting {}, as staff changed it, does not hold: {why}", setting.name);
        }
    }
    Ok(live.now(store)?)
}

/// Lines hear of what staff change; they are in the configuration's order.
fn tell_lines(live: &Live, handles: Vec<Handle>) {
    live.on_change(move |config| {
        for (line, handle) in config.lines.iter().zip(&handles) {
            handle.change_settings(config.calls_settings(line), config.dialling_limits());
        }
    });
}

/// A call that a crash cut off gets its record now: it says `interrupted`.
fn close_interrupted_calls(
    store: &Store,
    clock: &http::Clock,
    deliver: bool,
    metrics: &Metrics,
) -> Result<()> {
    for mut record in store.open_calls()? {
        log::warn!("call {} was interrupted by a stop of the box", record.call_id);
        let now = clock();
        record.ended_at = Some(now.wall.max(record.started_at));
        record.ended_by = EndedBy::Box;
        record.clock_trusted &= now.trusted;
        store.add_record(&record, deliver)?;
        metrics.call(&record);
    }
    Ok(())
}

/// Reads the prompts of every language that is there, and says which begun ones are not whole.
fn prompts(config: &Config) -> Result<Arc<Packs>> {
    let (library, languages) = (&config.sound.library, &config.sound.languages);
    for language in library.begun().iter().filter(|language| !languages.contains(language)) {
        let lacks = library.missing(language).unwrap_or_default();
        log::warn!("prompts: `{language}` is not whole and not spoken: `{lacks}` has no file");
    }
    Ok(Arc::new(Packs::load(library, languages)?))
}

fn line_shell(
    config: &Config,
    line: &config::Line,
    shared: Shared,
    packs: Arc<Packs>,
) -> Result<(Shell, Handle)> {
    let audio = match &line.audio {
        Audio::Port(path) => Some(path.clone()),
        Audio::None => None,
        Audio::ModemFiles => {
            bail!("line {}: audio = \"modem-files\" is not in this version", line.name)
        }
    };
    let refused = shared.store.setting(&pin_refused_key(&line.name))?;
    let pin = line.pin.as_ref().map(|pin| {
        let mut pin = Pin { digits: pin.digits().to_owned(), was_refused: false };
        pin.was_refused = refused == Some(pin.fingerprint().to_string());
        pin
    });
    let boards = Boards::read(Path::new(board::FOLDER))?;
    let (at, metrics) = (&line.at, shared.board.metrics());
    let rungs = BoardRungs::open(&line.name, at, line.board.as_deref(), &boards, metrics)
        .with_context(|| format!("line {}", line.name))?;
    let setup = Setup {
        calls: config.calls_settings(line),
        country: config.site.country,
        pin,
        with_sound: audio.is_some(),
        with_texts: config.texts.is_some(),
        packs,
        sound: SoundSettings {
            settle: config.sound.settle,
            #[allow(clippy::cast_possible_truncation, reason = "a gain of a few dB")]
            gain_db: config.sound.gain_db as f32,
            ..SoundSettings::default()
        },
        rungs: rungs.rungs(),
        dialling: config.dialling_limits(),
        ids: Box::new(clock::call_id),
    };
    let paths = Paths { at: line.at.clone(), audio };
    Ok(Shell::new(Line::new(setup), paths, Box::new(rungs), shared)?)
}

/// Starts a line's thread; its end, whatever the reason, is told.
fn start(
    name: String,
    (shell, handle): (Shell, Handle),
    ended: mpsc::UnboundedSender<String>,
) -> Result<Running> {
    /// Tells of the end even when the thread panics.
    struct TellEnd(String, mpsc::UnboundedSender<String>);
    impl Drop for TellEnd {
        fn drop(&mut self) {
            let _nobody_listens_at_a_stop = self.1.send(self.0.clone());
        }
    }
    let tell = TellEnd(name.clone(), ended);
    let thread = thread::Builder::new().name(format!("line-{name}")).spawn(move || {
        if let Err(error) = shell.run() {
            log::error!("line {}: {error}", tell.0);
        }
    })?;
    Ok(Running { name, handle, thread })
}

/// Serves HTTP, purges, feeds the watchdog; until a signal, or until a part ends.
async fn serve(
    tcp: std::net::TcpListener,
    tls: Option<http::Tls>,
    control: std::os::unix::net::UnixListener,
    api: Api,
    lines: &[Running],
    mut ends: mpsc::UnboundedReceiver<String>,
    ended: impl Fn() -> Option<&'static str>,
) -> Result<()> {
    let scheme = if tls.is_some() { "https://" } else { "" };
    let address = tcp.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let tcp = TcpListener::from_std(tcp)?;
    let control = UnixListener::from_std(control)?;
    let mut web = tokio::spawn(http::serve(tcp, api.clone(), tls, told(stopped.clone())));
    let mut control = tokio::spawn(http::serve_control(control, api.clone(), told(stopped)));
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    log::info!("http: listening on {scheme}{address}");
    sd_notify::notify(&[NotifyState::Ready]).context("systemd could not be told")?;

    let outcome = tokio::select! {
        _ = term.recv() => Ok(()),
        _ = int.recv() => Ok(()),
        name = ends.recv() => Err(anyhow!("line {} ended", name.unwrap_or_default())),
        _ = &mut web => Err(anyhow!("the HTTP server ended")),
        _ = &mut control => Err(anyhow!("the control socket's server ended")),
        () = purge(&api) => unreachable!("it purges for ever"),
        part = watch_over(&api, lines, ended) => Err(anyhow!("{part} ended")),
    };
    let _told = sd_notify::notify(&[NotifyState::Stopping]);
    stop.send_replace(true);
    for server in [web, control] {
        if !server.is_finished() {
            server.await?;
        }
    }
    outcome
}

async fn told(mut stopped: watch::Receiver<bool>) {
    let _sender_gone = stopped.changed().await;
}

/// Expired orders go; not while the clock is not trusted.
async fn purge(api: &Api) {
    let mut tick = tokio::time::interval(PURGE);
    loop {
        tick.tick().await;
        let (api, now) = (api.clone(), (api.clock)());
        let purge = move || {
            api.purge_sticks();
            api.store.purge_expired(now)
        };
        match tokio::task::spawn_blocking(purge).await {
            Ok(Ok(0)) => {}
            Ok(Ok(n)) => log::info!("{n} expired orders are gone"),
            Ok(Err(error)) => log::error!("expired orders could not be purged: {error}"),
            Err(error) => log::error!("the purge failed: {error}"),
        }
    }
}

/// Feeds systemd's watchdog, only with proof of work: every line's machine has advanced, and the store
/// answers. Ends, with its name, when a part has ended by itself.
async fn watch_over(
    api: &Api,
    lines: &[Running],
    ended: impl Fn() -> Option<&'static str>,
) -> &'static str {
    let mut tick = tokio::time::interval(WATCH);
    loop {
        tick.tick().await;
        if let Some(part) = ended() {
            return part;
        }
        let now = (api.clock)();
        let stuck = lines.iter().find(|l| l.handle.last_beat() + LINE_STUCK < now.mono);
        if let Some(line) = stuck {
            log::error!("line {} does not advance", line.name);
            continue;
        }
        let store = api.store.clone();
        let answers = tokio::task::spawn_blocking(move || store.setting("watchdog")).await;
        if matches!(answers, Ok(Ok(_))) {
            let _no_systemd = sd_notify::notify(&[NotifyState::Watchdog]);
        } else {
            log::error!("the store does not answer");
        }
    }
}
