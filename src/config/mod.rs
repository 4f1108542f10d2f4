//! Configuration: one TOML file, every value overridable from the environment, read once at start.
//!
//! [`Config::load`] gives a checked, typed [`Config`] or a [`ConfigError`] that says file, line and
//! what to write instead. An unknown key is an error: a setting that is misspelt must not be silently
//! without effect.
//!
//! - `source` reads file and environment and knows where each value was written;
//! - `document` is the shape of the file: sections, keys, defaults;
//! - `check` is what values must be together;
//! - `staff` are the settings that staff may change, `live` the configuration with what they changed.

mod check;
mod document;
mod live;
mod secret;
mod source;
mod staff;

pub(crate) use check::check_url;
pub use live::{ChangeError, Live};
pub use secret::{Pin, SigningKey};
pub use source::{ConfigError, Place};
pub use staff::{Changes, Kind, Origin, Setting};

use crate::audio::pack::Library;
use crate::call::Settings;
use crate::language::{ByNumber, Language};
use crate::line::allowance::Limits;
use crate::number::{Country, Dialable};
use crate::texts::Templates;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the configuration is unless somebody says otherwise.
pub const DEFAULT_PATH: &str = "/etc/maskline/maskline.toml";
/// How long leg B may think about pressing a key (`accept_key`).
const ACCEPT_KEY_WAIT: Duration = Duration::from_secs(10);

/// The whole configuration, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[site]`
    pub site: Site,
    /// `[operator] number`: absent means that no prompt speaks of an operator.
    pub operator: Option<Dialable>,
    /// `[store]`
    pub store: Store,
    /// `[http]`
    pub http: Http,
    /// `[[line]]`, at least one, in the file's order.
    pub lines: Vec<Line>,
    /// `[calls]`
    pub calls: Calls,
    /// `[dialling]`
    pub dialling: Dialling,
    /// `[webhook]`: absent where there is no `url`.
    pub webhook: Option<Webhook>,
    /// `[sound]`
    pub sound: Sound,
    /// `[recordings]`
    pub recordings: Recordings,
    /// What staff changed is laid over this.
    layers: staff::Layers,
    /// `[texts]`: absent where they are not enabled.
    pub texts: Option<Texts>,
    /// `[usb]`
    pub usb: Usb,
    /// `[languages]`: whom the box speaks to in another language than the site's.
    pub languages: ByNumber,
}

/// `[site]`: where the box stands.
#[derive(Debug, Clone)]
pub struct Site {
    /// How national numbers are read.
    pub country: Country,
    /// Language of the prompts.
    pub language: Language,
    /// Digits of an order number: so many are looked up at once.
    pub order_digits: usize,
}

/// `[store]`: what must not be lost.
#[derive(Debug, Clone)]
pub struct Store {
    /// The daemon's data folder.
    pub path: PathBuf,
}

impl Store {
    /// Makes the data folder, if it is not there: for its owner and, because of the control socket, its
    /// group.
    pub fn make_folder(&self) -> std::io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o750).create(&self.path)
    }

    /// The control socket: whoever may open it is admin.
    pub fn control_socket(&self) -> PathBuf {
        self.path.join("control.sock")
    }
}

/// `[http]`: where the API listens.
#[derive(Debug, Clone)]
pub struct Http {
    /// Address and port; port 0 lets the system choose one.
    pub listen: SocketAddr,
    /// How it is protected.
    pub tls: Tls,
    /// Writes per second and token; four seconds' worth may come at once. 0: no limit.
    pub writes_per_second: u32,
    /// The same of requests that only look.
    pub reads_per_second: u32,
}

/// `http.tls`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// `"self-signed"`: by a certificate authority of the box's own.
    SelfSigned,
    /// `"off"`: on a loopback address only.
    Off,
    /// `{ cert = "...", key = "..." }`: PEM files.
    Files {
        /// The chain.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// `[[line]]`: one SIM in one modem.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its name in records, status and logs.
    pub name: String,
    /// The tty of the modem's AT port.
    pub at: PathBuf,
    /// Where its sound goes.
    pub audio: Audio,
    /// Name of the board profile; absent: no GPIO.
    pub board: Option<String>,
    /// PIN of the SIM; absent: it has none.
    pub pin: Option<Pin>,
}

/// `line.audio`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Audio {
    /// The tty of the modem's PCM port.
    Port(PathBuf),
    /// `"modem-files"`: prompts stored in the modem.
    ModemFiles,
    /// `"none"`: no sound at all.
    #[default]
    None,
}

/// `[calls]`: the conversation's timers, counts and switches (call-flow).
#[derive(Debug, Clone)]
pub struct Calls {
    /// Silence after the greeting before the operator is mentioned (row 3).
    pub hint: Duration,
    /// Silence that ends an entry (row 7).
    pub entry: Duration,
    /// How long leg B may ring (row 12b).
    pub ring_timeout: Duration,
    /// How long a ringing call may wait for its caller id (row 1).
    pub caller_id_wait: Duration,
    /// Failed entries before goodbye (row 10c).
    pub max_entries: u32,
    /// Whether conversations are recorded.
    pub record: bool,
    /// Leg B must press a key before the merge.
    pub accept_key: bool,
    /// Rows 10a and 10b say the same words.
    pub uniform_refusal: bool,
    /// The only live order of a caller is offered without keying.
    pub direct_connect: bool,
    /// A sentence before the conversation says that it is recorded.
    pub recording_notice: bool,
    /// The end of a conversation, if it has one.
    pub max_talk: Option<Duration>,
}

/// `[dialling]`: the dialling guard.
#[derive(Debug, Clone)]
pub struct Dialling {
    /// Countries whose numbers may be dialled.
    pub countries: Vec<Country>,
    /// Minutes of conversation per line and hour.
    pub minutes_per_hour: u32,
    /// Numbers never dialled before, per line and hour.
    pub new_numbers_per_hour: u32,
}

/// `[webhook]`: where call records are posted.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// `https://`, or `http://` on loopback.
    pub url: String,
    /// Signs each post; absent: they go unsigned.
    pub secret: Option<SigningKey>,
    /// Whether telephone numbers are posted too.
    pub include_numbers: bool,
}

/// `[sound]`: prompts.
#[derive(Debug, Clone)]
pub struct Sound {
    /// Where prompts are, the site's own folder first.
    pub library: Library,
    /// The languages that can be spoken, as they were when this was read.
    pub languages: Vec<Language>,
    /// Raises or lowers the prompts, in dB.
    pub gain_db: f64,
    /// Silence between the answer and the first word (row 1).
    pub settle: Duration,
}

/// `[recordings]`: what becomes of recordings. Whether there are any is `calls.record`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recordings {
    /// In which form they are kept.
    pub format: RecordingFormat,
    /// How long they are kept.
    pub keep: Duration,
    /// Octets of all of them together.
    pub max_octets: u64,
    /// Octets of the disk that they leave free.
    pub min_free_octets: u64,
}

/// `recordings.format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingFormat {
    /// `"opus"`: Ogg Opus, 7 MB an hour.
    Opus,
    /// `"wav"`: as it was recorded, 58 MB an hour.
    Wav,
}

/// `[texts]`: short messages.
#[derive(Debug, Clone)]
pub struct Texts {
    /// How many may go out in any hour.
    pub per_hour: u32,
    /// What they say, in the site's language.
    pub templates: Templates,
    /// How numbers of those who write are read.
    pub country: Country,
}

/// `[usb]`: orders from a stick.
#[derive(Debug, Clone)]
pub struct Usb {
    /// Whose signature (minisign) is enough; absent: nobody's.
    pub public_key: Option<minisign_verify::PublicKey>,
    /// Whether a file without a signature needs nobody's confirmation.
    pub trust_unsigned: bool,
}

impl Config {
    /// Reads a file, laid over by the environment of this process.
    pub fn load(file: &Path) -> Result<Config, ConfigError> {
        check::check(source::Source::read(file, variables())?)
    }

    /// Where the daemon of this file listens. For who may read the file and none of the secrets that
    /// it names.
    pub fn control_socket(file: &Path) -> Result<PathBuf, ConfigError> {
        let document: document::Document = source::Source::read(file, variables())?.parse()?;
        Ok(Store { path: document.store.path }.control_socket())
    }

    /// Reads a text; `file` is what errors call it.
    pub fn parse(
        file: &str,
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Config, ConfigError> {
        check::check(source::Source::new(file.to_owned(), text.to_owned(), variables)?)
    }

    /// How much a line may dial.
    pub fn dialling_limits(&self) -> Limits {
        Limits {
            minutes_per_hour: self.dialling.minutes_per_hour,
            new_numbers_per_hour: self.dialling.new_numbers_per_hour,
        }
    }

    /// What the conversations of a line go by.
    pub fn calls_settings(&self, line: &Line) -> Settings {
        Settings {
            line: line.name.clone(),
            order_digits: self.site.order_digits,
            caller_id_wait: self.calls.caller_id_wait,
            hint: self.calls.hint,
            entry: self.calls.entry,
            ring_timeout: self.calls.ring_timeout,
            max_entries: self.calls.max_entries,
            accept_key: self.calls.accept_key,
            accept_key_wait: ACCEPT_KEY_WAIT,
            uniform_refusal: self.calls.uniform_refusal,
            direct_connect: self.calls.direct_connect,
            record: self.calls.record,
            recording_notice: self.calls.recording_notice,
            max_talk: self.calls.max_talk,
            operator: self.operator.clone(),
            countries: self.dialling.countries.clone(),
            languages: self.languages.clone(),
        }
    }
}

/// The environment. A variable that is no Unicode cannot be one of ours.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
