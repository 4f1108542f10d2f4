//! Any modem that keeps to 27.007.

use super::{Model, Setting};

pub(super) const PLAIN: Model = Model {
    name: "27.007",
    is: |_| true,
    call_settings: &[
        Setting::HangUpWorks,
        Setting::ShowCaller,
        Setting::ShowKindOfCall,
        Setting::NoConnectedLine,
        Setting::ReportServices,
        // SIMCom's, and taken up by some others.
        Setting::ReportCalls,
        Setting::ReportKeys,
        Setting::ReportRegistration,
        Setting::ReportLteRegistration,
    ],
    sound_settings: &[],
};
