#!/bin/sh
# Runs as the only process of a user-mode kernel, on the files of this machine, which it cannot change: a
# daemon, a FAT stick at /dev/ubdb, twice, a partitioned one at /dev/ubdc. $program and $modules come from the kernel's command line.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /run
export TMPDIR=/run
for module in nls/nls_cp437 nls/nls_iso8859-1 nls/nls_ascii fat/fat fat/vfat; do
    insmod "$modules/kernel/fs/$module.ko"
done
cat > /run/m.toml << 'END'
[http]
listen = "127.0.0.1:0"
tls = "off"
[store]
path = "/run/store"
[usb]
trust_unsigned = true
[[line]]
name = "line1"
at = "/nonexistent"
END
ip link set lo up
MASKLINE_LOG=off "$program" run --config /run/m.toml &
tries=0
until "$program" stick gone --config /run/m.toml ubdb 2> /dev/null || [ $tries -gt 200 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
for stick in ubdb ubdb ubdc; do
    "$program" stick import --config /run/m.toml "/dev/$stick"
    echo "status $?"
done
"$program" orders list --config /run/m.toml
grep maskline-stick /proc/mounts && echo "still mounted"
echo o > /proc/sysrq-trigger
sleep 10
