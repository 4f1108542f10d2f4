// The page's language: the one chosen in this browser, else the browser's own. The texts in the code are
// English and are the keys of the other languages' words (words/de.json and so on).

const CHOSEN = "maskline-language";

/** The languages there are, each by its own name. */
export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", fr: "Français" };

const known = (tag) => Object.hasOwn(LANGUAGES, tag);
const bare = (tag) => tag.toLowerCase().split("-")[0];

function chosen() {
  try {
    return localStorage.getItem(CHOSEN) || "";
  } catch {
    return "";
  }
}

const own = navigator.languages || [];

/** The language, such as `de`. */
export const language = [chosen(), ...own.map(bare)].find(known) || "en";

/** The same as the browser's owner writes numbers and times, such as `de-AT`. */
export const locale = own.find((tag) => bare(tag) === language) || language;

document.documentElement.lang = language;

/** Keeps another language in this browser, and shows the page in it. */
export function choose(tag) {
  try {
    localStorage.setItem(CHOSEN, tag);
  } catch {
    // A browser that keeps nothing goes on in its own language.
  }
  location.reload();
}

async function load() {
  if (language === "en") return { words: {}, box: {} };
  try {
    const answer = await fetch(`/page/words/${language}.json`);
    return answer.ok ? await answer.json() : { words: {}, box: {} };
  } catch {
    return { words: {}, box: {} };
  }
}

const table = await load();
const form = new Intl.PluralRules(language);
const plain = new Intl.NumberFormat(locale);

/** A number as it is written here. */
export const number = (n) => plain.format(n);

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => {
    const value = values[name];
    if (value == null) return place;
    return typeof value === "number" ? number(value) : value;
  });
}

/** A text in the page's language; `{name}` becomes a value. */
export function t(text, values = {}) {
  return filled(table.words[text] || text, values);
}

/** A text about a number of things: `{n}` becomes the number. */
export function plural(n, one, other, values = {}) {
  const forms = table.words[other] || { one, other };
  return filled(forms[form.select(n)] || forms.other, { n, ...values });
}

/** What the box says in English: whole sentences, some with values. What is not known stays English. */
export function fromBox(text) {
  const whole = table.box[text];
  if (whole) return whole;
  for (const [english, words] of patterns()) {
    const found = english.exec(text);
    if (found) return filled(words, Object.fromEntries(Object.entries(found.groups || {})));
  }
  return text;
}

let cached = null;

function patterns() {
  cached ||= Object.entries(table.box).filter(([english]) => english.includes("{")).map(([english, words]) => {
    const parts = english.split(/\{(\w+)\}/);
    const source = parts.map((part, i) =>
      (i % 2 ? `(?<${part}>.+?)` : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))).join("");
    return [new RegExp(`^${source}$`), words];
  });
  return cached;
}
