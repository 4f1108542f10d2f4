//! Small settings by key.

use super::row::Kind;
use super::{Store, StoreError, unreadable};

/// Octets of a setting's key at most.
pub const SETTING_KEY_OCTETS: usize = 64;
/// Octets of a setting at most.
pub const SETTING_OCTETS: usize = 8 * 1024;

impl Store {
    /// A setting, if it was ever set.
    ///
    /// # Errors
    /// As [`Store::order`].
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let value = self.get(Kind::Setting, key.as_bytes())?;
        value.map(|value| String::from_utf8(value).map_err(|_| unreadable("a setting"))).transpose()
    }

    /// Sets a setting. On disk when this returns; with its entry in the audit log, if this store was
    /// made by [`Store::audited`].
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] beyond [`SETTING_KEY_OCTETS`] or [`SETTING_OCTETS`]; else as
    /// [`Store::put_order`].
    pub fn set_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let limits = [
            ("octets of a setting's key", key.len(), SETTING_KEY_OCTETS),
            ("octets of a setting", value.len(), SETTING_OCTETS),
        ];
        for (what, len, limit) in limits {
            if len > limit {
                return Err(StoreError::TooLarge { what, limit });
            }
        }
        let (id, value) = (key.as_bytes().to_vec(), value.as_bytes().to_vec());
        self.write_noted(move |tx| {
            let same = tx.get(Kind::Setting, &id)?.is_some_and(|old| old == value);
            if same { Ok(()) } else { tx.put(Kind::Setting, &id, &value) }
        })
    }
}
