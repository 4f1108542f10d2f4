//! In which language who hears what: the order's, else that of the country of the number, else the site's.

use super::call_scene::*;
use maskline::call::{Input, Leg, Settings};
use maskline::language::{ByNumber, Language};

fn language(tag: &str) -> Language {
    Language::new(tag).unwrap()
}

/// Numbers of area 2 hear German, all other Australian ones French.
fn by_number(settings: &mut Settings) {
    let table = [("61", "fr"), ("612", "de")];
    settings.languages =
        ByNumber::new(table.map(|(digits, tag)| (digits.to_owned(), language(tag))));
}

#[test]
fn row_02_without_languages_the_site_speaks_its_own() {
    let mut scene = answered(COURIER, |_| {});
    scene.does(&["answers", "says Greeting"]);
}

#[test]
fn row_02_a_caller_hears_the_language_of_the_country_of_the_number() {
    let mut scene = answered(NEAR_CUSTOMER, by_number);
    scene.does(&["answers", "says Greeting in fr"]);
    let mut scene = answered(COURIER, by_number);
    scene.does(&["answers", "says Greeting in de"]);
    scene.keys("#");
    scene.does(&["says ConnectingOperator in de"]);
}

#[test]
fn row_12a_the_order_has_the_say_from_where_its_party_has_shown_itself() {
    let mut scene = answered(COURIER, by_number);
    scene.orders[0].language = Some(language("es"));
    scene.does(&["answers", "says Greeting in de"]);
    scene.keys(ORDER);
    scene.said();
    scene.skip();
    assert!(scene.whole_transcript().contains(&"says ConnectingCustomer in es".to_owned()));
    scene.input(Input::LegBAnswered);
    scene.does(&["says CourierCalls 1 2 3 4 5 in es"]);
    scene.hangs_up(Leg::B);
    scene.does(&["takes A back", "says CalleeUnavailable in es"]);
}

#[test]
fn row_12a_leg_b_hears_the_language_of_its_own_number() {
    let mut scene = answered(COURIER, by_number);
    scene.orders = vec![order(ORDER, COURIER, NEAR_CUSTOMER)];
    scene.keys(ORDER);
    scene.said();
    scene.skip();
    assert!(scene.whole_transcript().contains(&"says ConnectingCustomer in de".to_owned()));
    scene.input(Input::LegBAnswered);
    scene.does(&["says CourierCalls 1 2 3 4 5 in fr"]);
}

#[test]
fn row_10b_a_stranger_does_not_learn_the_language_of_the_order() {
    let mut scene = answered(STRANGER, |_| {});
    scene.orders[0].language = Some(language("es"));
    scene.keys(ORDER);
    let said = scene.unread();
    assert!(said.contains(&"says PhoneNotFound OrOperator".to_owned()), "{said:?}");
}

#[test]
fn row_13_an_operator_is_not_spoken_to_in_the_language_of_an_order() {
    let mut scene = answered(COURIER, |settings| settings.accept_key = true);
    scene.orders[0].language = Some(language("es"));
    scene.mute.push(Asked::Hold);
    scene.keys(ORDER);
    scene.said();
    scene.keys("#");
    scene.input(Input::Held);
    scene.said();
    scene.skip();
    assert!(scene.whole_transcript().contains(&"says ConnectingOperator in es".to_owned()));
    scene.input(Input::Held);
    scene.input(Input::LegBAnswered);
    let said = scene.unread();
    assert!(said.contains(&"says PressAnyKey".to_owned()), "{said:?}");
}
