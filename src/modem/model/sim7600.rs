//! SIM7600, SIM7500 and SIM7100: SIMCom manual V3.00.

use super::{Model, Setting};

pub(super) const SIM7600: Model = Model {
    name: "SIM7600",
    is: |name| ["SIM7600", "SIM7500", "SIM7100"].iter().any(|known| name.contains(known)),
    call_settings: &[
        Setting::NoSleep,
        Setting::HangUpWorks,
        Setting::ShowCaller,
        Setting::ShowKindOfCall,
        Setting::NoConnectedLine,
        Setting::ReportCalls,
        Setting::ReportServices,
        // Not in its manual, and yet some firmware wants it.
        Setting::ReportKeys,
        Setting::FollowNetworkTime,
        Setting::ReportRegistration,
        Setting::ReportLteRegistration,
    ],
    sound_settings: &[Setting::Sample8k, Setting::Band8k],
};
