//! A FAT stick, by the kernel's own driver: in a user-mode kernel, since the machine that runs the tests
//! may know no FAT. On Debian: `apt-get install user-mode-linux dosfstools mtools kmod`.

use crate::bench::{CSV, left_out, tool};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The modules of Debian's user-mode kernel.
const MODULES: &str = "/usr/lib/uml/modules";

/// Where the partitions of the second stick begin, in sectors: nothing that we know, then orders, then
/// other orders.
const PARTITIONS: [u32; 3] = [2048, 34_816, 100_352];
/// Their size.
const SECTORS: u32 = 32_768;

/// A partitioned stick.
fn partitioned(image: &Path, csv: &Path) -> Option<()> {
    let mut table = vec![0; 446];
    for start in PARTITIONS {
        table.extend([0, 0, 0, 0, 0x0c, 0, 0, 0]);
        table.extend(u32::to_le_bytes(start));
        table.extend(u32::to_le_bytes(SECTORS));
    }
    table.resize(510, 0);
    table.extend([0x55, 0xaa]);
    fs::write(image, table).unwrap();
    fs::OpenOptions::new().write(true).open(image).unwrap().set_len(80 << 20).unwrap();
    let other = csv.with_file_name("other.csv");
    fs::write(&other, CSV.replace("\n1,", "\n3,")).unwrap();
    let image = image.to_str().unwrap();
    for (start, csv, name) in
        [(PARTITIONS[1], csv, "::orders-two.csv"), (PARTITIONS[2], &other, "::orders.csv")]
    {
        let kib = (SECTORS / 2).to_string();
        tool("mkfs.vfat", &[&format!("--offset={start}"), image, &kib])?;
        let at = format!("{image}@@{}", u64::from(start) * 512);
        tool("mcopy", &["-i", &at, csv.to_str().unwrap(), name])?;
    }
    Some(())
}

#[test]
fn a_fat_stick_is_mounted_read_written_and_let_go_and_of_partitions_the_first_file_system_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let modules: Option<PathBuf> = fs::read_dir(MODULES)
        .ok()
        .and_then(|mut versions| versions.next())
        .map(|version| version.unwrap().path());
    let (image, csv) = (text(&path("fat.img")), text(&path("orders.csv")));
    fs::File::create(&image).unwrap().set_len(32 << 20).unwrap();
    fs::write(&csv, CSV).unwrap();
    let made = tool("mkfs.vfat", &[&image])
        .and_then(|_| tool("mcopy", &["-i", &image, &csv, "::"]))
        .and_then(|_| partitioned(&path("parts.img"), Path::new(&csv)))
        .and_then(|()| tool("insmod", &["--version"]));
    let (Some(modules), Some(_)) = (modules, made) else {
        return left_out("FAT needs user-mode-linux, dosfstools, mtools and kmod");
    };
    let init = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stick/fat.sh");
    let output = Command::new("timeout")
        .args(["120", "linux.uml", "mem=256M", "rootfstype=hostfs", "rootflags=/", "ro", "quiet"])
        .args(["ubda=/dev/null", "con=null", "con0=null,fd:1"])
        .arg(format!("uml_dir={}", text(folder.path())))
        .arg(format!("ubdb={image}"))
        .arg(format!("ubdc={}", text(&path("parts.img"))))
        .arg(format!("init={}", text(&init)))
        .arg(format!("program={}", env!("CARGO_BIN_EXE_maskline")))
        .arg(format!("modules={}", text(&modules)))
        .stdin(Stdio::null())
        .output();
    let Ok(output) = output else { return left_out("FAT needs user-mode-linux") };
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.matches("status 0").count(), 3, "{said}");
    assert!(
        said.contains("imported; added 1") && said.contains("has its result already"),
        "{said}"
    );
    assert!(said.contains("1      +61255501111") && !said.contains("still mounted"), "{said}");
    assert!(said.contains("orders-two.csv: imported; added 0, changed 1"), "{said}");
    assert!(!said.contains("\n3      "), "{said}");
    let result = tool("mtype", &["-i", &image, "::orders-result.csv"]).unwrap();
    assert!(result.contains("result,imported"), "{result}");
}
