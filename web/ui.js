// Elements, dialogs, notices, and how times are written.

import { Problem } from "./api.js";
import { locale, t } from "./language.js";

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

/** An element; texts are texts, never markup. */
export const h = (name, attributes, ...children) =>
  fill(document.createElement(name), attributes, children);

/** Adds to an element that is there. */
export const put = (element, ...children) => fill(element, {}, children);

/** The same for drawings. */
export const svg = (name, attributes, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

/** A short notice at the foot of the page. */
export function toast(text, bad = false) {
  const note = h("p", { class: bad ? "toast bad" : "toast" }, text);
  const notes = document.getElementById("toasts");
  notes.append(note);
  while (notes.children.length > 2) notes.firstChild.remove();
  setTimeout(() => note.remove(), bad ? 10000 : 5000);
}

/** What went wrong, in words. */
export function wordsOf(error) {
  if (error instanceof Problem) return error.words();
  console.error(error);
  return t("The page has failed. Load it again.");
}

/** Runs what a click asks for; the button is off meanwhile, and a failure is shown. */
export function doing(work) {
  return async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const button = form instanceof HTMLFormElement ? form.querySelector("[type=submit]") : form;
    button.disabled = true;
    try {
      await work(event);
    } catch (error) {
      toast(wordsOf(error), true);
    } finally {
      button.disabled = false;
    }
  };
}

/** A labelled field; `hint` is read out with it. */
export function field(label, input, hint) {
  const id = input.id || `f${Math.random().toString(36).slice(2)}`;
  input.id = id;
  const parts = [h("label", { for: id }, label), input];
  if (hint) {
    input.setAttribute("aria-describedby", `${id}-hint`);
    parts.push(h("p", { class: "hint", id: `${id}-hint` }, hint));
  }
  return h("div", { class: "field" }, parts);
}

/** Marks a field as wrong and says why, beside it; no words: it is right again. */
export function complain(input, words) {
  const id = `${input.id}-wrong`;
  document.getElementById(id)?.remove();
  input.toggleAttribute("aria-invalid", Boolean(words));
  const hint = document.getElementById(`${input.id}-hint`) ? `${input.id}-hint` : "";
  input.setAttribute("aria-describedby", words ? `${id} ${hint}`.trim() : hint);
  if (!words) return;
  input.setAttribute("aria-invalid", "true");
  input.after(h("p", { class: "wrong", id }, words));
  input.focus();
}

/** A dialog with a heading. The page waits behind it; Escape closes it. */
export function dialog(title, ...children) {
  const close = h("button", { type: "button", class: "quiet close", "aria-label": t("Close") }, "✕");
  const head = h("h2", { id: "dialog-title" }, title);
  const box = h("dialog", { "aria-labelledby": "dialog-title" }, head, close, children);
  close.addEventListener("click", () => box.close());
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}

/** Asks before something is done that cannot be undone. */
export function sure(title, words, verb) {
  return new Promise((resolve) => {
    const yes = h("button", { type: "button", class: "danger" }, verb);
    const no = h("button", { type: "button" }, t("Cancel"));
    const box = dialog(title, h("p", {}, words), h("div", { class: "buttons" }, no, yes));
    yes.addEventListener("click", () => {
      resolve(true);
      box.close();
    });
    no.addEventListener("click", () => box.close());
    box.addEventListener("close", () => resolve(false));
    no.focus();
  });
}

const DAY = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short" });
const TIME = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const EXACT = new Intl.DateTimeFormat(locale, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});
const RELATIVE = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
const SHARE = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });

export const clockTime = (at) => TIME.format(new Date(at));
export const exactTime = (at) => EXACT.format(new Date(at));
export const dayOf = (at) => DAY.format(new Date(at));

/** "Today 14:05", "Mon, 3 May 14:05". */
export function when(at) {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  return `${today ? t("Today") : DAY.format(date)} ${TIME.format(date)}`;
}

/** "in 3 days", "in 2 hours"; "5 minutes ago". */
export function relative(at) {
  const seconds = Math.round((new Date(at) - Date.now()) / 1000);
  const far = Math.abs(seconds);
  if (far < 60) return RELATIVE.format(seconds, "second");
  if (far < 90 * 60) return RELATIVE.format(Math.round(seconds / 60), "minute");
  if (far < 48 * 3600) return RELATIVE.format(Math.round(seconds / 3600), "hour");
  return RELATIVE.format(Math.round(seconds / 86400), "day");
}

/** When an order expires. */
export const until = (at) => (new Date(at) < Date.now() ? t("expired") : relative(at));

/** "87 %", or a dash where there is nothing to share. */
export const percent = (part, all) => (all ? SHARE.format(part / all) : "–");

/** A number with its unit: "1.5 s", "3 MB". */
export const withUnit = (value, unit, digits = 0, unitDisplay = "short") => new Intl.NumberFormat(locale,
  { style: "unit", unit, unitDisplay, maximumFractionDigits: digits }).format(value);

/** "1:05", "1:00:05". */
export function lasting(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** "3 days 2 hr", "5 hr 10 min". */
export function uptime(seconds) {
  const [d, hours] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24];
  const minutes = Math.floor(seconds / 60) % 60;
  const [days, h, min] = [withUnit(d, "day", 0, "long"), withUnit(hours, "hour"), withUnit(minutes, "minute")];
  if (d) return `${days} ${h}`;
  return hours ? `${h} ${min}` : min;
}

/** A table that scrolls by itself where it is too wide or too long; `name` is what it is of. */
export const scrolled = (name, table) =>
  h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, table);

/** The head of a table. */
export const headed = (...names) => h("thead", {}, h("tr", {}, names.map((name) =>
  h("th", { scope: "col" }, name))));

/** A badge: colour for the eye, words for everybody. */
export const badge = (kind, words) => h("span", { class: `badge ${kind}` }, words);
