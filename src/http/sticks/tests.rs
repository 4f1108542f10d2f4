//! What is kept over a restart.

use super::entry::State;
use crate::clock::Now;
use crate::config::Config;
use crate::http::{Api, admin_router};
use crate::status::Board;
use crate::store::Store;
use axum::body::Body;
use axum::http::{Request, header};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

fn api(folder: &Path) -> Api {
    let text =
        format!("[store]\npath = {folder:?}\n[[line]]\nname = \"line1\"\nat = \"/dev/null\"\n");
    let config = Config::parse("test.toml", &text, []).unwrap();
    let clock = Arc::new(|| Now::simulated(Duration::ZERO));
    Api::new(Store::open(folder).unwrap(), Board::default(), clock, Arc::new(config))
}

async fn ask(api: &Api, method: &str, path: &str) -> u16 {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "text/csv")
        .body(Body::from("order,courier,customer\n1,0255501111,0255502222\n"))
        .unwrap();
    admin_router(api).oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_file_waits_over_a_restart_and_one_whose_import_was_cut_off_waits_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = api(folder.path());
    for file in ["orders-a.csv", "orders-b.csv"] {
        let path = format!("/api/v1/sticks?file={file}&device=sda");
        assert_eq!(ask(&first, "POST", &path).await, 201);
    }
    let mut cut_off = first.sticks.all().remove(0);
    cut_off.state = State::Importing;
    first.sticks.put(&cut_off).unwrap();
    let sticks = folder.path().join("sticks");
    std::fs::write(sticks.join("new-xyz"), "half a file").unwrap();
    std::fs::write(sticks.join("01J00000000000000000000000.csv"), "no entry").unwrap();
    drop(first);

    let second = api(folder.path());
    let known = second.sticks.all();
    assert_eq!(known.len(), 2);
    assert!(known.iter().all(|entry| entry.state == State::Waiting), "{known:?}");
    assert_eq!(std::fs::read_dir(&sticks).unwrap().count(), 4);
    assert_eq!(ask(&second, "POST", &format!("/api/v1/sticks/{}", cut_off.id)).await, 200);
    assert_eq!(second.store.status().orders, 1);

    // Nobody wants the other one.
    let week = second.now().wall.checked_add(jiff::SignedDuration::from_hours(7 * 24 + 1)).unwrap();
    second.sticks.purge(second.now().wall);
    assert_eq!(second.sticks.all().iter().filter(|e| e.state == State::Waiting).count(), 1);
    second.sticks.purge(week);
    assert!(second.sticks.all().iter().all(|entry| entry.state.is_decided()));
    assert!(
        !std::fs::read_dir(&sticks)
            .unwrap()
            .any(|name| { name.unwrap().path().extension().is_some_and(|ending| ending == "csv") })
    );
}
