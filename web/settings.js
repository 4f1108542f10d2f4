// Settings: what staff may change, where each value comes from, and the page's password.

import { ask, get, post, sentence } from "./api.js";
import { fromBox, number, t } from "./language.js";
import { complain, doing, field, h, put, toast, wordsOf } from "./ui.js";

const SECONDS = { scale: 1000, words: t("seconds") };
const ONE = { scale: 1, words: "" };

/** What a setting is called, what it means, and its unit. */
export const SETTINGS = {
  "operator.number": [t("Operator's phone"),
    t("Callers reach it by pressing #. Left empty, there is no operator and nobody hears of one.")],
  "calls.accept_key": [t("The person called presses a key first"),
    t("A voicemail box can then never answer for a person.")],
  "calls.direct_connect": [t("Connect without an order number"),
    t("A caller who has exactly one order is connected without keying its number.")],
  "calls.uniform_refusal": [t("The same words for every refusal"),
    t("Nobody can find out by trying which order numbers exist.")],
  "calls.max_talk_minutes": [t("Longest conversation"),
    t("0 is no limit. Both hear a tone one minute before the end."), { scale: 1, words: t("minutes") }],
  "calls.record": [t("Record conversations"),
    t("Ask first whether the law lets you, and whom you have to tell.")],
  "calls.recording_notice": [t("Say that the call is recorded"),
    t("Both people hear it before they are connected.")],
  "calls.hint_ms": [t("Mention the operator after"),
    t("How long a caller keys nothing before hearing that # reaches the operator."), SECONDS],
  "calls.entry_ms": [t("Wait for the next key"),
    t("After so long without a key, the digits keyed so far are looked up."), SECONDS],
  "calls.ring_timeout_ms": [t("Let the other phone ring"),
    t("After that the caller hears that nobody answers. Voicemail often answers after 20 to 30 seconds."), SECONDS],
  "calls.max_entries": [t("Wrong order numbers in one call"),
    t("After so many, the box says goodbye, and that phone has to wait before it may try again."),
    ONE],
  "dialling.minutes_per_hour": [t("Minutes dialled per hour"),
    t("For each line. Past it nobody is called until the hour is over: a bound on fraud."),
    ONE],
  "dialling.new_numbers_per_hour": [t("New numbers dialled per hour"),
    t("Numbers that were not dialled in the hour before; the same bound."), ONE],
};

const GROUPS = [
  [t("Calls"), ["operator.number", "calls.accept_key", "calls.direct_connect", "calls.uniform_refusal",
    "calls.max_talk_minutes"]],
  [t("Recording"), ["calls.record", "calls.recording_notice"]],
  [t("Waiting times"), ["calls.hint_ms", "calls.entry_ms", "calls.ring_timeout_ms", "calls.max_entries"]],
  [t("Limits of dialling"), ["dialling.minutes_per_hour", "dialling.new_numbers_per_hour"]],
];

/** Shows the view. */
export async function show(view) {
  const groups = h("div", { class: "settings" });
  put(view, h("h1", {}, t("Settings")),
    h("p", { class: "small" }, t("Changes hold from the next call on; a call that runs goes on as it began. "
      + "What is not here is in the box's configuration file.")),
    groups,
    h("section", { class: "card", "aria-labelledby": "pw" }, h("h2", { id: "pw" }, t("Password")), passwordForm()));
  const { items } = await get("/api/v1/settings");
  const known = GROUPS.flatMap(([, names]) => names);
  const others = items.map((item) => item.name).filter((name) => !known.includes(name));
  const shown = others.length ? [...GROUPS, [t("Other"), others]] : GROUPS;
  shown.forEach(([title, names], i) => {
    const rows = names.map((name) => items.find((item) => item.name === name)).filter(Boolean);
    if (!rows.length) return;
    const id = `group-${i}`;
    groups.append(h("section", { class: "card", "aria-labelledby": id }, h("h2", { id }, title),
      rows.map((setting) => row(setting))));
  });
}

const wordsFor = (setting) => SETTINGS[setting.name] || [setting.name, ""];
const unitOf = (setting) => wordsFor(setting)[2] || ONE;

/** A value of a setting as people read it. */
export function told(name, value) {
  if (typeof value === "boolean") return value ? t("on") : t("off");
  if (typeof value === "string") return value || t("none");
  if (name === "calls.max_talk_minutes" && value === 0) return t("no limit");
  const { scale, words } = unitOf({ name });
  return `${number(value / scale)} ${words}`.trim();
}

/** One setting with its form; it draws itself anew when it was changed. */
function row(setting) {
  const place = h("div", { class: "setting" });
  draw(place, setting);
  return place;
}

function draw(place, setting) {
  const [name, meaning] = wordsFor(setting);
  const fixed = Boolean(setting.fixed);
  const path = `/api/v1/settings/${encodeURIComponent(setting.name)}`;
  const save = async (input, value) => {
    complain(input, "");
    try {
      draw(place, await ask("PUT", path, { value }));
    } catch (error) {
      if (error.place !== "body /value") throw error;
      return complain(input, sentence(error.message));
    }
    toast(t("Saved. It holds from the next call on."));
    place.querySelector("input").focus();
  };
  const reset = doing(async () => {
    await ask("DELETE", path);
    const { items } = await get("/api/v1/settings");
    draw(place, items.find((item) => item.name === setting.name));
    toast(t("Saved. It holds from the next call on."));
    place.querySelector("input").focus();
  });
  const form = setting.kind === "switch" ? switchForm(setting, name, meaning, save)
    : textForm(setting, name, meaning, save);
  place.replaceChildren(form, source(setting, fixed, reset));
}

function switchForm(setting, name, meaning, save) {
  const id = `set-${setting.name}`;
  const input = h("input", { type: "checkbox", role: "switch", id, disabled: Boolean(setting.fixed),
    "aria-describedby": `${id}-hint` });
  input.checked = setting.value;
  input.addEventListener("change", doing(async () => {
    const wanted = input.checked;
    try {
      await save(input, wanted);
    } catch (error) {
      input.checked = !wanted;
      throw error;
    }
  }));
  return h("div", { class: "check" }, input, h("div", {}, h("label", { for: id }, name),
    h("p", { class: "hint", id: `${id}-hint` }, meaning)));
}

function textForm(setting, name, meaning, save) {
  const { scale, words } = unitOf(setting);
  const isNumber = setting.kind === "number";
  const shown = isNumber ? setting.value / scale : setting.value;
  const input = h("input", {
    id: `set-${setting.name}`, value: String(shown), disabled: Boolean(setting.fixed), autocomplete: "off",
    ...(isNumber ? { type: "number", min: setting.min / scale, max: setting.max / scale, required: true,
      step: scale === 1 ? 1 : "any" } : { type: "tel", maxlength: "24" }),
  });
  const button = h("button", { type: "submit", hidden: true }, t("Save"));
  input.addEventListener("input", () => { button.hidden = input.value === String(shown); });
  const value = () => (isNumber ? Math.round(Number(input.value) * scale) : input.value.trim());
  const range = isNumber ? ` ${t("From {min} to {max}.", { min: setting.min / scale, max: setting.max / scale })}` : "";
  const labelled = field(name, input, meaning + range);
  if (words) {
    const unit = h("span", { id: `${input.id}-unit` }, words);
    input.setAttribute("aria-describedby", `${unit.id} ${input.getAttribute("aria-describedby")}`);
    const line = h("div", { class: "with-unit" });
    input.before(line);
    line.append(input, unit);
  }
  return h("form", { onsubmit: doing(() => save(input, value())) }, labelled, button);
}

/** Where the value comes from, and the way back. */
function source(setting, fixed, reset) {
  const parts = [];
  if (fixed) parts.push(t("Fixed on the box: {why}.", { why: fromBox(setting.fixed) }));
  if (setting.refused && !fixed) {
    parts.push(t("What was set here does not hold: {why}.", { why: fromBox(setting.refused) }));
  }
  if (setting.from === "staff") {
    const before = setting.file ?? setting.default;
    const words = setting.file == null ? t("Changed here; otherwise {value}.", { value: told(setting.name, before) })
      : t("Changed here; the file says {value}.", { value: told(setting.name, before) });
    parts.push(words);
  } else if (setting.from === "file" && !fixed) {
    parts.push(t("From the configuration file."));
  }
  const back = setting.staff != null && !fixed
    && h("button", { type: "button", class: "small", onclick: reset,
      "aria-label": t("Undo: {name}", { name: wordsFor(setting)[0] }) }, t("Undo"));
  return parts.length || back ? h("div", { class: "source" }, h("p", { class: "hint" }, parts.join(" ")), back) : "";
}

function passwordForm() {
  const old = h("input", { type: "password", autocomplete: "current-password", required: true });
  const fresh = h("input", { type: "password", autocomplete: "new-password", required: true });
  const submit = doing(async () => {
    [old, fresh].forEach((input) => complain(input, ""));
    try {
      await post("/api/page/password", { old: old.value, new: fresh.value });
    } catch (error) {
      if (error.place === "body /old") return complain(old, wordsOf(error));
      if (error.place === "body /password") return complain(fresh, wordsOf(error));
      throw error;
    }
    toast(t("The password was changed. Everybody has to log in again."));
    await get("/api/v1/status").catch(() => null);
  });
  return h("form", { class: "password", onsubmit: submit }, field(t("Present password"), old),
    field(t("New password"), fresh, t("At least {n} characters. Three words are good.", { n: 10 })),
    h("div", { class: "buttons start" }, h("button", { type: "submit" }, t("Change the password"))));
}
