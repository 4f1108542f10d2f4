//! What the store promises, in the plain case: that it keeps, finds, replaces, expires.

use super::*;
use crate::clock::Now;
use crate::language::Language;
use crate::number::PhoneNumber;
use crate::order::{Order, OrderNumber};
use crate::record::CallRecord;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tempfile::TempDir;
use ulid::Ulid;

fn at(seconds: u64) -> Now {
    Now::simulated(Duration::from_secs(seconds))
}

fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn again(dir: &TempDir, store: Store) -> Store {
    drop(store);
    Store::open(dir.path()).unwrap()
}

fn number(digits: &str) -> OrderNumber {
    OrderNumber::new(digits).unwrap()
}

fn phone(n: u32) -> PhoneNumber {
    PhoneNumber::from_e164(&format!("+61255500{n:03}")).unwrap()
}

fn order(digits: &str, courier: u32, customer: u32, expires: u64) -> Order {
    let (courier, customer) = (phone(courier), phone(customer));
    Order {
        number: number(digits),
        courier,
        customer,
        expires_at: at(expires).wall,
        language: None,
    }
}

fn record(n: u64) -> CallRecord {
    let start = at(n);
    let millis = start.wall.as_millisecond() as u64;
    let mut record = CallRecord::begin(Ulid::from_parts(millis, n.into()), "line1", start);
    record.caller_number = Some(phone(1).e164().to_owned());
    record.ended_at = Some(at(n + 60).wall);
    record
}

#[test]
fn an_order_keeps_its_language_and_one_of_before_there_were_any_is_read() {
    let (dir, store) = store();
    let plain = order("1", 1, 2, 1000);
    let german = Order { language: Language::new("de").ok(), ..order("2", 1, 2, 1000) };
    for order in [&plain, &german] {
        assert_eq!(store.put_order(order), Ok(Put::New));
    }
    assert_eq!(store.put_order(&Order { language: None, ..german.clone() }), Ok(Put::Replaced));
    assert_eq!(store.put_order(&german), Ok(Put::Replaced));
    let store = again(&dir, store);
    assert_eq!(store.orders(None, 9, at(0)), Ok(vec![plain.clone(), german]));
    // As it was written before: two numbers and a time.
    let words = format!("+61255500001 +61255500002 {}", plain.expires_at.as_nanosecond());
    assert_eq!(super::orders::write(&plain), words.as_bytes());
    assert_eq!(super::orders::read(b"1", words.as_bytes()), Some(plain));
    for bad in [" ", " d/e", " de de"] {
        assert_eq!(super::orders::read(b"1", format!("{words}{bad}").as_bytes()), None, "{bad}");
    }
}

#[test]
fn an_order_is_kept_replaced_and_deleted() {
    let (dir, store) = store();
    let first = order("00123", 1, 2, 1000);
    let second = order("00123", 1, 3, 1000);
    assert_eq!(store.put_order(&first), Ok(Put::New));
    assert_eq!(store.put_order(&first), Ok(Put::Unchanged));
    assert_eq!(store.order(&number("00123"), at(0)), Ok(Some(first)));
    assert_eq!(store.order(&number("123"), at(0)), Ok(None));
    assert_eq!(store.put_order(&second), Ok(Put::Replaced));
    let store = again(&dir, store);
    assert_eq!(store.order(&number("00123"), at(0)), Ok(Some(second)));
    assert_eq!(store.orders_of(&phone(2), 9, at(0)), Ok(vec![]));
    assert_eq!(store.orders_of(&phone(3), 9, at(0)).unwrap().len(), 1);
    assert_eq!(store.delete_order(&number("00123")), Ok(true));
    assert_eq!(store.delete_order(&number("00123")), Ok(false));
    let store = again(&dir, store);
    assert_eq!(store.order(&number("00123"), at(0)), Ok(None));
    assert_eq!(store.orders_of(&phone(3), 9, at(0)), Ok(vec![]));
    assert!(store.status().healthy && store.status().notices.is_empty());
}

#[test]
fn orders_come_in_pages_in_key_order() {
    let (_dir, store) = store();
    let all: Vec<_> =
        ["9", "10", "011", "2"].iter().map(|digits| order(digits, 1, 2, 100)).collect();
    assert_eq!(store.put_orders(&all), Ok(vec![Put::New; 4]));
    store.put_order(&order("1", 1, 2, 5)).unwrap();
    let page = |after: Option<&str>, limit| {
        let orders = store.orders(after.map(number).as_ref(), limit, at(10)).unwrap();
        orders.iter().map(|order| order.number.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 3), ["011", "10", "2"]);
    assert_eq!(page(Some("2"), 3), ["9"]);
    assert_eq!(page(Some("9"), 3), [""; 0]);
    assert_eq!(page(None, 0), [""; 0]);
    let twice = [order("77", 1, 2, 9), order("77", 1, 2, 9), order("77", 3, 2, 9)];
    assert_eq!(store.put_orders(&twice), Ok(vec![Put::New, Put::Unchanged, Put::Replaced]));
}

#[test]
fn an_expired_order_is_not_served_and_purged_by_a_trusted_clock_only() {
    let (dir, store) = store();
    for n in 0..3 {
        store.put_order(&order(&n.to_string(), 1, 2, 100 * (n + 1))).unwrap();
    }
    assert_eq!(store.order(&number("0"), at(99)).unwrap().unwrap().number, number("0"));
    assert_eq!(store.order(&number("0"), at(100)), Ok(None));
    assert_eq!(store.purge_expired(Now { trusted: false, ..at(10_000) }), Ok(0));
    assert_eq!(store.status().orders, 3);
    assert_eq!(store.purge_expired(at(99)), Ok(0));
    assert_eq!(store.purge_expired(at(200)), Ok(2));
    let store = again(&dir, store);
    assert_eq!(store.status().orders, 1);
    assert_eq!(store.purge_expired(at(10_000)), Ok(1));
    assert_eq!(store.status().orders, 0);
}

#[test]
fn many_expired_orders_are_purged_in_one_go() {
    let (_dir, store) = store();
    let all: Vec<_> = (0..2500).map(|n| order(&format!("{n:05}"), 1, 2, 50 + n % 7)).collect();
    store.put_orders(&all).unwrap();
    assert_eq!(store.purge_expired(at(100)), Ok(2500));
    assert_eq!(store.orders(None, 10, at(0)), Ok(vec![]));
}

#[test]
fn row_15_a_record_and_its_delivery_are_one_and_a_call_has_one_record() {
    let (dir, store) = store();
    let (first, second) = (record(1), record(2));
    store.progress(&first).unwrap();
    store.progress(&second).unwrap();
    assert_eq!(store.open_calls(), Ok(vec![first.clone(), second.clone()]));
    store.add_record(&first, true).unwrap();
    store.add_record(&first, true).unwrap();
    store.progress(&first).unwrap();
    let store = again(&dir, store);
    assert_eq!(store.open_calls(), Ok(vec![second.clone()]));
    assert_eq!(store.record(first.call_id), Ok(Some(first.clone())));
    assert_eq!(store.record(second.call_id), Ok(None));
    assert_eq!((store.outbox_len(), store.status().records), (1, 1));
    store.add_record(&second, false).unwrap();
    assert_eq!((store.outbox_len(), store.status().records), (1, 2));
    assert_eq!(store.open_calls(), Ok(vec![]));
}

#[test]
fn records_come_oldest_first_since_a_time_after_a_call() {
    let (_dir, store) = store();
    let all: Vec<_> = (1..=5).map(record).collect();
    for record in all.iter().rev() {
        store.add_record(record, false).unwrap();
    }
    assert_eq!(store.records(None, None, 9).unwrap(), all);
    assert_eq!(store.records(Some(at(3).wall), None, 9).unwrap(), all[2..]);
    assert_eq!(store.records(None, Some(all[1].call_id), 2).unwrap(), all[2..4]);
    assert_eq!(store.records(Some(at(2).wall), Some(all[3].call_id), 9).unwrap(), all[4..]);
}

#[test]
fn a_delivery_waits_until_it_is_taken() {
    let (dir, store) = store();
    let call = record(1);
    store.add_record(&call, true).unwrap();
    let ended = call.ended_at.unwrap();
    assert_eq!(store.outbox_due(ended - SignedDuration::from_secs(1), 9), Ok(vec![]));
    let due = store.outbox_due(ended, 9).unwrap();
    assert_eq!((due.len(), due[0].attempts, due[0].first_at), (1, 0, ended));
    let later = ended + SignedDuration::from_secs(60);
    assert_eq!(store.outbox_retry(call.call_id, later, &"ü".repeat(150)), Ok(true));
    assert_eq!(store.outbox_due(ended, 9), Ok(vec![]));
    let store = again(&dir, store);
    let due = store.outbox_due(later, 9).unwrap();
    assert_eq!((due[0].attempts, due[0].first_at, due[0].next_at), (1, ended, later));
    assert_eq!(due[0].last_error, "ü".repeat(100));
    // The clock went back by years: nothing waits for them.
    assert_eq!(store.outbox_due(Timestamp::UNIX_EPOCH, 9).unwrap().len(), 1);
    assert_eq!(store.outbox_done(call.call_id), Ok(true));
    assert_eq!(store.outbox_drop(call.call_id), Ok(false));
    assert_eq!(store.outbox_retry(call.call_id, later, ""), Ok(false));
    assert_eq!((store.outbox_len(), store.record(call.call_id)), (0, Ok(Some(call))));
}

#[test]
fn a_token_opens_until_it_is_revoked_and_is_not_kept_in_clear() {
    let (dir, store) = store();
    let secret = store.create_token("shop", Role::Orders, at(0).wall).unwrap();
    assert!(secret.starts_with("mlk_") && secret.len() == 47);
    assert_eq!(store.create_token("shop", Role::Admin, at(0).wall), Err(StoreError::NameTaken));
    let long = "n".repeat(TOKEN_NAME_OCTETS + 1);
    assert!(store.create_token(&long, Role::Read, at(0).wall).is_err());
    let store = again(&dir, store);
    let token = store.check_token(&secret).unwrap().unwrap();
    assert_eq!((token.name.as_str(), token.role), ("shop", Role::Orders));
    assert_eq!(store.check_token("mlk_"), Ok(None));
    assert_eq!(store.tokens(), Ok(vec![token]));
    let mut backup = Vec::new();
    store.export(&mut backup).unwrap();
    assert!(!String::from_utf8(backup).unwrap().contains(&secret[4..]));
    assert_eq!(store.revoke_token("shop"), Ok(true));
    assert_eq!(store.revoke_token("shop"), Ok(false));
    assert_eq!(store.check_token(&secret), Ok(None));
}

#[test]
fn row_10c_a_lock_out_doubles_up_to_an_hour_and_is_forgotten_after_a_day() {
    let (_dir, store) = store();
    let caller = phone(7);
    let mut now = 0;
    for wait in [60, 120, 240, 480, 960, 1920, 3600, 3600] {
        assert_eq!(store.lockout_until(&caller, at(now)), Ok(None));
        let until = at(now + wait).wall;
        assert_eq!(store.count_failed_call(&caller, at(now)), Ok(until));
        assert_eq!(store.lockout_until(&caller, at(now)), Ok(Some(until)));
        assert_eq!(store.lockout_until(&caller, at(now + wait - 1)), Ok(Some(until)));
        now += wait;
    }
    assert_eq!(store.lockout_until(&phone(8), at(now)), Ok(None));
    let day = 24 * 3600;
    assert_eq!(store.count_failed_call(&caller, at(now + day)), Ok(at(now + day + 60).wall));
    store.forget_failed_calls(&caller).unwrap();
    assert_eq!(store.lockout_until(&caller, at(now + day)), Ok(None));
    store.count_failed_call(&caller, at(now + day)).unwrap();
    assert_eq!(store.lockout_until(&caller, at(now + day + 60)), Ok(None));
}

#[test]
fn row_10c_a_lock_out_survives_a_restart_and_a_clock_that_jumps() {
    let (dir, store) = store();
    let caller = phone(7);
    store.count_failed_call(&caller, at(1000)).unwrap();
    // In one process the wall clock does not matter.
    let odd = Now { mono: at(1030).mono, wall: at(9_000_000).wall, trusted: true };
    let until = store.lockout_until(&caller, odd).unwrap().unwrap();
    assert_eq!(until, odd.wall + SignedDuration::from_secs(30));
    let store = again(&dir, store);
    // A restart: the monotonic clock begins again.
    let restarted = |mono: u64, wall| Now { mono: Duration::from_secs(mono), ..at(wall) };
    let until = store.lockout_until(&caller, restarted(1, 1050)).unwrap();
    assert_eq!(until, Some(at(1060).wall));
    let store = again(&dir, store);
    // Also, the wall clock has gone back a long way: one full wait, no more.
    let until = store.lockout_until(&caller, restarted(1, 0)).unwrap();
    assert_eq!(until, Some(at(60).wall));
    assert_eq!(store.lockout_until(&caller, restarted(61, 60)), Ok(None));
    store.purge_expired(restarted(62, 1000 + 25 * 3600)).unwrap();
    assert_eq!(store.0.shared.read(|state| state.index.failed.len()), Ok(0));
}

#[test]
fn a_setting_is_kept_and_has_its_limits() {
    let (dir, store) = store();
    assert_eq!(store.setting("floor"), Ok(None));
    store.set_setting("floor", "one").unwrap();
    store.set_setting("floor", "two").unwrap();
    let store = again(&dir, store);
    assert_eq!(store.setting("floor"), Ok(Some("two".to_owned())));
    assert!(store.set_setting("floor", &"x".repeat(SETTING_OCTETS + 1)).is_err());
    assert!(store.set_setting(&"x".repeat(SETTING_KEY_OCTETS + 1), "").is_err());
}

#[test]
fn a_store_is_open_once() {
    let (dir, store) = store();
    assert!(matches!(Store::open(dir.path()), Err(OpenError::InUse(_))));
    assert!(matches!(verify(dir.path()), Err(OpenError::InUse(_))));
    let other = store.clone();
    drop(store);
    assert!(matches!(Store::open(dir.path()), Err(OpenError::InUse(_))));
    drop(other);
    assert!(Store::open(dir.path()).is_ok());
}

#[test]
fn a_backup_brings_everything_back() {
    let (dir, store) = store();
    store.put_order(&order("1", 1, 2, 100)).unwrap();
    store.add_record(&record(1), true).unwrap();
    store.progress(&record(2)).unwrap();
    store.count_failed_call(&phone(3), at(0)).unwrap();
    store.set_setting("key", "value \" \n ü").unwrap();
    let secret = store.create_token("shop", Role::Read, at(0).wall).unwrap();
    drop(store);
    let mut backup = Vec::new();
    let report = export(dir.path(), &mut backup).unwrap();
    assert_eq!(report, verify(dir.path()).unwrap());

    let other = tempfile::tempdir().unwrap();
    assert_eq!(restore(other.path(), &backup[..], false).unwrap(), report);
    let store = Store::open(other.path()).unwrap();
    assert_eq!(store.order(&number("1"), at(0)), Ok(Some(order("1", 1, 2, 100))));
    assert_eq!(store.outbox_due(at(99).wall, 9).unwrap()[0].record, record(1));
    assert_eq!(store.open_calls(), Ok(vec![record(2)]));
    assert!(store.lockout_until(&phone(3), at(1)).unwrap().is_some());
    assert_eq!(store.setting("key"), Ok(Some("value \" \n ü".to_owned())));
    assert!(store.check_token(&secret).unwrap().is_some());
    store.delete_order(&number("1")).unwrap();
    drop(store);

    assert!(matches!(restore(other.path(), &backup[..], false), Err(RestoreError::NotEmpty)));
    for cut in [0, 10, backup.len() / 2, backup.len() - 15] {
        assert!(restore(other.path(), &backup[..cut], true).is_err(), "{cut}");
    }
    assert_eq!(verify(other.path()).unwrap().orders, 0);
    restore(other.path(), &backup[..], true).unwrap();
    assert_eq!(verify(other.path()).unwrap(), report);
}
