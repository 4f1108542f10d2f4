//! The named profiles.

use super::*;

/// Names that [`Profile::named`] knows.
pub const NAMES: [&str; 14] = [
    "manual",
    "g-h-m22",
    "clcc-ids-3",
    "a7670-like",
    "early",
    "no-rxdtmf",
    "merge-refused",
    "hold-refused",
    "octet-by-octet",
    "wideband",
    "cpcmreg-late",
    "decay",
    "adverse",
    "plain",
];

impl Profile {
    /// The profile of that name, one of [`NAMES`].
    pub fn named(name: &str) -> Option<Self> {
        let profile = match name {
            "manual" => Self::manual(),
            "g-h-m22" => Self::g_h_m22(),
            "clcc-ids-3" => Self::clcc_ids_3(),
            "a7670-like" => Self::a7670_like(),
            "early" => Self::early(),
            "no-rxdtmf" => Self::no_rxdtmf(),
            "merge-refused" => Self::merge_refused(),
            "hold-refused" => Self::hold_refused(),
            "octet-by-octet" => Self::octet_by_octet(),
            "wideband" => Self::wideband(),
            "cpcmreg-late" => Self::cpcmreg_late(),
            "decay" => Self::decay(),
            "adverse" => Self::adverse(),
            "plain" => Self::plain(),
            _ => return None,
        };
        Some(profile)
    }

    /// The SIM7600 as manual V3.00 describes it.
    pub fn manual() -> Self {
        Self {
            name: "manual".into(),
            manufacturer: "SIMCOM INCORPORATED".into(),
            model: "SIMCOM_SIM7600G-H".into(),
            revision: "LE20B04SIM7600G22".into(),
            simcom: true,
            lines: CallLines::default(),
            table: CallTable::default(),
            services: Services::default(),
            keys: KeyReports::default(),
            pcm: Pcm::default(),
            port: Port::default(),
            boot: Boot::default(),
            cvhu: 1,
        }
    }

    fn based_on_manual(name: &str, change: impl FnOnce(&mut Self)) -> Self {
        let mut profile = Self { name: name.into(), ..Self::manual() };
        change(&mut profile);
        profile
    }

    /// LE20B03SIM7600M22, from a tester's log: doubled CR, `ATH` answered before END, NO CARRIER
    /// after every END, rows that linger.
    pub fn g_h_m22() -> Self {
        Self::based_on_manual("g-h-m22", |p| {
            p.revision = "LE20B03SIM7600M22".into();
            p.lines.end_before_ok = false;
            p.lines.no_carrier = NoCarrier::Always;
            p.lines.missed = Missed::Line;
            p.lines.failed = Failed::NoCarrier;
            p.table.lingers = Duration::from_secs(2);
            p.table.late = Duration::from_secs(1);
            p.port.doubled_cr = true;
            p.cvhu = 0;
        })
    }

    /// A SIM7600 logged with `AT+CLCC=1`: ids 3 and 4 with one call up, no alerting, no NO
    /// CARRIER, type 128 with a number.
    pub fn clcc_ids_3() -> Self {
        Self::based_on_manual("clcc-ids-3", |p| {
            p.lines.no_carrier = NoCarrier::Never;
            p.lines.missed = Missed::Line;
            p.table.indices = Indices::From { outgoing: 3, incoming: 4 };
            p.table.fields = 7;
            p.table.alerting = false;
            p.table.national_kind = 128;
            p.table.omit_number = true;
            p.pcm.stop_needs_one = true;
        })
    }

    /// The ways of the sister module A7670: `+CGEV`, unasked `+COLP`, END without a time,
    /// `AT+DDET` needed.
    pub fn a7670_like() -> Self {
        Self::based_on_manual("a7670-like", |p| {
            p.model = "A7670E-FASE".into();
            p.revision = "A110B03A7670M7".into();
            p.lines.no_carrier = NoCarrier::Always;
            p.lines.end_before_ok = false;
            p.lines.failed = Failed::EndNoCarrier;
            p.lines.missed = Missed::End;
            p.lines.colp_unasked = true;
            p.lines.cgev = true;
            p.keys = KeyReports { when: KeyReport::AfterDdet, with_length: true, ddet: true };
            p.services.resume_held = true;
        })
    }

    /// "Active" comes when the far phone rings, not when it is answered (A7672 over CSFB).
    pub fn early() -> Self {
        Self::based_on_manual("early", |p| p.lines.false_begin = true)
    }

    /// Keys are never reported: only the tone in the sound is left.
    pub fn no_rxdtmf() -> Self {
        Self::based_on_manual("no-rxdtmf", |p| p.keys.when = KeyReport::Never)
    }

    /// The operator does not provide multiparty.
    pub fn merge_refused() -> Self {
        Self::based_on_manual("merge-refused", |p| p.services.multiparty = Service::Refused(133))
    }

    /// The operator does not provide call hold (nor, therefore, multiparty).
    pub fn hold_refused() -> Self {
        Self::based_on_manual("hold-refused", |p| {
            p.services.hold = Service::Refused(0);
            p.services.multiparty = Service::Refused(0);
        })
    }

    /// Octet by octet, with an unsolicited line in every gap of an answer.
    pub fn octet_by_octet() -> Self {
        Self::based_on_manual("octet-by-octet", |p| {
            p.port.octets = true;
            p.port.chatter = true;
        })
    }

    /// 16 kHz until `AT+CPCMBANDWIDTH=1,1`; odd chunks.
    pub fn wideband() -> Self {
        Self::based_on_manual("wideband", |p| {
            p.pcm.bandwidth = (0, 0);
            p.pcm.odd_chunks = true;
        })
    }

    /// The first `AT+CPCMREG=1` of each call is refused.
    pub fn cpcmreg_late() -> Self {
        Self::based_on_manual("cpcmreg-late", |p| {
            p.pcm.refusals = 1;
            p.pcm.ready_after = Duration::from_millis(300);
        })
    }

    /// LE20B05 as reported: the first call is good, later ones refuse `AT+CPCMREG=1` at first
    /// and have no sound unless the port was stopped in between.
    pub fn decay() -> Self {
        Self::based_on_manual("decay", |p| {
            p.revision = "LE20B05SIM7600M21-A".into();
            p.pcm.refusals = 2;
            p.pcm.first_call_good = true;
            p.pcm.dies_unless_stopped = true;
        })
    }

    /// Every tolerable nuisance at once: rolling ids, whole-table reports, lingering and late
    /// rows, forgotten numbers, a kept multiparty flag, lost typeahead, odd chunks.
    pub fn adverse() -> Self {
        Self::based_on_manual("adverse", |p| {
            p.lines.begin_before_ok = false;
            p.lines.end_before_ok = false;
            p.lines.row_first = false;
            p.lines.failed = Failed::Both;
            p.lines.clip = ClipShape::NoAlpha;
            p.table.indices = Indices::Rolling;
            p.table.reports = RowReports::Table;
            p.table.omit_number = true;
            p.table.national_kind = 161;
            p.table.lingers = Duration::from_secs(3);
            p.table.late = Duration::from_secs(2);
            p.table.forgets_number = true;
            p.services.multiparty_clears = false;
            p.services.held_release_notice = false;
            p.pcm.ready_after = Duration::from_millis(500);
            p.pcm.stop_needs_one = true;
            p.pcm.odd_chunks = true;
            p.port.doubled_cr = true;
            p.port.typeahead = Typeahead::Lost;
        })
    }

    /// 27.007 only: no SIMCom command or line, ten-field rows, no PCM, `ATD` does not hold.
    pub fn plain() -> Self {
        Self::based_on_manual("plain", |p| {
            p.manufacturer = "Generic".into();
            p.model = "GENERIC_27007".into();
            p.revision = "1.0".into();
            p.simcom = false;
            p.lines.voice_call = false;
            p.lines.no_carrier = NoCarrier::FarEnd;
            p.lines.missed = Missed::NoCarrier;
            p.table.fields = 10;
            p.table.reports = RowReports::None;
            p.services.dial_holds = false;
            p.keys.when = KeyReport::Never;
            p.pcm.present = false;
            p.cvhu = 0;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_profile() {
        for name in NAMES {
            assert_eq!(Profile::named(name).map(|p| p.name), Some(name.to_string()));
        }
        assert_eq!(Profile::named("no such"), None);
    }
}
