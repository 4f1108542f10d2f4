//! Disks with real file systems. ext4 is mounted by the program itself, as it mounts every stick; exFAT
//! and FAT through FUSE or in a user-mode kernel, since not every machine that runs tests knows them.

use crate::bench::{CSV, Disk, Site, left_out, told, tool};
use std::fs;
use std::path::Path;
use std::process::Child;

/// What a machine needs for the tests with disks.
const NEEDS: &str = "ext4 images need root, loop devices, mke2fs and debugfs";

#[test]
fn an_ext4_stick_is_mounted_read_written_and_let_go() {
    let site = Site::trusting();
    let files: &[(&str, &[u8])] = &[("orders.csv", CSV.as_bytes())];
    let Some(disk) = Disk::ext4(&site, "stick", files) else { return left_out(NEEDS) };
    let (status, said) = site.import(&disk.device);
    assert_eq!((status, site.orders()), (0, 1), "{said}");
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let device = format!("{} ", disk.device.display());
    assert!(!mounts.lines().any(|mount| mount.starts_with(&device)), "{mounts}");
    let result = disk.cat("orders-result.csv");
    assert!(result.contains("result,imported") && result.contains("added,1"), "{result}");
    let (status, said) = site.import(&disk.device);
    assert!(status == 0 && said.contains("has its result already"), "{said}");
}

#[test]
fn a_stick_that_is_pulled_out_in_the_middle_stores_nothing_and_the_box_goes_on() {
    let site = Site::trusting();
    let mut csv = CSV.to_owned();
    for n in 2..400_000 {
        csv.push_str(&format!("{n},0255501111,0255502222\n"));
    }
    let files: &[(&str, &[u8])] = &[("orders.csv", csv.as_bytes())];
    let Some(disk) = Disk::ext4(&site, "stick", files) else { return left_out(NEEDS) };
    // Half of the file's blocks are gone; what was read before is still there.
    let blocks = tool("debugfs", &["-R", "blocks orders.csv", disk.image.to_str().unwrap()]);
    let blocks: Vec<u64> =
        blocks.unwrap().split_whitespace().filter_map(|b| b.parse().ok()).collect();
    let size = fs::metadata(&disk.image).unwrap().len();
    let image = fs::OpenOptions::new().write(true).open(&disk.image).unwrap();
    let end = block_size(&disk.image) * blocks[blocks.len() / 2];
    image.set_len(end).unwrap();
    let (status, said) = site.import(&disk.device);
    assert_eq!((status, site.orders()), (1, 0), "{said}");
    assert!(said.contains("cannot be read to its end"), "{said}");
    assert_eq!(site.doing().0, "failed");
    let progress = site.a_box.send("GET", "/api/v1/orders/import", None);
    assert!(progress.json["stored"].as_u64().unwrap_or(0) == 0, "{progress:?}");
    // It is plugged in again.
    let again = Site::trusting();
    image.set_len(size).unwrap();
    fs::write(again.path("orders.csv"), CSV).unwrap();
    let whole: &[(&str, &[u8])] = &[("orders.csv", CSV.as_bytes())];
    let fresh = Disk::ext4(&site, "fresh", whole).unwrap();
    let (status, said) = site.import(&fresh.device);
    assert_eq!((status, site.orders()), (0, 1), "{said}");
}

fn block_size(image: &Path) -> u64 {
    let stats = tool("debugfs", &["-R", "stats -h", image.to_str().unwrap()]).unwrap();
    let line = stats.lines().find(|line| line.starts_with("Block size:")).unwrap();
    line.split_whitespace().last().unwrap().parse().unwrap()
}

#[test]
fn two_sticks_at_once_are_both_imported() {
    let site = Site::trusting();
    let other = CSV.replace("\n1,", "\n2,");
    let first: &[(&str, &[u8])] = &[("orders.csv", CSV.as_bytes())];
    let second: &[(&str, &[u8])] = &[("orders.csv", other.as_bytes())];
    let Some(one) = Disk::ext4(&site, "one", first) else { return left_out(NEEDS) };
    let two = Disk::ext4(&site, "two", second).unwrap();
    let both: Vec<Child> =
        [&one, &two].into_iter().map(|disk| site.begin(&disk.device, 0)).collect();
    for child in both {
        let (status, said) = told(&child.wait_with_output().unwrap());
        assert_eq!(status, 0, "{said}");
    }
    assert_eq!(site.orders(), 2);
    for disk in [&one, &two] {
        assert!(disk.cat("orders-result.csv").contains("result,imported"));
    }
}

#[test]
fn a_disk_that_is_in_use_is_left_alone_and_a_strange_one_is_told() {
    let site = Site::trusting();
    let files: &[(&str, &[u8])] = &[("orders.csv", CSV.as_bytes())];
    let Some(disk) = Disk::ext4(&site, "stick", files) else { return left_out(NEEDS) };
    let at = site.stick("at");
    let (device, at) = (disk.device.to_str().unwrap(), at.to_str().unwrap());
    tool("mount", &["-o", "ro", device, at]).unwrap();
    let (status, said) = site.import(&disk.device);
    tool("umount", &[at]).unwrap();
    assert!(status == 1 && said.contains("in use"), "{said}");
    assert_eq!((site.orders(), site.doing().0.as_str()), (0, "failed"));
    let image = site.path("noise.img");
    fs::write(&image, vec![0x5a; 1 << 20]).unwrap();
    let noise = Disk::of(image).unwrap();
    let (status, said) = site.import(&noise.device);
    assert!(status == 1 && said.contains("no file system that can be read here"), "{said}");
}

#[test]
fn an_exfat_stick_gets_its_result() {
    let site = Site::trusting();
    let image = site.path("x.img");
    fs::File::create(&image).unwrap().set_len(32 << 20).unwrap();
    let made = tool("mkfs.exfat", &[image.to_str().unwrap()]);
    let disk = made.and_then(|_| Disk::of(image));
    let Some(disk) = disk else { return left_out("exFAT needs mkfs.exfat, root and loop devices") };
    let at = site.stick("at");
    let (device, at) = (disk.device.to_str().unwrap(), at.to_str().unwrap());
    if tool("mount.exfat-fuse", &[device, at]).is_none() {
        return left_out("exFAT needs exfat-fuse and /dev/fuse");
    }
    fs::write(Path::new(at).join("orders.csv"), CSV).unwrap();
    let (status, said) = site.import(Path::new(at));
    tool("umount", &[at]).unwrap();
    assert_eq!((status, site.orders()), (0, 1), "{said}");
    tool("mount.exfat-fuse", &[device, at]).unwrap();
    let result = fs::read_to_string(Path::new(at).join("orders-result.csv"));
    tool("umount", &[at]).unwrap();
    assert!(result.unwrap().contains("result,imported"));
}
