// The recording of a call, and how its sound was.

import { number, t } from "./language.js";
import { h, percent, withUnit } from "./ui.js";

/** Listening to a recording. It is loaded when somebody plays it. */
export function player(call) {
  const said = h("p", { class: "hint", role: "status" }, t("Who listens is noted in the log."));
  const audio = h("audio", {
    controls: true, preload: "none", src: call.call_record, "aria-label": t("Recording of this call"),
    onerror: () => {
      said.textContent = t("The recording cannot be played: it was erased, or this browser does not know its format.");
    },
  });
  return h("div", { class: "recording" }, audio, said);
}

const MISSING = {
  received: t("Nothing was heard from the phones in this call."),
  sent: t("Nothing could be said to the phones in this call."),
  both: t("This call had no sound."),
};

/** What was wrong with the sound of a call, and what to do; nothing if it was well. */
export function soundTrouble(sound) {
  if (!sound) return "";
  const missing = MISSING[sound.missing];
  if (missing) {
    return `${missing} ${t("If it happens again, check the modem's audio cable and restart the modem.")}`;
  }
  const share = (part, all) => (all ? part / all : 0);
  if (share(sound.frames_dropped + sound.frames_late, sound.frames_sent) > 0.02) {
    return t("The sound of this call was broken up: the box was too busy, or its USB connection is bad.");
  }
  if (share(sound.frames_clipped, sound.frames_received) > 0.02) {
    return t("The phones were so loud that their sound was distorted.");
  }
  return "";
}

/** The figures, as pairs of a list of facts. */
export function soundFacts(sound) {
  if (!sound) return null;
  const level = sound.received_dbm0 == null ? t("silence") : `${number(sound.received_dbm0)} dBm0`;
  return [
    h("dt", {}, t("Heard from the phones")), h("dd", {}, level),
    h("dt", {}, t("Longest silence")), h("dd", {}, withUnit(sound.longest_silence_ms / 1000, "second", 1, "narrow")),
    h("dt", {}, t("Distorted")), h("dd", {}, percent(sound.frames_clipped, sound.frames_received)),
    h("dt", {}, t("Sent late or lost")),
    h("dd", {}, percent(sound.frames_late + sound.frames_dropped, sound.frames_sent)),
  ];
}
