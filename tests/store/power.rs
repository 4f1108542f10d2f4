//! A power cut: of what was written since the last fsync, any sectors may be on the disk and any
//! may not. Also a disk that fills up.

use maskline::clock::Now;
use maskline::number::PhoneNumber;
use maskline::order::{Order, OrderNumber};
use maskline::store::{self, Store, StoreError};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The files of a store by name, with their octets.
type Files = BTreeMap<PathBuf, Vec<u8>>;

const SECTOR: usize = 512;

fn now() -> Now {
    Now::simulated(Duration::ZERO)
}

fn order(n: u64) -> Order {
    let phone = |n| PhoneNumber::from_e164(&format!("+12025550{:03}", n % 1000)).unwrap();
    Order {
        number: OrderNumber::new(&format!("{n:06}")).unwrap(),
        courier: phone(n),
        customer: phone(n + 1),
        expires_at: now().wall + Duration::from_secs(3600),
        language: None,
    }
}

fn temp_dir() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn read(root: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![root.join("book")];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).unwrap().flatten() {
            let path = item.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_owned();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

fn write(files: &Files, root: &Path) {
    for (name, octets) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, octets).unwrap();
    }
}

/// A small source of chance, for a run that can be repeated.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// Some sectors of the new, the others of the old or empty; and perhaps the old length.
fn torn(old: Option<&Vec<u8>>, new: &[u8], chance: &mut Chance) -> Vec<u8> {
    let old = old.map(Vec::as_slice).unwrap_or_default();
    let mut octets = new.to_vec();
    for (i, sector) in octets.chunks_mut(SECTOR).enumerate() {
        if chance.next(2) == 0 {
            let before = old.get(i * SECTOR..).unwrap_or_default();
            for (k, octet) in sector.iter_mut().enumerate() {
                *octet = before.get(k).copied().unwrap_or(0);
            }
        }
    }
    if new.len() > old.len() && chance.next(2) == 0 {
        let grown = (new.len() - old.len()) as u64;
        octets.truncate(old.len() + chance.next(grown) as usize);
    }
    octets
}

fn is_sled(name: &Path) -> bool {
    name.to_string_lossy().contains("sled")
}

#[test]
fn a_power_cut_takes_only_what_was_not_acknowledged() {
    let live = temp_dir();
    let store = Store::open(live.path()).unwrap();
    let mut chance = Chance(0x1234_5678_9ABC_DEF1);
    let (mut before, mut stored) = (read(live.path()), 0);
    for round in 0..120 {
        let new: Vec<_> = (0..1 + chance.next(30)).map(|n| order(stored + n)).collect();
        store.put_orders(&new).unwrap();
        let after = read(live.path());
        // First the journal is written and synced, then the book: the cut is in one or the other.
        let in_journal = chance.next(2) == 0;
        let mut cut = after.clone();
        for (name, octets) in &mut cut {
            let old = before.get(name);
            match (is_sled(name), in_journal) {
                (true, true) => *octets = old.cloned().unwrap_or_default(),
                (false, true) | (true, false) => *octets = torn(old, octets, &mut chance),
                (false, false) => {}
            }
        }
        let dir = temp_dir();
        write(&cut, dir.path());
        let found = Store::open(dir.path()).unwrap();
        let what = format!("round {round}, in the journal: {in_journal}");
        for n in 0..stored {
            assert_eq!(found.order(&order(n).number, now()), Ok(Some(order(n))), "{what}");
        }
        let came = new.iter().filter(|o| found.order(&o.number, now()).unwrap().is_some()).count();
        assert!(came == 0 || came == new.len(), "{what}: half a commit");
        assert!(found.status().healthy, "{what}: {:?}", found.status());
        drop(found);
        assert_eq!(store::verify(dir.path()).unwrap().problems, [""; 0], "{what}");
        before = after;
        stored += new.len() as u64;
    }
}

/// Needs a small file system of its own, say a tmpfs of 24 MB:
/// `MASKLINE_TEST_SMALL_DISK=/mnt/small cargo test --test store power -- --ignored`
#[test]
#[ignore = "needs a small file system"]
fn a_disk_that_fills_up_refuses_and_goes_on_when_there_is_space() {
    let Ok(disk) = std::env::var("MASKLINE_TEST_SMALL_DISK") else { return };
    let (disk, path) = (Path::new(&disk), Path::new(&disk).join("store"));
    let _ = fs::remove_dir_all(&path);
    let ballast = disk.join("ballast");
    let store = Store::open(&path).unwrap();
    let (mut stored, mut refused) = (Vec::new(), 0);
    for round in 0..40 {
        std::thread::scope(|scope| {
            // It fills up in the middle of a commit, if chance will have it so.
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(20 + round % 7));
                let mut octets = 1 << 20;
                let mut file = fs::File::create(&ballast).unwrap();
                while octets > 0 {
                    if std::io::Write::write(&mut file, &vec![1; octets]).is_err() {
                        octets /= 2;
                    }
                }
                std::thread::sleep(Duration::from_millis(100));
                fs::remove_file(&ballast).unwrap();
            });
            let begun = Instant::now();
            let mut n = round * 10_000;
            while begun.elapsed() < Duration::from_millis(200) {
                n += 1;
                match store.put_order(&order(n)) {
                    Ok(_) => stored.push(n),
                    Err(StoreError::DiskFull | StoreError::Io(_)) => refused += 1,
                    Err(error) => panic!("{error}"),
                }
                let known = stored.first().map(|n| order(*n));
                if let Some(known) = known {
                    assert_eq!(store.order(&known.number, now()), Ok(Some(known)));
                }
            }
        });
        let begun = Instant::now();
        while let Err(error) = store.put_order(&order(round * 10_000)) {
            assert!(begun.elapsed() < Duration::from_secs(5), "{error}");
        }
    }
    println!("{} stored, {refused} refused, {:?}", stored.len(), store.status());
    assert!(store.status().healthy);
    drop(store);
    let store = Store::open(&path).unwrap();
    for n in stored {
        assert_eq!(store.order(&order(n).number, now()), Ok(Some(order(n))));
    }
    assert!(refused > 0 && store.status().healthy);
}
