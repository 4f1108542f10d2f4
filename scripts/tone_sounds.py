"""Sound in which there is no key: voices, crowds, streets, music. Used by `tone-corpus.py`.

All of it is made here, from a seed, by synthesis: nothing is downloaded.
"""

import pathlib
import struct
import subprocess
import tempfile
import wave

import numpy as np

RATE = 8000
SOUND_FONT = "/usr/share/sounds/sf2/TimGM6mb.sf2"
# General MIDI programs, from 0.
SOLO = {
    "piano": 0, "glockenspiel": 9, "music-box": 10, "vibraphone": 11, "marimba": 12, "bells": 14, "drawbar": 16,
    "organ": 19, "harmonica": 22, "guitar": 24, "violin": 40, "strings": 48, "choir": 52, "trumpet": 56, "oboe": 68,
    "clarinet": 71, "flute": 73, "recorder": 74, "whistle": 78, "ocarina": 79, "square": 80, "saw": 81, "new-age": 88,
    "pad": 89, "bowed": 92, "halo": 94, "crystal": 98, "kalimba": 108, "tinkle": 112,
}  # fmt: skip
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), tuple(range(12)))


def read(path):
    with wave.open(str(path)) as wav:
        return np.frombuffer(wav.readframes(wav.getnframes()), np.int16)


def temporary(suffix):
    return tempfile.NamedTemporaryFile(suffix=suffix)


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def at_8_khz(path):
    with temporary(".wav") as out:
        run("sox", "-V1", path, "-b", 16, "-c", 1, out.name, "rate", RATE)
        return read(out.name).astype(float)


# Voices


def make_words(rng):
    onsets = "b d f g h k l m n p r s t v w y z ch sh th st tr pl kr".split()
    vowels, ends = "a e i o u ai ee oo ou ow".split(), ["", "", "n", "r", "s", "t", "l", "m", "nd", "k"]
    syllable = lambda: rng.choice(onsets) + rng.choice(vowels) + rng.choice(ends)
    return ["".join(syllable() for _ in range(rng.integers(1, 4))) for _ in range(5000)]


class Voices:
    """Texts spoken by espeak-ng, flite and, where it is installed, pico."""

    def __init__(self, rng):
        self.rng = rng
        words = pathlib.Path("/usr/share/dict/words")
        self.words = words.read_text().split() if words.exists() else make_words(rng)
        self.pico = pathlib.Path("/usr/bin/pico2wave").exists()

    def text(self, sentences):
        return ". ".join(" ".join(self.rng.choice(self.words, 12)) for _ in range(sentences))

    def speech(self, sentences=60):
        rng, text, engine = self.rng, self.text(sentences), self.rng.random()
        with temporary(".wav") as raw:
            if engine < 0.3:
                stretch = f"duration_stretch={rng.uniform(0.7, 1.3):.2f}"
                voice = rng.choice(["slt", "rms", "awb", "kal", "kal16"])
                run("flite", "-voice", voice, "--setf", stretch, "-t", text, "-o", raw.name)
            elif engine < 0.5 and self.pico:
                language = rng.choice(["en-US", "en-GB", "de-DE", "es-ES", "fr-FR", "it-IT"])
                run("pico2wave", "-l", language, "-w", raw.name, text)
            else:
                language = rng.choice(["en-us", "en-gb", "de", "es", "fr-fr", "it", "ru", "pt-br", "nl", "pl"])
                variant = rng.choice(["m1", "m3", "m7", "f1", "f2", "f3", "f4", "f5", "klatt", "klatt4", "croak"])
                pitch, speed = rng.integers(10, 95), rng.integers(110, 260)
                run("espeak-ng", "-v", f"{language}+{variant}", "-p", pitch, "-s", speed, "-w", raw.name, text)
            return at_8_khz(raw.name)

    def babble(self):
        """Six at once."""
        voices = [self.speech(25) for _ in range(6)]
        shortest = min(map(len, voices))
        return sum(voice[:shortest] / (np.std(voice) + 1) for voice in voices)

    def street(self):
        """Somebody who speaks beside traffic: rumble that comes and goes, horns, a reversing lorry."""
        rng, voice = self.rng, self.speech(30)
        t = np.arange(len(voice)) / RATE
        rumble = np.cumsum(rng.normal(0, 1, len(voice)))
        rumble -= np.convolve(rumble, np.ones(200) / 200, "same")
        hiss = rng.normal(0, 1, len(voice))
        swell = 1 + np.sin(2 * np.pi * t / rng.uniform(4, 9))
        sound = voice / np.std(voice) + 0.4 * swell * (rumble / np.std(rumble) + 0.4 * hiss)
        for _ in range(len(voice) // (5 * RATE)):
            at, length = rng.integers(0, len(voice)), int(rng.uniform(0.15, 1.2) * RATE)
            end = min(len(voice), at + length)
            for hz in rng.choice([330, 349, 392, 415, 440, 494, 1000, 1250, 2800], rng.integers(1, 4)):
                for harmonic in (1, 2, 3):
                    sound[at:end] += rng.uniform(0.1, 0.6) / harmonic * np.sin(2 * np.pi * hz * harmonic * t[at:end])
        return sound


# Music


def chords(rng, seconds=300):
    """Chords and a melody of plucked, bowed and drum-like notes."""
    sound = np.zeros(int(seconds * RATE))
    at = 0.0
    while at < seconds - 2:
        length = rng.choice([0.12, 0.2, 0.25, 0.4, 0.5, 1.0])
        t = np.arange(int(length * RATE)) / RATE
        for _ in range(rng.integers(1, 5)):
            hz = 440 * 2 ** (rng.integers(-24, 25) / 12)
            vibrato = rng.choice([0, 0, 0.004]) * np.sin(2 * np.pi * 5.5 * t)
            decay = np.exp(-t * rng.choice([0.5, 3, 8]))
            for harmonic in range(1, rng.integers(2, 7)):
                if hz * harmonic < 3600:
                    phase = 2 * np.pi * (hz * harmonic * (t + vibrato / 50) + rng.random())
                    start = int(at * RATE)
                    note = rng.uniform(300, 3000) / harmonic * decay * np.sin(phase)
                    sound[start : start + len(t)] += note[: len(sound) - start]
        at += length
    return sound


def variable(number):
    """A variable-length quantity of MIDI."""
    octets = [number & 127]
    while number := number >> 7:
        octets.append(128 | number & 127)
    return bytes(reversed(octets))


def midi(notes, programs):
    """A MIDI file: notes of (begin, end, channel, key, velocity) in ms."""
    events = [(0, bytes([0xC0 | channel, program])) for channel, program in programs.items()]
    for begin, end, channel, key, velocity in notes:
        events += [(begin, bytes([0x90 | channel, key, velocity])), (end, bytes([0x80 | channel, key, 0]))]
    track, now = b"\x00\xff\x51\x03" + (1_000_000).to_bytes(3, "big"), 0
    for at, event in sorted(events, key=lambda event: (event[0], event[1][0] & 0xF0 == 0x90)):
        track += variable(at - now) + event
        now = at
    track += b"\x00\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1000) + b"MTrk" + struct.pack(">I", len(track)) + track


def played(notes, programs):
    with temporary(".mid") as score, temporary(".wav") as out:
        score.write(midi(notes, programs))
        score.flush()
        run("fluidsynth", "-ni", "-q", "-r", 32000, "-g", 0.6, "-F", out.name, SOUND_FONT, score.name)
        return at_8_khz(out.name)


def voice_of(rng, channel, low, high, most, seconds):
    """One part: notes and chords of up to `most` keys between `low` and `high`."""
    scale, root = SCALES[rng.integers(len(SCALES))], rng.integers(12)
    keys = [key for key in range(low, high) if (key - root) % 12 in scale]
    beat, at = rng.integers(110, 400), 0
    while at < seconds * 1000:
        length = int(beat * rng.choice([0.5, 1, 1, 2, 4]))
        if rng.random() < 0.9:
            hold = int(length * rng.uniform(0.5, 1.1))
            for key in rng.choice(keys, rng.integers(1, most + 1), replace=False):
                yield at, at + hold, channel, int(key), int(rng.integers(50, 127))
        at += length


def solo(rng, name, seconds=180):
    """One instrument, alone or in chords."""
    most = rng.integers(1, 5)
    return played(voice_of(rng, 0, 55, 99, most, seconds), {0: SOLO[name]})


def band(rng, seconds=240):
    """A melody, chords, a bass and drums."""
    melody, pad = rng.choice(list(SOLO.values()), 2)
    notes = [*voice_of(rng, 0, 67, 96, 2, seconds), *voice_of(rng, 1, 52, 76, 4, seconds)]
    notes += [*voice_of(rng, 2, 30, 50, 1, seconds), *voice_of(rng, 9, 35, 59, 2, seconds)]
    return played(notes, {0: int(melody), 1: int(pad), 2: 33})


def electronic(rng, seconds=180):
    """Sine, square, triangle, sawtooth and plucked notes in twos and threes, some that glide."""
    parts = []
    while sum(map(len, parts)) < seconds * RATE:
        length = int(rng.choice([0.06, 0.1, 0.15, 0.25, 0.5, 1.5]) * RATE)
        t, sound = np.arange(length) / RATE, np.zeros(length)
        for _ in range(rng.integers(1, 4)):
            hz = 440 * 2 ** (rng.integers(-12, 27) / 12) * rng.uniform(0.99, 1.01)
            glide = rng.choice([0, 0, 0, 1]) * rng.uniform(-0.5, 0.5)
            phase = 2 * np.pi * hz * (t + glide * t**2 / 2)
            shape = rng.integers(4)
            wave = sum(
                np.sin(n * phase) / n**power
                for n, power in {0: ((1, 1),), 1: ((1, 1), (3, 1), (5, 1)), 2: ((1, 2), (3, 2)), 3: ((1, 1), (2, 1), (3, 1))}[int(shape)]
                if n * hz < 3500
            )
            sound += rng.uniform(0.3, 1) * np.exp(-t * rng.choice([0, 2, 10])) * wave
        edge = np.minimum(1, np.minimum(np.arange(length), np.arange(length)[::-1]) / 24)
        parts += [sound * edge, np.zeros(int(rng.choice([0, 0, 0.03, 0.1]) * RATE))]
    return np.concatenate(parts)


def pieces(rng):
    """Without end: (set, sound). Of eight pieces four are people, four are music."""
    voices, names = Voices(rng), list(SOLO)
    while True:
        yield "speech", voices.speech()
        yield "chords", chords(rng)
        yield "babble", voices.babble()
        name = rng.choice(names)
        yield f"solo {name}", solo(rng, name)
        yield "street", voices.street()
        yield "band", band(rng)
        yield "speech", voices.speech()
        yield "electronic", electronic(rng)
