// The loudspeaker and the one microphone that the three phones share.

/** What the phones' sound is made at: the browser brings it to the machine's rate. */
const RATE = 8000;

let output = null;
let microphone = null;

/** The context of all that is heard; made at the first click, since browsers allow no sound before. */
async function listening() {
  output ||= (async () => {
    const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    await context.audioWorklet.addModule("/demo/speaker.js");
    return context;
  })();
  const context = await output;
  if (context.state === "suspended") await context.resume();
  return context;
}

/** An ear for a phone, from left (-1) to right (1): takes frames, has a place for tones, and tells how
 *  loud it is. */
export class Ear {
  constructor(place) {
    this.place = place;
    this.level = 0;
  }

  /** To be called in a click. */
  async open() {
    const context = await listening();
    if (this.speaker) return;
    this.context = context;
    this.speaker = new AudioWorkletNode(context, "speaker", { numberOfInputs: 0, outputChannelCount: [1] });
    this.meter = new AnalyserNode(context, { fftSize: 256 });
    this.out = new GainNode(context);
    this.speaker.connect(this.meter).connect(this.out);
    this.out.connect(new StereoPannerNode(context, { pan: this.place })).connect(context.destination);
    this.seen = new Float32Array(this.meter.fftSize);
  }

  play(frame) {
    this.speaker?.port.postMessage(frame, [frame]);
  }

  /** How loud it is now, 0 to 1, on a scale that eyes like. */
  loudness() {
    if (!this.meter) return 0;
    this.meter.getFloatTimeDomainData(this.seen);
    const power = this.seen.reduce((sum, sample) => sum + sample * sample, 0) / this.seen.length;
    const loud = power > 0 ? Math.max(0, 1 + Math.log10(power) / 5) : 0;
    this.level = Math.max(loud, this.level * 0.8);
    return this.level < 0.02 ? 0 : Math.min(1, this.level);
  }

  /** Quiet: it plays what is spoken in the same room. */
  set quiet(quiet) {
    if (this.out) this.out.gain.value = quiet ? 0.2 : 1;
  }
}

/** Opens the microphone, once; fails where there is none or nobody allows it. */
async function open() {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
  // Of the machine's own rate: not every browser brings a microphone to another one.
  const context = new AudioContext({ latencyHint: "interactive" });
  await context.audioWorklet.addModule("/demo/microphone.js");
  const band = () => new BiquadFilterNode(context, { type: "lowpass", frequency: 3400 });
  const worklet = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0 });
  new MediaStreamAudioSourceNode(context, { mediaStream: stream })
    .connect(band()).connect(band()).connect(worklet);
  await context.resume();
  return worklet;
}

/** Gives what the microphone hears to `take`, 20 ms at a time; false where there is no microphone. */
export async function speakTo(take) {
  try {
    microphone ||= await open();
  } catch {
    return false;
  }
  microphone.port.onmessage = ({ data }) => take(data);
  return true;
}

/** The microphone is nobody's. */
export function hush() {
  if (microphone) microphone.port.onmessage = null;
}
