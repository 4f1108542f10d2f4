//! TLS for the TCP door: which certificate is shown, and when it is made anew.
//!
//! By default the box is its own certificate authority (`authority`): made on the first start, kept in
//! the data folder, its `ca.pem` for whoever wants to trust it. The certificate for the names under
//! which the box can be reached (`names`) is renewed while the box runs: before it expires, when a name
//! or an address is new, and when the clock has become trusted. A certificate of one's own is read
//! again when its files change, as those who renew it expect.

mod authority;
mod names;

use crate::clock::Now;
use crate::config::{self, Config};
use authority::Authority;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ServerConfig};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("TLS: {}: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
    /// What is in a file is no certificate, no key, or the two do not belong together.
    #[error("TLS: {}: {}", .0.display(), .1)]
    Content(PathBuf, String),
    /// A certificate cannot be made.
    #[error("TLS: a certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    /// The library refuses.
    #[error("TLS: {0}")]
    Library(#[from] rustls::Error),
}

/// The file with the CA's certificate, for everybody.
pub(super) fn ca_file(data: &Path) -> PathBuf {
    data.join("ca.pem")
}

/// What the TCP door shows.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    source: Source,
    shown: Arc<Shown>,
    acceptor: TlsAcceptor,
}

enum Source {
    /// The box's own authority, and the address it listens on.
    Own(Box<Authority>, std::net::IpAddr),
    Files {
        cert: PathBuf,
        key: PathBuf,
        read: Mutex<Option<(SystemTime, SystemTime)>>,
    },
}

/// The certificate of the moment.
#[derive(Debug)]
struct Shown(Mutex<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Tls {
    /// What the configuration asks for; `None` for plain HTTP.
    pub fn open(config: &Config, now: Now) -> Result<Option<Tls>, TlsError> {
        let (source, first) = match &config.http.tls {
            config::Tls::Off => return Ok(None),
            config::Tls::SelfSigned => {
                let authority = Authority::open(&config.store.path)?;
                let listen = config.http.listen.ip();
                let key = authority.certificate(&names::of_box(listen), now)?;
                (Source::Own(Box::new(authority), listen), key)
            }
            config::Tls::Files { cert, key } => {
                let read = Mutex::new(changed_at(cert, key));
                let first = certified(&std::fs::read(cert), cert, &std::fs::read(key), key)?;
                (Source::Files { cert: cert.clone(), key: key.clone(), read }, first)
            }
        };
        let shown = Arc::new(Shown(Mutex::new(Arc::new(first))));
        let mut server = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(shown.clone());
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(server));
        Ok(Some(Tls(Arc::new(Inner { source, shown, acceptor }))))
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.0.acceptor.clone()
    }

    /// Shows a newer certificate where one is due. On a failure the old one stays.
    pub fn refresh(&self, now: Now) {
        let newer = match &self.0.source {
            Source::Own(authority, listen) => {
                authority.renew(&names::of_box(*listen), now).inspect(|newer| {
                    if newer.is_some() {
                        log::info!("TLS: the box's certificate was renewed");
                    }
                })
            }
            Source::Files { cert, key, read } => {
                let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
                let now = changed_at(cert, key);
                if now == *read {
                    return;
                }
                *read = now;
                log::info!("TLS: the certificate's files have changed and are read again");
                certified(&std::fs::read(cert), cert, &std::fs::read(key), key).map(Some)
            }
        };
        match newer {
            Ok(Some(key)) => {
                *self.0.shown.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
            }
            Ok(None) => {}
            Err(error) => log::error!("{error}; the certificate from before stays"),
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn changed_at(cert: &Path, key: &Path) -> Option<(SystemTime, SystemTime)> {
    let at = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    at(cert).zip(at(key))
}

/// A chain and its key, from PEM. Errors name the file they are in.
fn certified(
    chain: &io::Result<Vec<u8>>,
    chain_file: &Path,
    key: &io::Result<Vec<u8>>,
    key_file: &Path,
) -> Result<CertifiedKey, TlsError> {
    let octets = |read: &io::Result<Vec<u8>>, file: &Path| match read {
        Ok(octets) => Ok(octets.clone()),
        Err(error) => {
            Err(TlsError::File(file.to_owned(), io::Error::new(error.kind(), error.to_string())))
        }
    };
    let bad = |file: &Path, what: &str| TlsError::Content(file.to_owned(), what.to_owned());
    let chain = octets(chain, chain_file)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
    let chain = chain.map_err(|_| bad(chain_file, "holds something that is no PEM"))?;
    if chain.is_empty() {
        return Err(bad(chain_file, "holds no certificate (-----BEGIN CERTIFICATE-----)"));
    }
    let key = PrivateKeyDer::from_pem_slice(&octets(key, key_file)?)
        .map_err(|_| bad(key_file, "holds no private key without a pass phrase, in PEM"))?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(|error| {
        bad(key_file, &format!("is not the key of {}: {error}", chain_file.display()))
    })
}
