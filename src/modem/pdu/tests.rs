//! Published examples (their telephone numbers replaced by fictional ones), and round trips.

use super::*;
use crate::number::{Country, Dialable, PhoneNumber, TypeOfNumber};
use proptest::prelude::*;

/// `+61255501234` in swapped half-octets.
const NUMBER: &str = "1652551032F4";

fn dialable() -> Dialable {
    let number = PhoneNumber::from_e164("+61255501234").unwrap();
    Dialable::new(&number, &[Country::new("AU").unwrap()]).unwrap()
}

fn hex(text: &str) -> String {
    let text = Text::new(text).unwrap();
    assert_eq!(text.parts(), 1);
    text.submit(&dialable(), 0, 7).unwrap().hex().to_string()
}

fn read(hex: &str) -> Deliver {
    match Received::read(hex) {
        Ok(Received::Deliver(deliver)) => *deliver,
        other => panic!("{other:?}"),
    }
}

/// A message with this first octet, coding and user data, length included.
fn deliver(first: u8, dcs: u8, data: &str) -> Deliver {
    read(&format!("07911652551032F4{first:02X}0B91{NUMBER}00{dcs:02X}99309251619580{data}"))
}

fn text(deliver: &Deliver) -> &str {
    deliver.text.as_ref().unwrap()
}

#[test]
fn hellohello_of_the_well_known_example_is_written_and_read() {
    assert_eq!(hex("hellohello"), format!("0031000B91{NUMBER}0000A70AE8329BFD4697D9EC37"));
    let message = deliver(0x04, 0, "0AE8329BFD4697D9EC37");
    assert_eq!(text(&message), "hellohello");
    let digits = heapless::String::try_from("61255501234").unwrap();
    assert_eq!(message.from, Address::Number { digits, ton: TypeOfNumber::International });
    assert_eq!(message.sent_at.unwrap().to_string(), "2099-03-29T13:16:59Z");
    assert_eq!(message.part, None);
}

#[test]
fn the_length_of_a_message_leaves_the_service_centre_out() {
    let submit = Text::new("hellohello").unwrap().submit(&dialable(), 0, 0).unwrap();
    assert_eq!(submit.length(), submit.hex().len() / 2 - 1);
}

#[test]
fn the_extension_table_takes_two_septets_and_other_alphabets_two_octets() {
    assert!(hex("€").ends_with("0000A7029B32"), "{}", hex("€"));
    assert!(hex("Заказ").ends_with("0008A70A04170430043A04300437"), "{}", hex("Заказ"));
    assert_eq!(text(&deliver(0x04, 0, "029B32")), "€");
    assert_eq!(text(&deliver(0x04, 8, "0A04170430043A04300437")), "Заказ");
    assert_eq!(text(&deliver(0x04, 8, "04D83DDE00")), "😀");
}

#[test]
fn a_name_in_place_of_a_number_is_a_name() {
    let hex = "07911652551032F4040BD0C7F7FBCC2E0300009930925161958002E834";
    let message = read(hex);
    assert_eq!(message.from, Address::Name(heapless::String::try_from("Google").unwrap()));
    assert_eq!(text(&message), "hi");
}

#[test]
fn eight_characters_in_seven_octets_end_without_an_eighth() {
    // 7 septets leave 7 bits 0, which would read as an @ (23.038 section 6.1.2.3.1).
    assert!(hex("1234567").ends_with("0000A70731D98C56B3DD00"), "{}", hex("1234567"));
    assert_eq!(text(&deliver(0x04, 0, "0731D98C56B3DD00")), "1234567");
}

#[test]
fn a_time_has_its_zone() {
    let at = |zone: &str| {
        let hex = format!("00040B91{NUMBER}0000626032809500{zone}00");
        read(&hex).sent_at.map(|at| at.to_string())
    };
    assert_eq!(at("00").as_deref(), Some("2026-06-23T08:59:00Z"));
    assert_eq!(at("04").as_deref(), Some("2026-06-22T22:59:00Z"), "ten hours east");
    assert_eq!(at("2B").as_deref(), Some("2026-06-23T16:59:00Z"), "eight hours west");
    let no_month = format!("00040B91{NUMBER}0000621932809500000");
    assert_eq!(read(&format!("{no_month}0")).sent_at, None);
}

#[test]
fn parts_say_which_they_are() {
    let long = "a".repeat(161);
    let text = Text::new(&long).unwrap();
    assert_eq!(text.parts(), 2);
    let part = |n| text.submit(&dialable(), n, 0xcd).unwrap().hex().to_string();
    // 7 septets for the header, and 153 characters: 160; 8 are left.
    assert!(
        part(0).starts_with(&format!("0071000B91{NUMBER}0000A7A0050003CD0201C2")),
        "{}",
        part(0)
    );
    assert!(
        part(1).starts_with(&format!("0071000B91{NUMBER}0000A70F050003CD0202C2")),
        "{}",
        part(1)
    );
    assert!(text.submit(&dialable(), 2, 0).is_none());
    let message = deliver(0x44, 0, "08050003CD0202C2");
    assert_eq!(message.part, Some(Part { reference: 0xcd, total: 2, number: 2 }));
    assert_eq!(self::text(&message), "a");
    let wide = deliver(0x44, 8, "0906080401CD03010061");
    assert_eq!(wide.part, Some(Part { reference: 0x01cd, total: 3, number: 1 }));
    let beyond = deliver(0x44, 0, "08050003CD0203C2");
    assert_eq!(beyond.part, None);
}

#[test]
fn how_much_fits() {
    let parts = |text: String| Text::new(&text).map(|text| text.parts());
    assert_eq!(parts("a".repeat(160)), Ok(1));
    assert_eq!(parts("€".repeat(80)), Ok(1));
    assert_eq!(parts("€".repeat(81)), Ok(2));
    assert_eq!(parts("a".repeat(612)), Ok(4));
    assert_eq!(parts("a".repeat(613)), Err(TextError::TooLong));
    assert_eq!(parts("Ж".repeat(70)), Ok(1));
    assert_eq!(parts("Ж".repeat(268)), Ok(4));
    assert_eq!(parts("Ж".repeat(269)), Err(TextError::TooLong));
    assert_eq!(parts(String::new()), Err(TextError::Empty));
    // 76 of two septets fill 152 of 153: the next is not cut in two.
    assert_eq!(parts("€".repeat(76 * 4)), Ok(4));
    assert_eq!(parts("€".repeat(76 * 4 + 1)), Err(TextError::TooLong));
}

#[test]
fn a_report_says_what_became_of_a_message() {
    let report = |status: &str| {
        let hex = format!("00062A0B91{NUMBER}6260328095000062603280950000{status}");
        match Received::read(&hex) {
            Ok(Received::Report(report)) => (report.reference, report.delivery),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(report("00"), (42, Delivery::Delivered));
    assert_eq!(report("01"), (42, Delivery::Unconfirmed));
    assert_eq!(report("30"), (42, Delivery::Trying));
    assert_eq!(report("46"), (42, Delivery::Failed));
    assert_eq!(report("65"), (42, Delivery::Failed));
}

#[test]
fn data_is_no_text() {
    assert_eq!(deliver(0x04, 0x04, "03010203").text, None);
    assert_eq!(deliver(0x04, 0xf5, "03010203").text, None);
    assert_eq!(text(&deliver(0x04, 0xf1, "02E834")), "hi");
}

#[test]
fn what_is_wrong_is_refused() {
    let wrong = [
        ("", PduError::CutOff),
        ("0", PduError::NotHex),
        ("0x", PduError::NotHex),
        ("00", PduError::CutOff),
        ("0004FF91", PduError::CutOff),
        ("0001000B91", PduError::Kind(1)),
        ("0791165255103", PduError::NotHex),
    ];
    for (hex, error) in wrong {
        assert_eq!(Received::read(hex), Err(error), "{hex:?}");
    }
    assert_eq!(Received::read(&"00".repeat(HEX_DIGITS)), Err(PduError::NotHex));
}

#[test]
fn nothing_personal_is_shown() {
    let message = deliver(0x04, 0, "0AE8329BFD4697D9EC37");
    let shown = format!("{message:?} {:?}", Text::new("hello").unwrap());
    assert!(!shown.contains("hello") && !shown.contains("555"), "{shown}");
}

/// A SUBMIT as the phone at the other end gets it: a DELIVER with the same user data.
fn delivered(submit: &Submit) -> Deliver {
    let hex = submit.hex();
    let header = format!("0B91{NUMBER}00");
    let (first, rest) = hex.split_once(&header).unwrap();
    let udhi = u8::from_str_radix(&first[2..4], 16).unwrap() & 0b0100_0000;
    let (dcs, rest) = rest.split_at(2);
    read(&format!("00{:02X}{header}{dcs}62603280950000{}", 0x04 | udhi, &rest[2..]))
}

proptest! {
    #[test]
    fn what_is_sent_is_what_arrives(text in prop_oneof![
        "[ -_a-~]{1,300}",
        "[@£€{}\\[\\]|^~a-zÄÖÜ\n]{1,300}",
        "\\PC{1,130}",
    ]) {
        let sent = Text::new(&text).unwrap();
        let mut arrived = String::new();
        for part in 0..sent.parts() {
            let message = delivered(&sent.submit(&dialable(), part, 9).unwrap());
            let wanted = (sent.parts() > 1).then(|| Part {
                reference: 9,
                total: sent.parts() as u8,
                number: part as u8 + 1,
            });
            prop_assert_eq!(message.part, wanted);
            arrived.push_str(self::text(&message));
        }
        prop_assert_eq!(arrived, text);
    }

    #[test]
    fn nothing_that_comes_in_does_harm(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let _refused_or_read = Received::read(&hex);
    }

    #[test]
    fn a_message_cut_off_anywhere_is_refused(cut in 0..60usize) {
        let hex = format!("07911652551032F4040B91{NUMBER}00009930925161958 00AE8329BFD4697D9EC37");
        let hex = hex.replace(' ', "");
        let cut = (cut * 2).min(hex.len() - 2);
        prop_assert!(Received::read(&hex[..cut]).is_err());
    }
}
