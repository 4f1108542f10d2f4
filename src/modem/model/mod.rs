//! What differs between modems, one small file each, chosen at run time by what `AT+CGMM` says.

mod plain;
mod sim7600;
mod simcom;

use super::at::Request;
use super::command::{Command, call, general, network, sound, text};

/// A kind of modem.
#[derive(Debug)]
pub struct Model {
    /// Its name, for logs.
    pub name: &'static str,
    /// Whether a module that calls itself so is one.
    is: fn(&str) -> bool,
    /// Settings that calls need, in order.
    pub call_settings: &'static [Setting],
    /// Settings that the PCM port needs; volatile, so sent after every restart.
    pub sound_settings: &'static [Setting],
}

/// Settings that short messages need. Reports are asked for last: firmware that refuses them keeps to what
/// it was told before.
pub const TEXT_SETTINGS: [Setting; 4] = [
    Setting::TextsAsPdu,
    Setting::KeepTextsInSim,
    Setting::TellOfTexts,
    Setting::TellOfTextsAndReports,
];

/// The models that are known, the most particular first.
const MODELS: [&Model; 3] = [&sim7600::SIM7600, &simcom::SIMCOM, &plain::PLAIN];

impl Model {
    /// The model that a module's own name tells.
    pub fn of(name: &str) -> &'static Model {
        MODELS.into_iter().find(|model| (model.is)(name)).unwrap_or(&plain::PLAIN)
    }
}

/// A setting of the modem. One that it does not know is learned, and not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each stands for the command in its arm of `request`")]
pub enum Setting {
    NoSleep,
    HangUpWorks,
    ShowCaller,
    ShowKindOfCall,
    NoConnectedLine,
    ReportCalls,
    ReportServices,
    ReportKeys,
    FollowNetworkTime,
    ReportRegistration,
    ReportLteRegistration,
    NoCallWaiting,
    NoCallWaitingHere,
    Sample8k,
    Band8k,
    TextsAsPdu,
    KeepTextsInSim,
    TellOfTexts,
    TellOfTextsAndReports,
}

impl Setting {
    /// Without it callers are strangers, or hang-ups do nothing: asked for after every restart, whatever
    /// the modem said before.
    pub fn is_vital(self) -> bool {
        matches!(self, Setting::ShowCaller | Setting::HangUpWorks)
    }

    /// The command that makes it.
    pub fn request(self) -> Request {
        match self {
            Setting::NoSleep => general::Sleep { mode: 0 }.request(),
            Setting::HangUpWorks => call::VoiceHangUp { mode: 0 }.request(),
            Setting::ShowCaller => call::ShowCaller { mode: 1 }.request(),
            Setting::ShowKindOfCall => call::ShowKindOfCall { mode: 1 }.request(),
            Setting::NoConnectedLine => call::ShowConnectedLine { mode: 0 }.request(),
            Setting::ReportCalls => call::ReportCalls { mode: 1 }.request(),
            Setting::ReportServices => {
                call::ReportServices { initiated: 1, unsolicited: 1 }.request()
            }
            Setting::ReportKeys => call::ReportKeys { mode: 1 }.request(),
            Setting::FollowNetworkTime => network::FollowNetworkTime { mode: 1 }.request(),
            Setting::ReportRegistration => network::ReportRegistration { mode: 2 }.request(),
            Setting::ReportLteRegistration => network::ReportLteRegistration { mode: 2 }.request(),
            Setting::NoCallWaiting => call::CallWaiting::OFF.request(),
            Setting::NoCallWaitingHere => call::CallWaitingHere { show: 0 }.request(),
            Setting::Sample8k => sound::PcmRate { rate: 0 }.request(),
            Setting::Band8k => sound::PcmBandwidth { volte: 1, other: 1 }.request(),
            Setting::TextsAsPdu => text::MessageFormat { mode: 0 }.request(),
            Setting::KeepTextsInSim => text::Storage::sim().request(),
            Setting::TellOfTexts => text::Indications::PLAIN.request(),
            Setting::TellOfTextsAndReports => text::Indications::WITH_REPORTS.request(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modem_is_known_by_its_own_name() {
        assert_eq!(Model::of("SIMCOM_SIM7600G-H").name, "SIM7600");
        assert_eq!(Model::of("A7670E-FASE").name, "SIMCom");
        assert_eq!(Model::of("Telit LE910").name, "27.007");
        assert_eq!(Model::of("").name, "27.007");
    }
}
