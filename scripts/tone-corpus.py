#!/usr/bin/env python3
"""Makes sound to judge the tone detector by, and judges it: a development tool.

    apt-get install python3-numpy libgsm1 libopencore-amrnb0 libspandsp2 multimon-ng flite espeak-ng \
        libttspico-utils sox fluidsynth timgm6mb-soundfont
    scripts/tone-corpus.py make DIR SEED          every set of tones over the limits of ITU-T Q.24
    scripts/tone-corpus.py speech DIR SEED HOURS  speech of many voices and music, without any key
    scripts/tone-corpus.py score DIR [PROGRAM...] per set: keys recognised, keys too many
    scripts/tone-corpus.py score DIR spandsp [TWIST REVERSE_TWIST]
    scripts/tone-corpus.py compare DIR [PROGRAM...] PROGRAM beside spandsp and multimon-ng, as a table

Run it by a Python that has numpy (Debian: /usr/bin/python3). DIR gets WAV files and `truth.tsv` (path, set, keys). PROGRAM is called with paths and prints lines of
path, TAB, keys; without one it is `maskline tones`. Tune on one seed, report on another.
"""

import ctypes
import pathlib
import subprocess
import sys
import wave

import numpy as np
import tone_sounds
from tone_sounds import read

RATE = 8000
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYPAD = ("123A", "456B", "789C", "*0#D")
KEYS = "0123456789*#"
PEAK_0_DBM0 = 32768 * 10 ** (-3.14 / 20)
AMR_MODES = {4.75: 0, 5.15: 1, 5.9: 2, 6.7: 3, 7.4: 4, 7.95: 5, 10.2: 6, 12.2: 7}


def amplitude(dbm0):
    return PEAK_0_DBM0 * 10 ** (dbm0 / 20)


class Keys:
    """Tones with everything about them random within what is asked for."""

    def __init__(self, rng):
        self.rng = rng

    def between(self, limits):
        return self.rng.uniform(*limits) if isinstance(limits, tuple) else limits

    def tone(self, key, ms, level=(-14, -6), twist=(-2, 2), off=(-0.5, 0.5), drop=None, edge=None):
        row = next(i for i, keys in enumerate(KEYPAD) if key in keys)
        stronger, twist = self.between(level), self.between(twist)
        low_level, high_level = stronger - max(0, twist), stronger + min(0, twist)
        count = round(self.between(ms) * RATE / 1000)
        t = np.arange(count) / RATE
        sound = np.zeros(count)
        signs = self.rng.choice([-1, 1], 2)
        for n, (hz, dbm0) in enumerate(
            ((ROWS[row], low_level), (COLUMNS[KEYPAD[row].index(key)], high_level))
        ):
            percent = signs[n] * edge if edge else self.between(off)
            hz *= 1 + percent / 100
            sound += amplitude(dbm0) * np.sin(2 * np.pi * (hz * t + self.rng.random()))
        if drop:
            length = round(self.between(drop) * RATE / 1000)
            at = round(count * self.rng.uniform(0.3, 0.6))
            sound[at : at + length] = 0
        return sound

    def sequence(self, keys, ms, pause, **limits):
        parts = [np.zeros(self.rng.integers(800, 3200))]
        for key in keys:
            parts += [self.tone(key, ms, **limits), np.zeros(round(self.between(pause) * RATE / 1000))]
        return np.concatenate([*parts, np.zeros(1600)])

    def digits(self, count, alphabet=KEYS):
        return "".join(self.rng.choice(list(alphabet), count))

    def noise(self, sound, snr):
        """White noise, `snr` dB below the tones (their power while they sound)."""
        loud = sound[np.abs(sound) > 0]
        power = np.mean(loud**2) / 10 ** (self.between(snr) / 10)
        return sound + self.rng.normal(0, np.sqrt(power), len(sound))


def clip(sound):
    return np.clip(np.round(sound), -32768, 32767).astype(np.int16)


def frames(sound):
    sound = np.concatenate([clip(sound), np.zeros(-len(sound) % 160, np.int16)])
    return sound.reshape(-1, 160)


def gsm(sound):
    lib = ctypes.CDLL("libgsm.so.1")
    lib.gsm_create.restype = ctypes.c_void_p
    coder, decoder = ctypes.c_void_p(lib.gsm_create()), ctypes.c_void_p(lib.gsm_create())
    octets, out = ctypes.create_string_buffer(33), np.zeros(160, np.int16)
    result = []
    for frame in frames(sound):
        frame = np.ascontiguousarray(frame)
        lib.gsm_encode(coder, frame.ctypes.data_as(ctypes.c_void_p), octets)
        lib.gsm_decode(decoder, octets, out.ctypes.data_as(ctypes.c_void_p))
        result.append(out.copy())
    return np.concatenate(result).astype(float)


def amr(sound, kbit):
    lib = ctypes.CDLL("libopencore-amrnb.so.0")
    for make in (lib.Encoder_Interface_init, lib.Decoder_Interface_init):
        make.restype = ctypes.c_void_p
    coder = ctypes.c_void_p(lib.Encoder_Interface_init(0))
    decoder = ctypes.c_void_p(lib.Decoder_Interface_init())
    octets, out = ctypes.create_string_buffer(64), np.zeros(160, np.int16)
    result = []
    for frame in frames(sound):
        frame = np.ascontiguousarray(frame)
        data = frame.ctypes.data_as(ctypes.c_void_p)
        lib.Encoder_Interface_Encode(coder, AMR_MODES[kbit], data, octets, 0)
        lib.Decoder_Interface_Decode(decoder, octets, out.ctypes.data_as(ctypes.c_void_p), 0)
        result.append(out.copy())
    lib.Encoder_Interface_exit(coder)
    lib.Decoder_Interface_exit(decoder)
    return np.concatenate(result).astype(float)


def write(path, sound):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as wav:
        wav.setparams((1, 2, RATE, len(sound), "NONE", ""))
        wav.writeframes(clip(sound).tobytes())


def plain_sets(k):
    """(set, keys that must be heard, sound)"""
    for ms in (40, 42, 45, 50, 60, 80, 100, 200):
        for pause in (40, 45, 60, 100):
            keys = k.digits(30)
            yield "length", keys, k.sequence(keys, ms, pause)
    for ms in (20, 21, 22, 23):
        for _ in range(4):
            yield "too short", "", k.sequence(k.digits(40), ms, (60, 100))
    for level in (-3, -6, -9, -12, -15, -18, -20, -22, -24, -25):
        for _ in range(3):
            keys = k.digits(30)
            yield "level", keys, k.sequence(keys, (50, 100), (50, 100), level=level, twist=0)
    for _ in range(5):
        yield "too quiet", "", k.sequence(k.digits(30), (50, 100), 60, level=-56, twist=0)
    for twist in (4, 3, 2, -2, -4, -6, -7, -8):
        for _ in range(3):
            keys = k.digits(30)
            level = (-14, -8)
            yield "twist", keys, k.sequence(keys, (50, 100), (50, 100), level=level, twist=twist)
    for percent in (0.5, 1.0, 1.5, 1.5, 1.5):
        for _ in range(5):
            keys = k.digits(30)
            yield "off 1.5", keys, k.sequence(keys, (50, 100), (50, 100), edge=percent)
    for percent in (3.5, 3.5, 4.0, 5.0):
        for _ in range(5):
            yield "off 3.5", "", k.sequence(k.digits(30), (50, 100), (50, 100), edge=percent)
    for snr in (15, 15, 18, 20, 25, 30):
        for _ in range(5):
            keys = k.digits(30)
            sound = k.sequence(keys, (45, 100), (45, 100), level=(-20, -8), twist=(-6, 3))
            yield "noise", keys, k.noise(sound, snr)
    for drop in (5, 6, 8, 10):
        for ms in ((60, 70), (70, 100), (100, 150)):
            for _ in range(2):
                keys = k.digits(30)
                yield "drop-out", keys, k.sequence(keys, ms, (50, 100), drop=drop)


CODECS = {
    "GSM-FR": gsm,
    **{f"AMR {kbit}": lambda s, kbit=kbit: amr(s, kbit) for kbit in (12.2, 7.4, 5.9, 4.75)},
}


def coded_sets(k):
    for name, codec in CODECS.items():
        for twist in ((-2, 2), (-8, 4)):
            for level in ((-10, -4), (-18, -10)):
                for _ in range(5):
                    keys = k.digits(40)
                    sound = k.sequence(keys, (65, 70), (65, 80), level=level, twist=twist, off=(-1, 1))
                    yield name, keys, codec(sound)
    for n in range(80):
        keys = k.digits(5, "0123456789")
        sound = k.sequence(keys, 70, 70, level=(-20, -4), twist=(-8, 4), off=(-1.5, 1.5))
        sound = k.noise(sound, (15, 30))
        yield "number", keys, list(CODECS.values())[n % len(CODECS)](sound)


def make(folder, seed):
    k = Keys(np.random.default_rng(seed))
    truth = []
    for n, (name, keys, sound) in enumerate([*plain_sets(k), *coded_sets(k)]):
        path = folder / name.replace(" ", "-") / f"{n:04}.wav"
        write(path, sound)
        truth.append(f"{path}\t{name}\t{keys}\n")
    (folder / "truth.tsv").write_text("".join(truth))


def without_keys(folder, seed, hours):
    """Speech and music; half of it went through a codec, as all that the box hears did."""
    rng = np.random.default_rng(seed)
    truth, done = [], 0.0
    for n, (name, sound) in enumerate(tone_sounds.pieces(rng)):
        if done >= hours * 3600:
            break
        sound = sound * (amplitude(rng.uniform(-24, -10)) / np.sqrt(2 * np.mean(sound**2) + 1e-9))
        if rng.random() < 0.5:
            sound = CODECS[rng.choice(list(CODECS))](sound)
        path = folder / name.replace(" ", "-") / f"{n:05}.wav"
        write(path, sound)
        truth.append(f"{path}\t{name}\t\n")
        done += len(sound) / RATE
    (folder / "truth.tsv").write_text("".join(truth))


def spandsp(paths, twist=None, reverse_twist=None):
    lib = ctypes.CDLL("libspandsp.so.2")
    lib.dtmf_rx_init.restype = ctypes.c_void_p
    found = {}
    for path in paths:
        state = ctypes.c_void_p(lib.dtmf_rx_init(None, None, None))
        if twist:
            limits = (int(twist), int(reverse_twist), -99)
            lib.dtmf_rx_parms(state, 0, *limits)
        sound = np.concatenate([read(path), np.zeros(800, np.int16)])
        keys, buffer = "", ctypes.create_string_buffer(129)
        for at in range(0, len(sound), 160):
            part = np.ascontiguousarray(sound[at : at + 160])
            lib.dtmf_rx(state, part.ctypes.data_as(ctypes.c_void_p), len(part))
            count = lib.dtmf_rx_get(state, buffer, 128)
            keys += buffer.raw[:count].decode()
        lib.dtmf_rx_free(state)
        found[path] = "".join(key for key in keys if key in KEYS)
    return found


def program(command, paths):
    found = {}
    for at in range(0, len(paths), 200):
        out = subprocess.run([*command, *paths[at : at + 200]], capture_output=True, text=True, check=True)
        for line in out.stdout.splitlines():
            path, _, keys = line.rpartition("\t")
            found[path] = keys
    return found


def matched(truth, heard):
    """Keys of `truth` that are in `heard` in order (longest common subsequence)."""
    row = [0] * (len(heard) + 1)
    for a in truth:
        last = row[:]
        for i, b in enumerate(heard):
            row[i + 1] = last[i] + 1 if a == b else max(last[i + 1], row[i])
    return row[-1]


def multimon(paths):
    """multimon-ng takes raw samples of 22,050 Hz; sox makes them."""
    found = {}
    for path in paths:
        raw = subprocess.run(
            ["sox", "-V1", path, "-t", "raw", "-e", "signed", "-b", "16", "-", "pad", "0", "0.2", "rate", "22050"],
            capture_output=True, check=True,
        ).stdout  # fmt: skip
        command = ["multimon-ng", "-q", "-a", "DTMF", "-t", "raw", "-"]
        text = subprocess.run(command, input=raw, capture_output=True, check=True).stdout.decode()
        keys = (line.removeprefix("DTMF: ").strip() for line in text.splitlines() if line.startswith("DTMF: "))
        found[path] = "".join(key for key in keys if key in KEYS)
    return found


def tally(files, found):
    """Per set: keys, heard, too many, files, files that are exact."""
    sets = {}
    for path, name, keys in files:
        hits = matched(keys, found[path])
        entry = sets.setdefault(name.split(" ")[0] if not keys and name.startswith("solo") else name, [0] * 5)
        for n, value in enumerate((len(keys), hits, len(found[path]) - hits, 1, found[path] == keys)):
            entry[n] += value
    return sets


def truth_of(folder):
    files = [line.split("\t") for line in (folder / "truth.tsv").read_text().splitlines()]
    return files, [path for path, _, _ in files]


def score(folder, command):
    files, paths = truth_of(folder)
    if command[:1] == ["spandsp"]:
        found = spandsp(paths, *command[1:])
    else:
        found = program(command or ["maskline", "tones"], paths)
    print(f"{'set':12} {'keys':>5} {'heard':>7} {'extra':>5} {'files':>5} {'exact':>5}")
    for name, (keys, hits, extra, count, exact) in tally(files, found).items():
        share = f"{100 * hits / keys:6.2f}%" if keys else "      -"
        print(f"{name:12} {keys:5} {share} {extra:5} {count:5} {exact:5}")


def compare(folder, command):
    """Keys heard in per cent, keys too many, files exact: each detector on the same files."""
    files, paths = truth_of(folder)
    columns = {
        "maskline": program(command or ["maskline", "tones"], paths),
        "spandsp": spandsp(paths),
        "spandsp, twist 12/10 dB": spandsp(paths, 12, 10),
        "multimon-ng": multimon(paths),
    }
    tallies = {name: tally(files, found) for name, found in columns.items()}
    print("| set | keys | files | " + " | ".join(columns) + " |")
    print("|---|---:|---:|" + "---|" * len(columns))
    for name, (keys, _, _, count, _) in tallies["maskline"].items():
        cells = []
        for sets in tallies.values():
            _, hits, extra, _, exact = sets[name]
            heard = f"{100 * hits / keys:.1f}" if keys else "-"
            cells.append(f"{heard} +{extra}" + (f", {exact} exact" if name == "number" else ""))
        print(f"| {name} | {keys} | {count} | " + " | ".join(cells) + " |")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    verb, folder, rest = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    if verb == "make":
        make(folder, int(rest[0]))
    elif verb == "speech":
        without_keys(folder, int(rest[0]), float(rest[1]))
    elif verb == "compare":
        compare(folder, rest)
    else:
        score(folder, rest)


main()
