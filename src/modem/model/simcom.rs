//! Other modules of SIMCom: SIM800, A76xx.

use super::{Model, Setting};

pub(super) const SIMCOM: Model = Model {
    name: "SIMCom",
    is: |name| name.contains("SIM") || name.starts_with("A76") || name.starts_with("A79"),
    call_settings: &[
        Setting::NoSleep,
        Setting::HangUpWorks,
        Setting::ShowCaller,
        Setting::ShowKindOfCall,
        Setting::NoConnectedLine,
        Setting::ReportCalls,
        Setting::ReportServices,
        Setting::ReportKeys,
        Setting::ReportRegistration,
        Setting::ReportLteRegistration,
    ],
    sound_settings: &[Setting::Sample8k, Setting::Band8k],
};
