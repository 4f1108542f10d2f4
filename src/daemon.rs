//! The daemon: starts everything, ends everything.

use crate::clock::Now;
use crate::config::Config;
use crate::http::{self, Api, webhook};
use crate::status::Board;
use crate::store::Store;
use anyhow::{Context, Result};
use std::sync::Arc;
use std::time::Instant;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Runs until SIGTERM or SIGINT.
pub fn run(config: Config) -> Result<()> {
    let config = Arc::new(config);
    let tcp = http::bind(&config.http)?;
    std::fs::create_dir_all(&config.store.path).context("the data folder cannot be made")?;
    let store = Store::open(&config.store.path)?;
    let control = http::bind_control(&config.store)?;
    let started = Instant::now();
    let clock: http::Clock = Arc::new(move || Now {
        mono: started.elapsed(),
        wall: jiff::Timestamp::now(),
        trusted: true,
    });
    let sender = config.webhook.as_ref().map(|settings| {
        webhook::start(settings, store.clone(), clock.clone(), webhook::Waits::default())
    });
    let api = Api::new(store, Board::default(), clock, config);
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(
        async {
            log::info!("http: listening on {}", tcp.local_addr()?);
            let (stop, stopped) = watch::channel(false);
            let when = |mut stopped: watch::Receiver<bool>| async move {
                let _gone = stopped.changed().await;
            };
            let tcp = TcpListener::from_std(tcp)?;
            let control = UnixListener::from_std(control)?;
            let tcp = tokio::spawn(http::serve(tcp, api.clone(), when(stopped.clone())));
            let control = tokio::spawn(http::serve_control(control, api, when(stopped)));
            let mut term = signal(SignalKind::terminate())?;
            let mut int = signal(SignalKind::interrupt())?;
            tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
            log::info!("stopping");
            stop.send(true)?;
            tcp.await?;
            control.await?;
            Ok::<_, anyhow::Error>(())
        },
    )?;
    if let Some(sender) = sender {
        sender.stop();
    }
    Ok(())
}
