// What a phone or its network sounds by itself: ringing, ringing at the other end, busy, keys.

const KEYS = {
  1: [697, 1209], 2: [697, 1336], 3: [697, 1477], 4: [770, 1209], 5: [770, 1336], 6: [770, 1477],
  7: [852, 1209], 8: [852, 1336], 9: [852, 1477], "*": [941, 1209], 0: [941, 1336], "#": [941, 1477],
};

/** Frequencies, how loud, and how long on and off by turns, in seconds. */
const TONES = {
  ring: { pitches: [660, 880], gain: 0.05, turns: [0.35, 0.2, 0.35, 2.1] },
  ring_back: { pitches: [400, 425], gain: 0.03, turns: [0.4, 0.2, 0.4, 2] },
  busy: { pitches: [425], gain: 0.03, turns: [0.375, 0.375] },
  hold: { pitches: [425], gain: 0.015, turns: [0.15, 4] },
};

/** A tone to a node, at once, for some seconds. */
function sound(context, to, pitches, gain, begin, length) {
  const level = new GainNode(context, { gain: 0 });
  level.gain.setValueAtTime(0, begin);
  level.gain.linearRampToValueAtTime(gain, begin + 0.01);
  level.gain.setValueAtTime(gain, begin + length - 0.01);
  level.gain.linearRampToValueAtTime(0, begin + length);
  level.connect(to);
  for (const frequency of pitches) {
    const wave = new OscillatorNode(context, { frequency });
    wave.connect(level);
    wave.start(begin);
    wave.stop(begin + length);
  }
  return level;
}

/** The tone of a key, as the person who presses it hears it. */
export function key(context, to, name) {
  if (KEYS[name]) sound(context, to, KEYS[name], 0.04, context.currentTime, 0.12);
}

/** Repeats a tone until told otherwise; returns how to end it. `times` limits it. */
export function repeat(context, to, name, times = Infinity) {
  const { pitches, gain, turns } = TONES[name];
  const every = turns.reduce((all, turn) => all + turn, 0);
  let playing = [];
  let timer = 0;
  const once = () => {
    playing = [];
    let at = context.currentTime;
    turns.forEach((turn, i) => {
      if (i % 2 === 0) playing.push(sound(context, to, pitches, gain, at, turn));
      at += turn;
    });
    times -= 1;
    if (times > 0) timer = setTimeout(once, every * 1000);
  };
  once();
  return () => {
    clearTimeout(timer);
    playing.forEach((level) => level.disconnect());
  };
}
