//! What staff change on a running box.

use super::scene::*;
use simulator::{Behaviour, PhoneAction, PhoneEvent};
use std::time::Duration;

/// Another operator than the file's.
const DEPUTY: &str = "+61255500001";

#[test]
fn an_operator_whom_staff_set_is_called_from_the_next_call_on() {
    let scene = Scene::ready("");
    let mut phones = scene.phones();
    let (phone, behaviour) =
        (DEPUTY.to_owned(), Behaviour::AnswerAfter(Duration::from_millis(200)));
    phones.act(PhoneAction::SetBehaviour { phone, behaviour, hang_up_after: None });
    scene.talk(&mut phones);
    scene.stage.command(&["settings", "set", "operator.number", DEPUTY]).unwrap();
    phones.hang_up(CUSTOMER);
    phones.wait_quiet(Duration::from_secs(5));

    phones.ring(COURIER, CUSTOMER);
    phones.wait_greeting(COURIER);
    phones.key(COURIER, '#');
    phones.wait(
        "the operator's phone rings",
        |event| matches!(event, PhoneEvent::Ringing { phone, .. } if phone == DEPUTY),
    );
    phones.wait_talking(COURIER, DEPUTY);
    scene.wait_phase_talking();
    phones.hang_up(DEPUTY);
    phones.wait_quiet(Duration::from_secs(5));
    assert!(scene.wait_records(2).iter().any(|record| record["outcome"] == "operator_connected"));
    assert!(!scene.log_at_info().contains("5550"), "{}", scene.log_at_info());
}
