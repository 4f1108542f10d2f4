//! The box's own certificate authority, in the data folder:
//! - `ca.pem`: its certificate, for everybody who is to trust the box;
//! - `tls/ca-key.pem`: its key;
//! - `tls/server.pem`: the key and the certificate that the box shows;
//! - `tls/server.json`: the names in that, and until when it is good.
//!
//! Everything but `ca.pem` is readable by the daemon only.
//!
//! A box may not know the time. So nothing is ever valid only from now on: certificates begin on a day
//! in the past. Where the clock is not trusted, the end of a certificate lies ten years off, and another
//! one is made as soon as the clock is.

use super::{TlsError, ca_file, certified};
use crate::clock::{FLOOR, Now};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, SerialNumber,
};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tokio_rustls::rustls;

/// The CA is good from the first day of this year to the last of that one: dates beyond 2049 are
/// written in a way that old clients do not read.
const CA_YEARS: (i32, i32) = (2026, 2049);
/// How long a certificate is good.
const LIFE: SignedDuration = SignedDuration::from_hours(397 * 24);
/// How long before its end it is renewed.
const RENEW: SignedDuration = SignedDuration::from_hours(60 * 24);
/// How long one is good that was made without knowing the time.
const LIFE_UNTRUSTED: SignedDuration = SignedDuration::from_hours(3650 * 24);
/// How far its first day may lie back: Apple's systems take certificates of at most 825 days.
const BACK: SignedDuration = SignedDuration::from_hours(400 * 24);

/// A CA with its key.
pub(super) struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    ca_pem: String,
}

/// What is known of the certificate in `server.pem`.
#[derive(Serialize, Deserialize)]
struct Card {
    names: BTreeSet<String>,
    not_after: Timestamp,
    /// Whether the time was trusted when it was made.
    trusted: bool,
}

impl Authority {
    /// The authority of this data folder; made where there is none.
    pub(super) fn open(data: &Path) -> Result<Authority, TlsError> {
        let folder = data.join("tls");
        make_folder(&folder).map_err(|error| TlsError::File(folder.clone(), error))?;
        let key_file = folder.join("ca-key.pem");
        let key = match std::fs::read_to_string(&key_file) {
            Ok(pem) => KeyPair::from_pem(&pem).map_err(|_| {
                let what = "holds no key; if it is removed, a new CA is made at the next start, \
                            and clients have to trust that one";
                TlsError::Content(key_file, what.to_owned())
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = KeyPair::generate()?;
                write(&key_file, key.serialize_pem().as_bytes(), 0o600)?;
                log::info!("TLS: a certificate authority was made for this box");
                key
            }
            Err(error) => return Err(TlsError::File(key_file, error)),
        };
        let params = ca_params(&key);
        let file = ca_file(data);
        let ca_pem = match std::fs::read_to_string(&file) {
            Ok(pem) if is_of(&pem, &key) => pem,
            _ => {
                let pem = params.self_signed(&key)?.pem();
                write(&file, pem.as_bytes(), 0o644)?;
                pem
            }
        };
        Ok(Authority { folder, issuer: Issuer::new(params, key), ca_pem })
    }

    /// The certificate for these names: the one that is kept, or a new one.
    pub(super) fn certificate(
        &self,
        names: &BTreeSet<String>,
        now: Now,
    ) -> Result<CertifiedKey, TlsError> {
        if let Some(newer) = self.renew(names, now)? {
            return Ok(newer);
        }
        match self.kept() {
            Ok(kept) => Ok(kept),
            Err(error) => {
                log::warn!("{error}; a new certificate is made");
                self.make(names, now)
            }
        }
    }

    /// A new certificate if one is due.
    pub(super) fn renew(
        &self,
        names: &BTreeSet<String>,
        now: Now,
    ) -> Result<Option<CertifiedKey>, TlsError> {
        let card = std::fs::read(self.folder.join("server.json")).ok();
        let card: Option<Card> = card.and_then(|card| serde_json::from_slice(&card).ok());
        // Of an address that is gone it may still speak.
        let good = card.is_some_and(|card| names.is_subset(&card.names) && !is_due(&card, now));
        if good { Ok(None) } else { self.make(names, now).map(Some) }
    }

    fn server_file(&self) -> PathBuf {
        self.folder.join("server.pem")
    }

    fn kept(&self) -> Result<CertifiedKey, TlsError> {
        let file = self.server_file();
        let pem = std::fs::read(&file);
        certified(&pem, &file, &pem, &file)
    }

    fn make(&self, names: &BTreeSet<String>, now: Now) -> Result<CertifiedKey, TlsError> {
        let key = KeyPair::generate()?;
        let (not_before, not_after) = validity(now);
        let names_of: Vec<String> = names.iter().cloned().collect();
        let mut params = CertificateParams::new(names_of)?;
        params.distinguished_name.push(DnType::CommonName, "Maskline box");
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let day = |at: Timestamp| {
            let date = at.to_zoned(TimeZone::UTC).date();
            let small = |n: i8| u8::try_from(n).unwrap_or(1);
            rcgen::date_time_ymd(date.year().into(), small(date.month()), small(date.day()))
        };
        (params.not_before, params.not_after) = (day(not_before), day(not_after));
        let certificate = params.signed_by(&key, &self.issuer)?;
        let pem = format!("{}{}{}", key.serialize_pem(), certificate.pem(), self.ca_pem);
        write(&self.server_file(), pem.as_bytes(), 0o600)?;
        let card = Card { names: names.clone(), not_after, trusted: now.trusted };
        let card = serde_json::to_vec(&card).expect("names and a time");
        write(&self.folder.join("server.json"), &card, 0o600)?;
        self.kept()
    }
}

/// From when to when a certificate made now is good.
fn validity(now: Now) -> (Timestamp, Timestamp) {
    let wall = now.wall.max(FLOOR);
    let after = |at: Timestamp, life| at.checked_add(life).unwrap_or(Timestamp::MAX);
    if !now.trusted {
        return (FLOOR, after(wall, LIFE_UNTRUSTED));
    }
    (FLOOR.max(wall.checked_sub(BACK).unwrap_or(FLOOR)), after(wall, LIFE))
}

fn is_due(card: &Card, now: Now) -> bool {
    let left = card.not_after.duration_since(now.wall.max(FLOOR));
    left < RENEW || (now.trusted && !card.trusted)
}

/// The same CA for the same key, so that its certificate can be made again.
fn ca_params(key: &KeyPair) -> CertificateParams {
    let print = Sha256::digest(key.der_bytes());
    let short: String = print[..4].iter().map(|octet| format!("{octet:02x}")).collect();
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("Maskline box CA {short}"));
    params.serial_number = Some(SerialNumber::from_slice(&print[4..20]));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = rcgen::date_time_ymd(CA_YEARS.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(CA_YEARS.1, 12, 31);
    params
}

/// Whether a certificate holds this key.
fn is_of(pem: &str, key: &KeyPair) -> bool {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let public = key.der_bytes();
    CertificateDer::from_pem_slice(pem.as_bytes())
        .is_ok_and(|der| der.windows(public.len()).any(|part| part == public))
}

fn make_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

/// Writes a file whole or not at all, with its mode from the beginning.
fn write(path: &Path, octets: &[u8], mode: u32) -> Result<(), TlsError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let failed = |error| TlsError::File(path.to_owned(), error);
    let permissions = std::fs::Permissions::from_mode(mode);
    let mut builder = tempfile::Builder::new();
    let mut file = builder.permissions(permissions).tempfile_in(folder).map_err(failed)?;
    let written = file.write_all(octets).and_then(|()| {
        // The umask may have taken something away from a file that is for everybody.
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
        file.as_file().sync_all()
    });
    written.map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn names(more: &[&str]) -> BTreeSet<String> {
        [&["localhost", "127.0.0.1"], more].concat().into_iter().map(str::to_owned).collect()
    }

    fn leaf(key: &CertifiedKey) -> Vec<u8> {
        key.cert[0].to_vec()
    }

    #[test]
    fn ca_and_certificate_stay_until_a_name_is_new_or_the_end_is_near() {
        let folder = tempfile::tempdir().unwrap();
        let now = Now::simulated(Duration::ZERO);
        let first = Authority::open(folder.path()).unwrap();
        let shown = leaf(&first.certificate(&names(&["192.0.2.1"]), now).unwrap());
        let again = Authority::open(folder.path()).unwrap();
        assert_eq!(again.ca_pem, first.ca_pem);
        assert_eq!(leaf(&again.certificate(&names(&[]), now).unwrap()), shown);
        let renewed = again.renew(&names(&["192.0.2.2"]), now).unwrap().map(|key| leaf(&key));
        assert!(renewed.is_some_and(|renewed| renewed != shown));
        let day = |days: u64| Now::simulated(Duration::from_secs(days * 86_400));
        assert!(again.renew(&names(&[]), day(300)).unwrap().is_none());
        assert!(again.renew(&names(&[]), day(340)).unwrap().is_some());
        std::fs::remove_file(ca_file(folder.path())).unwrap();
        assert!(is_of(&Authority::open(folder.path()).unwrap().ca_pem, again.issuer.key()));
        let mode = |name| folder.path().join(name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!([mode("ca.pem"), mode("tls/ca-key.pem")], [0o644, 0o600]);
        assert_eq!(mode("tls/server.pem"), 0o600);
    }

    #[test]
    fn without_a_clock_a_certificate_is_good_at_once_and_for_long() {
        let lost =
            Now { wall: Timestamp::UNIX_EPOCH, trusted: false, ..Now::simulated(Duration::ZERO) };
        let (from, to) = validity(lost);
        assert_eq!(from, FLOOR);
        assert!(to.duration_since(FLOOR) == LIFE_UNTRUSTED);
        let known = Now::simulated(Duration::ZERO);
        let (from, to) = validity(known);
        assert!(from < known.wall && to.duration_since(from).as_hours() < 825 * 24);
        let card = Card { names: names(&[]), not_after: to, trusted: false };
        assert!(is_due(&card, known) && !is_due(&card, lost));
    }

    #[test]
    fn a_broken_key_is_named_and_a_broken_certificate_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let now = Now::simulated(Duration::ZERO);
        let authority = Authority::open(folder.path()).unwrap();
        authority.certificate(&names(&[]), now).unwrap();
        std::fs::write(authority.server_file(), "nonsense").unwrap();
        authority.certificate(&names(&[]), now).unwrap();
        std::fs::write(folder.path().join("tls/ca-key.pem"), "nonsense").unwrap();
        let error = Authority::open(folder.path()).err().unwrap().to_string();
        assert!(error.contains("ca-key.pem"), "{error}");
    }
}
