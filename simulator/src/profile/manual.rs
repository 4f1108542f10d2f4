//! The values of manual V3.00: what a profile has unless it says otherwise.

use super::*;

impl Default for CallLines {
    fn default() -> Self {
        Self {
            voice_call: true,
            begin_before_ok: true,
            end_before_ok: true,
            compact: false,
            no_carrier: NoCarrier::FarEnd,
            row_first: true,
            missed: Missed::RowAndLine,
            failed: Failed::ByCause,
            colp_unasked: false,
            cgev: false,
            false_begin: false,
            clip: ClipShape::Full,
            ring_every: Duration::from_secs(6),
        }
    }
}

impl Default for CallTable {
    fn default() -> Self {
        Self {
            indices: Indices::Lowest,
            fields: 8,
            reports: RowReports::Row,
            omit_number: false,
            alerting: true,
            national_kind: 129,
            lingers: Duration::ZERO,
            late: Duration::ZERO,
            forgets_number: false,
        }
    }
}

impl Default for Services {
    fn default() -> Self {
        Self {
            hold: Service::Granted,
            multiparty: Service::Granted,
            transfer: Service::Refused(132),
            dial_holds: true,
            resume_held: false,
            multiparty_clears: true,
            release_connecting: ReleaseConnecting::Works,
            held_release_notice: true,
        }
    }
}

impl Default for KeyReports {
    fn default() -> Self {
        Self { when: KeyReport::Always, with_length: false, ddet: false }
    }
}

impl Default for Pcm {
    fn default() -> Self {
        Self {
            present: true,
            ready_after: Duration::ZERO,
            refusals: 0,
            first_call_good: false,
            stop_needs_one: false,
            dies_unless_stopped: false,
            bandwidth: (0, 1),
            odd_chunks: false,
            uplink_limit: 16 * 1024,
        }
    }
}

impl Default for Port {
    fn default() -> Self {
        Self {
            doubled_cr: false,
            octets: false,
            chatter: false,
            typeahead: Typeahead::Kept,
            latency: Duration::from_millis(10),
        }
    }
}

impl Default for Boot {
    fn default() -> Self {
        Self {
            ports: Duration::from_millis(11_500),
            ready: Duration::from_millis(1_500),
            pin: Duration::from_millis(1_200),
            sms: Duration::from_millis(2_500),
            phonebook: Duration::from_millis(3_500),
            registered: Duration::from_secs(8),
        }
    }
}
