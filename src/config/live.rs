//! The configuration as it is now: what was read at the start, and what staff changed since. Their
//! changes are in the store, and nowhere else.

use super::staff::{self, Changes, Setting};
use super::{Config, Kind};
use crate::store::{Store, StoreError};
use serde_json::Value;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The setting of the store that holds the changes.
const KEY: &str = "staff-settings";

/// Why a setting was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is none of this name that staff may change.
    #[error("there is no such setting, or none that may be changed here")]
    Unknown,
    /// The environment or the file keeps it as it is.
    #[error("{0}")]
    Fixed(String),
    /// It cannot be that.
    #[error("{0}")]
    Refused(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whoever is told of a change.
type Tell = Box<dyn Fn(&Config) + Send + Sync>;

/// The configuration, and who is told when staff change it. Clones are one.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    read: Arc<Config>,
    tell: OnceLock<Tell>,
    /// One change at a time.
    changing: Mutex<()>,
}

impl Live {
    /// What was read at the start.
    pub fn new(read: Arc<Config>) -> Live {
        Live(Arc::new(Inner { read, tell: OnceLock::new(), changing: Mutex::default() }))
    }

    /// Who is to be told of changes. The first who asks is.
    pub fn on_change(&self, tell: impl Fn(&Config) + Send + Sync + 'static) {
        let _told_already = self.0.tell.set(Box::new(tell));
    }

    /// What holds now. A change that the file has made impossible since is left out; the list says so.
    ///
    /// # Errors
    /// As [`Store::setting`].
    pub fn now(&self, store: &Store) -> Result<Config, StoreError> {
        let (good, _) = self.0.read.good_changes(&changes(store)?);
        let now = self.0.read.with_changes(&good);
        // Each was tried with those before it.
        Ok(now.unwrap_or_else(|_| Config::clone(&self.0.read)))
    }

    /// All that staff may change.
    ///
    /// # Errors
    /// As [`Store::setting`].
    pub fn list(&self, store: &Store) -> Result<Vec<Setting>, StoreError> {
        Ok(self.0.read.settings(&changes(store)?))
    }

    /// Changes a setting, or takes its change back where there is no value. On disk, and told, when
    /// this returns. `noting` makes the store that notes who did it.
    ///
    /// # Errors
    /// [`ChangeError`] says why not; then nothing has changed.
    pub fn change(
        &self,
        store: &Store,
        name: &str,
        value: Option<Value>,
        noting: impl FnOnce(&str) -> Store,
    ) -> Result<Setting, ChangeError> {
        if !staff::is_known(name) {
            return Err(ChangeError::Unknown);
        }
        let _alone = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let read = &self.0.read;
        let mut wanted = changes(store)?;
        match value {
            Some(value) => {
                read.check_change(name, &value)?;
                wanted.insert(name.to_owned(), value);
            }
            None => drop(wanted.remove(name)),
        }
        let settings = read.settings(&wanted);
        let new = settings.into_iter().find(|setting| setting.name == name);
        let new = new.ok_or(ChangeError::Unknown)?;
        if let Some(why) = new.refused {
            return Err(ChangeError::Refused(why));
        }
        let text = serde_json::to_string(&wanted)
            .map_err(|error| ChangeError::Refused(format!("it cannot be written down: {error}")))?;
        noting(&detail(&new)).set_setting(KEY, &text)?;
        if let Some(tell) = self.0.tell.get() {
            tell(&self.now(store)?);
        }
        Ok(new)
    }
}

/// What the audit log says. Telephone numbers are not in it.
fn detail(setting: &Setting) -> String {
    let how = if setting.staff.is_some() { "set to" } else { "back to" };
    match setting.kind {
        Kind::Phone if setting.value == "" => format!("{how} none"),
        Kind::Phone => format!("{how} another number"),
        _ => format!("{how} {}", setting.value),
    }
}

/// What staff changed so far. What cannot be read is as if it had never been: the box starts.
fn changes(store: &Store) -> Result<Changes, StoreError> {
    let text = store.setting(KEY)?.unwrap_or_default();
    if text.is_empty() {
        return Ok(Changes::new());
    }
    Ok(serde_json::from_str(&text).unwrap_or_else(|error| {
        log::error!("the settings that staff changed cannot be read: {error}");
        Changes::new()
    }))
}
