//! HTTP as a client meets it: the API, the page's calls, the platform's calls, TLS, the webhook.

mod api;
mod cli;
mod exposition;
mod import;
mod metrics;
mod page;
mod platform;
mod recording;
mod settings;
mod staff;
mod sticks;
mod support;
mod tls;
mod webhook;
