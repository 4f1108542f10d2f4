// One phone: its display, its keys, and the socket to its place in the network.

import { h } from "/page/ui.js";
import { Ear, hush, speakTo } from "./sound.js";
import * as tones from "./tones.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const NAMES = { courier: "Courier", customer: "Customer", operator: "Operator" };

const CAUSES = {
  hung_up: "You have hung up.",
  released: "The box has ended the call.",
  busy: "The line is busy.",
  no_answer: "Nobody answered.",
  unreachable: "The number cannot be reached.",
  lost: "The call was lost.",
};

/** "+61 2 5550 0099" */
export const written = (number) => number.replace(/^\+61(\d)(\d{4})(\d{4})$/, "+61 $1 $2 $3");

const isThrough = (call) => ["connected", "held"].includes(call);

/** Who has the microphone. */
let talker = null;

export class Phone {
  /** `told` is called whenever its call has changed; `noMicrophone` when there is none to speak into. */
  constructor({ role, number }, box, place, told, noMicrophone) {
    Object.assign(this, { role, box, told, noMicrophone });
    this.display = { call: "idle", hears: [] };
    this.typed = "";
    this.since = 0;
    this.ear = new Ear(place);
    this.build(number);
    this.connect();
    setInterval(() => this.clock(), 500);
  }

  build(number) {
    const button = (words, kind, deed) =>
      h("button", { type: "button", class: kind, onclick: deed }, words);
    this.line = h("p", { class: "line-number" });
    this.what = h("p", { class: "what", role: "status" });
    this.time = h("p", { class: "time", "aria-hidden": "true" });
    this.keyed = h("p", { class: "keyed", "aria-hidden": "true" });
    this.meter = h("div", { class: "meter", "aria-hidden": "true" }, h("i", {}));
    this.call = button("Call", "go", () => this.dial());
    this.answer = button("Answer", "go", () => this.press("answer"));
    this.hangUp = button("Hang up", "stop", () => this.end());
    this.talk = button("Talk", "talk", () => this.speak());
    const title = `${this.role}-title`;
    this.element = h("article", { class: "phone", "data-role": this.role, "aria-labelledby": title, tabindex: "-1" },
      h("div", { class: "owner" }, h("h2", { id: title }, NAMES[this.role]),
        h("p", { class: "small" }, h("span", { class: "hidden" }, "This phone's own number: "), written(number))),
      h("div", { class: "screen" }, this.line, this.what,
        h("div", { class: "foot" }, this.keyed, this.time), this.meter),
      h("div", { class: "keys", role: "group", "aria-label": `Keys of the ${this.role}'s phone` },
        KEYS.map((key) => button(key, "key", () => this.key(key)))),
      h("div", { class: "deeds" }, this.call, this.answer, this.hangUp, this.talk));
    this.element.addEventListener("keydown", (event) => {
      if (KEYS.includes(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) this.key(event.key);
    });
    this.show();
  }

  connect() {
    this.socket = new WebSocket(`ws://${location.host}/demo/phones/${this.role}`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.change(JSON.parse(data));
      else this.ear.play(data);
    };
    this.socket.onclose = () => {
      this.change({ call: "gone", hears: [] });
      setTimeout(() => this.connect(), 1000);
    };
  }

  send(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(message);
  }

  press(deed) {
    this.send(JSON.stringify(deed));
  }

  change(display) {
    const before = this.display.call;
    this.display = display;
    if (display.call !== before) {
      if (!isThrough(before)) this.since = Date.now();
      if (!isThrough(display.call)) this.silent();
      if (display.call !== "idle") this.typed = "";
      if (display.call === "ringing") this.element.scrollIntoView({ block: "nearest" });
      this.sounds();
    }
    this.show();
    this.told();
  }

  /** What the phone or its network sounds now. */
  sounds() {
    this.stopTone?.();
    this.stopTone = null;
    const { context, out } = this.ear;
    if (!context) return;
    const tone = { ringing: "ring", ring_back: "ring_back", held: "hold" }[this.display.call];
    if (tone) this.stopTone = tones.repeat(context, out, tone);
    else if (this.display.cause === "busy") this.stopTone = tones.repeat(context, out, "busy", 4);
  }

  free() {
    return ["idle", "ended"].includes(this.display.call);
  }

  dial() {
    const digits = this.typed.replace(/\D/g, "");
    const known = !digits || (digits.length >= 9 && digits.endsWith(this.box.slice(3)));
    if (known) this.press("call");
    else this.note("No such number here. Clear it, then press Call.");
  }

  end() {
    if (this.free()) this.typed = "";
    else this.press("hang_up");
    this.show();
  }

  key(key) {
    if (this.ear.context) tones.key(this.ear.context, this.ear.out, key);
    this.typed = (this.typed + key).slice(-16);
    if (this.display.call === "connected") this.press({ key });
    if (!this.free() && this.display.call !== "connected") this.typed = "";
    this.show();
  }

  /** Gives this phone the microphone, or takes it away; without one the phone says a sentence. */
  async speak() {
    if (talker === this) return this.silent();
    talker?.silent();
    talker = this;
    this.show();
    const live = await speakTo((frame) => this.send(frame));
    if (live && talker === this) return this.told();
    if (talker === this) this.silent();
    if (live) return undefined;
    this.noMicrophone();
    return this.press("speak");
  }

  silent() {
    if (talker !== this) return;
    talker = null;
    hush();
    this.show();
    this.told();
  }

  talks() {
    return talker === this;
  }

  note(words) {
    this.what.textContent = words;
  }

  clock() {
    const seconds = Math.floor((Date.now() - this.since) / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    this.time.textContent = isThrough(this.display.call) ? time : "";
  }

  words() {
    const { call, cause, hears } = this.display;
    switch (call) {
      case "idle": return this.typed ? "Press Call" : "Ready to call the box";
      case "calling": return "Calling …";
      case "ring_back": return "It rings …";
      case "ringing": return "Incoming call from the box's number";
      case "held": return "On hold while the box calls the other phone";
      case "ended": return CAUSES[cause] || "The call is over.";
      case "gone": return "The demo has ended, or this page was cut off.";
      default: break;
    }
    if (hears.includes("box")) return "The box speaks";
    const person = hears.find((who) => who !== "box");
    return person ? `You hear the ${person}` : "Connected";
  }

  show() {
    const { call } = this.display;
    const held = this.element.contains(document.activeElement) ? document.activeElement : null;
    const through = isThrough(call);
    this.element.dataset.call = call;
    this.line.textContent = this.free() && this.typed ? this.typed : written(this.display.shown || this.box);
    const words = this.words();
    if (this.what.textContent !== words) this.what.textContent = words;
    this.clock();
    this.keyed.textContent = through ? this.typed : "";
    this.call.hidden = !this.free();
    this.answer.hidden = call !== "ringing";
    this.hangUp.hidden = call === "gone" || (this.free() && !this.typed);
    this.hangUp.textContent = this.free() ? "Clear" : { ringing: "Decline" }[call] || "Hang up";
    this.talk.hidden = !through;
    this.talk.disabled = call === "held";
    this.talk.textContent = this.talks() ? "Stop talking" : "Talk";
    this.talk.setAttribute("aria-pressed", String(this.talks()));
    // A button that goes must not take the keyboard with it.
    if (held?.hidden) this.element.focus({ preventScroll: true });
  }

  /** Draws how loud its ear is. */
  draw() {
    const loud = this.ear.loudness();
    if (loud === this.drawn) return;
    this.drawn = loud;
    this.meter.style.setProperty("--loud", loud.toFixed(2));
  }
}
