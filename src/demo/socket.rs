//! One browser that holds one phone, by WebSocket.
//!
//! To the browser: texts, what the phone shows ([`super::phone::Display`] as JSON, whole, whenever it
//! changes); octets, what its ear hears. From the browser: texts, what is pressed ([`Press`] as JSON:
//! `"call"`, `{"key":"5"}`); octets, what is said. Sound is s16le at 8 kHz, 20 ms a message.

use super::cast::Role;
use super::exchange::{Exchange, Press};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use tokio::sync::broadcast::error::RecvError;

/// Octets of one message from a browser.
pub const MESSAGE: usize = 4096;

/// Serves one browser until it goes, or breaks the rules.
pub async fn hold(mut socket: WebSocket, role: Role, exchange: &Exchange) {
    let mut display = exchange.display(role);
    let mut sound = exchange.sound(role);
    display.mark_changed();
    loop {
        // One message at a time, and what is heard meanwhile waits no longer than the exchange lets it.
        let sent = tokio::select! {
            changed = display.changed() => {
                let Ok(()) = changed else { return };
                let text = serde_json::to_string(&*display.borrow_and_update());
                Message::Text(text.expect("a display is JSON").into())
            }
            heard = sound.recv() => match heard {
                Ok(frame) => Message::Binary(frame),
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            },
            message = socket.recv() => match message {
                Some(Ok(message)) => match take(message, role, exchange) {
                    Ok(()) => continue,
                    Err(why) => refusal(&why),
                },
                Some(Err(_)) | None => return,
            },
        };
        let ends = matches!(sent, Message::Close(_));
        if socket.send(sent).await.is_err() || ends {
            return;
        }
    }
}

/// Does what a browser says; what is wrong with it otherwise.
fn take(message: Message, role: Role, exchange: &Exchange) -> Result<(), String> {
    match message {
        Message::Text(text) => {
            let press: Press = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            exchange.press(role, press).map_err(|error| error.to_string())
        }
        Message::Binary(octets) => {
            // A simulator that is swamped loses sound, as a network does.
            let _lost = exchange.talk(role, &octets);
            Ok(())
        }
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Ok(()),
    }
}

fn refusal(why: &str) -> Message {
    // A reason has at most 123 octets.
    let reason: String = why.chars().filter(char::is_ascii).take(120).collect();
    Message::Close(Some(CloseFrame { code: close_code::POLICY, reason: Utf8Bytes::from(reason) }))
}
