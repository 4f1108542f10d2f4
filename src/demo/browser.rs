//! `maskline demo`: the gateway's own page and three phones in a browser, until somebody ends it.

use super::cast::{ORDER, Role};
use super::exchange::Exchange;
use super::gateway::Gateway;
use super::server::{self, Demo};
use super::stage::Stage;
use anyhow::{Context, Result, anyhow};
use axum::serve::ListenerExt as _;
use rustix::process::{Pid, WaitId, WaitIdOptions};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};

/// Where the page is unless somebody says otherwise, so that a bookmark finds it again.
const PORT: u16 = 8420;
/// People look at a page before they answer a phone; nobody waits 45 s for one that nobody answers.
const CONFIG: &str = "[calls]\nring_timeout_ms = 25000\n";
/// What may take its time once the demo ends.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Shows the demo until a signal ends it, or a part of it ends by itself.
pub fn serve(out: &mut impl Write, listen: Option<SocketAddr>) -> Result<()> {
    let listener = bind(listen)?;
    let address = listener.local_addr()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // Listened to before anything is started, so that nothing stays behind whenever it comes.
    let stopped = stop_asked(&runtime)?;
    writeln!(out, "Starting a simulated SIM7600 and the gateway ...")?;
    out.flush()?;

    let program = std::env::current_exe()?;
    let mut stage = Stage::set_with(&program, CONFIG, |options| options.samples = true)?;
    let outcome = show(out, &mut stage, &runtime, listener, address, stopped.clone());
    runtime.shutdown_timeout(LAST_ANSWERS);
    let asked = *stopped.borrow();
    let down = stage.stop_daemon();
    // What goes wrong in a demo that is being ended is no news.
    if asked { Ok(()) } else { outcome.and(down) }
}

fn show(
    out: &mut impl Write,
    stage: &mut Stage,
    runtime: &Runtime,
    listener: TcpListener,
    address: SocketAddr,
    stopped: watch::Receiver<bool>,
) -> Result<()> {
    let reports = stage.simulator.take_reports();
    stage.start_daemon()?;
    stage.wait_ready()?;
    let (courier, customer) = (Role::Courier.number(), Role::Customer.number());
    stage.command(&["orders", "put", ORDER, "--courier", courier, "--customer", customer])?;
    let http = stage.http().context("the gateway does not say where it listens")?;
    let ended = child_end(stage.pid().context("the gateway has no process")?)?;

    let exchange = Exchange::new(stage.simulator.requests().clone())?;
    let gateway = runtime.block_on(Gateway::first_visit(http, &stage.setup_code()?))?;
    let number = stage.number().to_owned();
    let demo = Arc::new(Demo::new(exchange, gateway, number));
    let router = server::router(demo.clone());
    // Ends with the simulator.
    thread::Builder::new().name("exchange".into()).spawn(move || {
        reports.iter().for_each(|report| demo.exchange.notice(&report));
    })?;
    writeln!(out, "Open http://{address}/ in a browser on this machine. Ctrl-C ends the demo.")?;
    out.flush()?;
    runtime
        .block_on(until_the_end(listener, router, ended, stopped))
        .map_err(|error| anyhow!("{error:#}\n{}", stage.log()))
}

fn bind(listen: Option<SocketAddr>) -> Result<TcpListener> {
    let listener = match listen {
        Some(address) => TcpListener::bind(address)
            .with_context(|| format!("--listen: cannot listen on {address}"))?,
        None => TcpListener::bind((Ipv4Addr::LOCALHOST, PORT))
            .or_else(|_taken| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .context("no port of this machine can be had")?,
    };
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Becomes true when somebody asks for the end: Ctrl-C, a closed terminal, `kill`.
fn stop_asked(runtime: &Runtime) -> Result<watch::Receiver<bool>> {
    let _inside = runtime.enter();
    let (stop, stopped) = watch::channel(false);
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        let (mut signal, stop) = (signal(kind)?, stop.clone());
        runtime.spawn(async move {
            signal.recv().await;
            stop.send_replace(true);
        });
    }
    Ok(stopped)
}

async fn until_the_end(
    listener: TcpListener,
    router: axum::Router,
    gateway: oneshot::Receiver<()>,
    mut stopped: watch::Receiver<bool>,
) -> Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
        // Frames of sound are small, and must not wait for one another.
        let _gone = stream.set_nodelay(true);
    });
    tokio::select! {
        ended = axum::serve(listener, router) => ended.context("the demo's server ended"),
        _ = gateway => Err(anyhow!("the gateway ended by itself")),
        _ = stopped.wait_for(|stopped| *stopped) => Ok(()),
    }
}

/// Comes when a child of this process has ended; it is still to be waited for.
fn child_end(pid: u32) -> Result<oneshot::Receiver<()>> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).context("no such process")?;
    let (tell, ended) = oneshot::channel();
    thread::Builder::new().name("gateway's end".into()).spawn(move || {
        let looks_only = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let wait = || rustix::process::waitid(WaitId::Pid(pid), looks_only);
        if rustix::io::retry_on_intr(wait).is_ok() {
            let _nobody_listens_any_more = tell.send(());
        }
    })?;
    Ok(ended)
}
