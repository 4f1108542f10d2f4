#!/bin/sh
# What an idle box costs: `benches/idle.sh [PROGRAM]`, a release build unless named.
# One line (the simulated modem) and ORDERS orders in the store (100000); memory and the CPU time of
# SECONDS_IDLE seconds (60) with no call, from /proc. Bars: under 64 MB, under 1 % of one core.
# LIVE=1 hands the orders to the running box instead of starting it with them.
set -eu

cd "$(dirname "$0")/.."
program=${1:-target/release/maskline}
orders=${ORDERS:-100000}
seconds=${SECONDS_IDLE:-60}
folder=$(mktemp -d "${TMPDIR:-/tmp}/maskline-idle-XXXXXX")
modem=
daemon=
finish() {
    [ -z "$daemon" ] || kill "$daemon" || true
    [ -z "$modem" ] || kill "$modem" || true
    wait
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' INT TERM

cat >"$folder/maskline.toml" <<TOML
[site]
country = "AU"
order_digits = 7
[operator]
number = "+61255500000"
[store]
path = "$folder/store"
[http]
listen = "127.0.0.1:0"
tls = "off"
[[line]]
name = "line1"
at = "$folder/at"
audio = "$folder/audio"
TOML

awk -v n="$orders" 'BEGIN {
    print "order,courier,customer"
    for (i = 0; i < n; i++)
        printf "%07d,+6125550%04d,+6127010%04d\n", i, i % 10000, (i * 7) % 10000
}' >"$folder/orders.csv"

# A modem with nobody at its phones; its standard input stays open.
mkfifo "$folder/requests"
"$program" modem-sim --at "$folder/at" --audio "$folder/audio" \
    <"$folder/requests" >"$folder/reports" &
modem=$!
exec 3>"$folder/requests"
while [ ! -e "$folder/at" ]; do sleep 0.1; done

load() {
    "$program" orders import --config "$folder/maskline.toml" "$folder/orders.csv" >"$folder/report" \
        || { cat "$folder/report"; exit 1; }
}
[ -n "${LIVE:-}" ] || load
"$program" run --config "$folder/maskline.toml" 2>"$folder/log" &
daemon=$!
until grep -q 'takes calls' "$folder/log"; do
    kill -0 "$daemon" || { cat "$folder/log"; exit 1; }
    sleep 0.2
done
[ -z "${LIVE:-}" ] || load
sleep 5

ticks() { awk '{ print $14 + $15 }' "/proc/$daemon/stat"; }
commands() {
    echo '"query"' >&3
    sleep 0.3
    grep -o '"command_lines":[0-9]*' "$folder/reports" | tail -1 | cut -d: -f2
}
memory() { awk -v name="$1:" '$1 == name { printf "%.1f", $2 / 1024 }' "/proc/$daemon/status"; }
cpu=$(ticks)
lines=$(commands)
sleep "$seconds"
cpu=$(($(ticks) - cpu))
lines=$(($(commands) - lines))
hz=$(getconf CLK_TCK)

echo "| idle, one line, $orders orders, $seconds s | |"
echo "|---|---|"
echo "| memory (RSS) | $(memory VmRSS) MB |"
echo "| memory at most since the start | $(memory VmHWM) MB |"
echo "| of it the program's file | $(memory RssFile) MB |"
echo "| CPU of one core | $(awk -v t="$cpu" -v hz="$hz" -v s="$seconds" \
    'BEGIN { printf "%.2f", 100 * t / hz / s }') % |"
echo "| command lines sent to the modem | $lines |"
