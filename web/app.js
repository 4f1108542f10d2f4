// The shell: who is in, which view is shown.

import { get, onLoggedOut, post } from "./api.js";
import { LANGUAGES, choose, language, t } from "./language.js";
import { h, wordsOf } from "./ui.js";
import * as door from "./door.js";
import * as now from "./now.js";
import * as orders from "./orders.js";
import * as calls from "./calls.js";
import * as figures from "./figures.js";
import * as settings from "./settings.js";
import * as health from "./health.js";

const VIEWS = [
  ["now", t("Now"), now],
  ["orders", t("Orders"), orders],
  ["calls", t("Calls"), calls],
  ["figures", t("Figures"), figures],
  ["settings", t("Settings"), settings],
  ["health", t("Health"), health],
];

const view = document.getElementById("view");
const nav = document.getElementById("nav");
let leave = () => {};
let turn = 0;

document.getElementById("skip").textContent = t("Skip to the content");
document.getElementById("logout").textContent = t("Log out");
nav.setAttribute("aria-label", t("Views"));
nav.append(...VIEWS.map(([name, title]) => h("a", { href: `#${name}`, id: `nav-${name}` }, title)));

/** Shows the view that the address names: `#calls`, `#calls/01J...`. */
async function show() {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const [wanted, title, module] = VIEWS.find(([known]) => known === name) || VIEWS[0];
  const mine = ++turn;
  leave();
  leave = () => {};
  for (const [known] of VIEWS) {
    const link = document.getElementById(`nav-${known}`);
    if (known === wanted) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${title} · Maskline`;
  const content = h("div", { class: `view view-${wanted}` });
  view.replaceChildren(content);
  try {
    const left = await module.show(content, rest.map(decodeURIComponent));
    if (mine === turn) leave = left || leave;
    else left?.();
  } catch (error) {
    content.append(h("p", { class: "notice bad", role: "alert" }, wordsOf(error)));
  }
}

/** The switch of languages, at the foot of every view. */
function languages() {
  const select = h("select", { id: "language" }, Object.entries(LANGUAGES).map(([tag, name]) =>
    h("option", { value: tag, lang: tag }, name)));
  select.value = language;
  select.addEventListener("change", () => choose(select.value));
  document.getElementById("foot").append(h("label", { for: "language" }, t("Language")), select);
}

async function start() {
  turn += 1;
  leave();
  leave = () => {};
  let session;
  try {
    session = await get("/page/session");
  } catch (error) {
    view.replaceChildren(h("p", { class: "notice bad", role: "alert" }, wordsOf(error)));
    setTimeout(start, 5000);
    return;
  }
  const isIn = session.state === "in";
  document.getElementById("top").hidden = !isIn;
  document.getElementById("who").textContent = session.name || "";
  if (isIn) {
    await show();
  } else {
    view.replaceChildren();
    door.show(view, session, start);
  }
}

window.addEventListener("hashchange", () => {
  // The skip link is no view.
  if (location.hash === "#view") return;
  if (!document.getElementById("top").hidden) {
    show().then(() => {
      view.focus({ preventScroll: true });
      scrollTo(0, 0);
    });
  }
});

document.getElementById("logout").addEventListener("click", async () => {
  await post("/page/logout").catch(() => null);
  start();
});

let restarting = false;
onLoggedOut(() => {
  if (restarting) return;
  restarting = true;
  setTimeout(() => start().finally(() => { restarting = false; }), 0);
});

languages();
start();
