// A phone's microphone, on the browser's sound thread: whatever rate the machine has, out come 20 ms at
// 8 kHz. The way to here has taken away what is above the telephone's band.

const RATE = 8000;
const FRAME = 160;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / RATE;
    this.at = 0; // where the next sample of ours lies, counted from the last of theirs
    this.last = 0;
    this.frame = new Int16Array(FRAME);
    this.count = 0;
  }

  process([[heard]]) {
    if (!heard) return true;
    for (const sample of heard) {
      while (this.at <= 1) {
        this.put(this.last + (sample - this.last) * this.at);
        this.at += this.step;
      }
      this.at -= 1;
      this.last = sample;
    }
    return true;
  }

  put(sample) {
    this.frame[this.count] = Math.max(-1, Math.min(1, sample)) * 32767;
    this.count += 1;
    if (this.count < FRAME) return;
    this.count = 0;
    this.port.postMessage(this.frame.slice().buffer);
  }
}

registerProcessor("microphone", Microphone);
