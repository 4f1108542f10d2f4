//! The thread that sends, and how it is reached.

use super::desk::{Desk, Reach};
use crate::clock::Now;
use crate::config::Texts;
use crate::line::shell::{Handle, Listener, Said};
use crate::number::Country;
use crate::status::Board;
use crate::store::{Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two looks at what waits.
const LOOK: Duration = Duration::from_millis(500);
/// What lines may say before they are heard.
const SAYINGS: usize = 256;

/// The running thread.
pub struct Sender {
    stop: Arc<AtomicBool>,
    said: SyncSender<(usize, Said)>,
    handles: SyncSender<(usize, Reach)>,
    thread: JoinHandle<()>,
}

/// Starts it, for lines of these names. Each is to be given its listener, and its handle to the sender.
pub fn start(
    texts: &Texts,
    countries: &[Country],
    lines: Vec<String>,
    store: Store,
    board: Board,
    clock: Arc<dyn Fn() -> Now + Send + Sync>,
) -> Result<Sender, StoreError> {
    store.want_texts();
    let unknown = store.give_up_texts()?;
    if unknown > 0 {
        log::warn!("texts: {unknown} were on their way at the stop: they are not sent again");
    }
    let (said, sayings) = sync_channel(SAYINGS);
    let (handles, new_handles) = sync_channel(lines.len());
    let stop = Arc::new(AtomicBool::new(false));
    let mut desk = Desk::new(texts, countries, lines, store, board, clock);
    let stopped = stop.clone();
    let run = move || run(&mut desk, &sayings, &new_handles, &stopped);
    let thread = std::thread::Builder::new().name("texts".to_owned()).spawn(run).expect("a thread");
    Ok(Sender { stop, said, handles, thread })
}

impl Sender {
    /// What hears a line's short messages. It never blocks: a message that is not heard is in the SIM still.
    pub fn listener(&self, line: usize) -> Listener {
        let said = self.said.clone();
        Box::new(move |what| {
            if said.try_send((line, what)).is_err() {
                log::warn!("texts: more is said than can be heard");
            }
        })
    }

    /// How a line is reached.
    pub fn reach(&self, line: usize, handle: Handle) {
        let reach: Reach = Box::new(move |errand| handle.errand(errand));
        let _one_for_each = self.handles.try_send((line, reach));
    }

    /// True once the thread has ended, which it does only when told to: a bug otherwise.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends it. What a line still has is unknown at the next start.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Release);
        drop(self.said);
        if self.thread.join().is_err() {
            log::error!("texts: the thread ended by a fault of the program");
        }
    }
}

fn run(
    desk: &mut Desk,
    sayings: &Receiver<(usize, Said)>,
    handles: &Receiver<(usize, Reach)>,
    stop: &AtomicBool,
) {
    while !stop.load(Ordering::Acquire) {
        handles.try_iter().for_each(|(line, reach)| desk.reach(line, reach));
        let worked = match sayings.recv_timeout(LOOK) {
            Ok((line, said)) => desk.hear(line, said),
            Err(_) => desk.look(),
        };
        if let Err(error) = worked {
            log::error!("texts: {error}");
        }
    }
}
