//! Two SIMs in one box.

use super::scene::*;
use simulator::pty::{Handle, Options};

const COURIER_2: &str = "+61255503333";
const CUSTOMER_2: &str = "+61255504444";
const ORDER_2: &str = "54321";

#[test]
fn never_2_two_lines_talk_at_once_and_their_calls_never_cross() {
    let ports = tempfile::tempdir().unwrap();
    let (at, audio) = (ports.path().join("at"), ports.path().join("audio"));
    let mut options = Options::new(&at, &audio);
    options.own_number = "+61255500098".to_owned();
    hurry(&mut options.network);
    let second = Handle::spawn(options).unwrap();
    let line = format!("[[line]]\nname = \"line2\"\nat = {at:?}\naudio = {audio:?}\n");
    let scene = Scene::ready(&line);
    scene.put_order(ORDER_2, COURIER_2, CUSTOMER_2);
    wait_for("both lines are ready", PATIENCE, || {
        let (_, status) = scene.get("/api/v1/status");
        status["lines"].as_array().unwrap().iter().all(|line| line["state"] == "ready")
    });

    let (mut one, mut two) = (scene.phones(), Phones::of(&second));
    // On the second line it is the customer who calls.
    one.ring(COURIER, CUSTOMER);
    two.ring(CUSTOMER_2, COURIER_2);
    one.wait_greeting(COURIER);
    two.wait_greeting(CUSTOMER_2);
    for (key_1, key_2) in ORDER.chars().zip(ORDER_2.chars()) {
        one.key(COURIER, key_1);
        two.key(CUSTOMER_2, key_2);
    }
    one.wait_talking(COURIER, CUSTOMER);
    two.wait_talking(COURIER_2, CUSTOMER_2);
    // Still, both.
    one.wait_talking(COURIER, CUSTOMER);
    one.hang_up(COURIER);
    one.wait_quiet(PATIENCE);
    // The end of one call is nothing to the other.
    two.wait_talking(COURIER_2, CUSTOMER_2);
    two.hang_up(COURIER_2);
    two.wait_quiet(PATIENCE);

    assert_eq!(one.rang(), [(CUSTOMER, Some("+61255500099"))]);
    assert_eq!(two.rang(), [(COURIER_2, Some("+61255500098"))]);
    let records = scene.wait_records(2);
    for (line, order, caller, ended_by) in
        [("line1", ORDER, "Courier", "caller"), ("line2", ORDER_2, "Customer", "callee")]
    {
        let record = records.iter().find(|record| record["line"] == line).unwrap();
        assert_eq!(record["outcome"], "connected", "{record:#}");
        assert_eq!(record["order_number"], order);
        assert_eq!(record["sub_status"], caller);
        assert_eq!(record["ended_by"], ended_by);
    }
}
