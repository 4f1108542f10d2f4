// A phone's earpiece, on the browser's sound thread. Frames come unevenly over the network and are
// played evenly: a little is gathered first, and what is late and too much goes.

const BEGIN = 480; // samples: 60 ms
const MOST = 2400; // 300 ms

class Speaker extends AudioWorkletProcessor {
  constructor() {
    super();
    this.waiting = new Float32Array(MOST);
    this.from = 0;
    this.count = 0;
    this.playing = false;
    this.port.onmessage = ({ data }) => this.take(new Int16Array(data));
  }

  take(samples) {
    for (const sample of samples) {
      if (this.count === MOST) {
        // Back to the beginning of the buffer's worth: one short gap instead of a long delay.
        this.from = (this.from + MOST - BEGIN) % MOST;
        this.count = BEGIN;
      }
      this.waiting[(this.from + this.count) % MOST] = sample / 32768;
      this.count += 1;
    }
    this.playing ||= this.count >= BEGIN;
  }

  process(_inputs, [[out]]) {
    const most = this.playing ? Math.min(this.count, out.length) : 0;
    for (let i = 0; i < most; i += 1) out[i] = this.waiting[(this.from + i) % MOST];
    this.from = (this.from + most) % MOST;
    this.count -= most;
    if (this.count === 0) this.playing = false;
    return true;
  }
}

registerProcessor("speaker", Speaker);
