#!/usr/bin/env python3
"""Renders what the demo's phones say: every text of the manifest.toml becomes a WAV, and its checksum is written
back. (Prompt packs are made by `maskline prompts build`, which has one voice for a pack and a fixed list of names.)

    apt-get install flite sox        (Debian 12 or 13)
    scripts/make-demo-voices.py web/demo/voices

Each file: 8 kHz, 16-bit, mono; 300 to 3400 Hz; active level as the manifest says (ITU-T P.56 manner);
peaks at most -3 dBFS; no silence at the ends. Needs nothing but Python 3.11, flite and sox.
"""

import array
import hashlib
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import wave

VOICE = "slt"  # unless a clip names another one as its speaker
DIGIT_SECONDS = 0.5  # a digit spoken alone takes this long at least
FRAME = 160
FULL_SCALE_DBM0 = 3.14
PEAK_MAX = 32768 * 10 ** (-3.2 / 20)
EDGE = 40  # samples of the tone-free margin kept at each end: 5 ms


def dbm0(mean_square):
    return 10 * math.log10(mean_square / (32768**2 / 2)) + FULL_SCALE_DBM0


def active_mean_square(samples):
    """Mean square of the 20 ms frames that are less than 15.9 dB below it."""
    frames = [samples[i : i + FRAME] for i in range(0, len(samples), FRAME)]
    powers = [sum(s * s for s in f) / len(f) for f in frames if f]
    active = 0.0
    for _ in range(8):
        loud = [p for p in powers if p > active * 0.0257]
        active = sum(loud) / len(loud)
    return active


def speak(text, voice, stretch, to):
    subprocess.run(
        ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch}", "-t", text, "-o", to],
        check=True,
    )


def telephone_band(source, to):
    """To 8 kHz, without what a telephone does not carry."""
    band = ["sinc", "-n", "511", "300-3400"]
    subprocess.run(["sox", "-R", "-D", source, "-b", "16", to, "gain", "-6", "rate", "-v", "8000", *band], check=True)


def read(path):
    with wave.open(str(path)) as wav:
        return array.array("h", wav.readframes(wav.getnframes()))


def trim(samples):
    """Cuts both ends where 5 ms fall 40 dB below the active level."""
    gate = active_mean_square(samples) * 10**-4
    loud = [
        i
        for i in range(0, len(samples) - EDGE, EDGE)
        if sum(s * s for s in samples[i : i + EDGE]) / EDGE > gate
    ]
    return samples[max(0, loud[0] - EDGE) : loud[-1] + 2 * EDGE]


def limit(value):
    """Leaves most samples alone and bends the rest below the highest peak allowed."""
    knee = 0.7 * PEAK_MAX
    if abs(value) <= knee:
        return round(value)
    over = (abs(value) - knee) / (PEAK_MAX - knee)
    return round(math.copysign(knee + (PEAK_MAX - knee) * math.tanh(over), value))


def normalise(samples, level):
    for _ in range(3):
        gain = 10 ** ((level - dbm0(active_mean_square(samples))) / 20)
        samples = [limit(s * gain) for s in samples]
    return array.array("h", samples)


def fade(samples, length=EDGE):
    for i in range(length):
        samples[i] = int(samples[i] * i / length)
        samples[-1 - i] = int(samples[-1 - i] * i / length)
    return samples


def write(path, samples):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as wav:
        wav.setparams((1, 2, 8000, len(samples), "NONE", ""))
        wav.writeframes(samples.tobytes())


def finish(text, voice, stretch, level):
    with tempfile.TemporaryDirectory() as work:
        spoken, narrow = f"{work}/spoken.wav", f"{work}/narrow.wav"
        speak(text, voice, stretch, spoken)
        telephone_band(spoken, narrow)
        return fade(normalise(trim(read(narrow)), level))


def render(text, voice, level, digit, path):
    samples = finish(text, voice, 1.0, level)
    if digit:
        samples = finish(text, voice, max(1.0, DIGIT_SECONDS * 8000 / len(samples)), level)
    write(path, samples)
    peak = 20 * math.log10(max(map(abs, samples)) / 32768)
    active = dbm0(active_mean_square(samples))
    print(f"{path}: {len(samples) / 8000:.2f} s, {active:.1f} dBm0, peak {peak:.1f} dBFS")


def with_checksum(manifest, name, checksum):
    """The manifest's text with this clip's checksum in it, everything else as it was."""
    key = re.escape(f'[clips."{name}"]' if "/" in name else f"[clips.{name}]")
    block = re.compile(rf"({key}\ntext = [^\n]*\n)(sha256 = [^\n]*\n)?")
    return block.sub(lambda m: f'{m.group(1)}sha256 = "{checksum}"\n', manifest)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    pack, wanted = pathlib.Path(sys.argv[1]), sys.argv[2:]
    text = (pack / "manifest.toml").read_text()
    manifest = tomllib.loads(text)
    for name, clip in manifest["clips"].items():
        path = pack / f"{name}.wav"
        if not wanted or name in wanted:
            voice = clip.get("speaker", VOICE)
            render(clip["text"], voice, manifest["level_dbm0"], name.startswith("digits/"), path)
        text = with_checksum(text, name, hashlib.sha256(path.read_bytes()).hexdigest())
    (pack / "manifest.toml").write_text(text)


main()
