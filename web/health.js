// Health: what is well, what is not, and what to do about it; the deliveries that wait; the log.

import { get } from "./api.js";
import * as deliveries from "./deliveries.js";
import { fromBox, number, plural, t } from "./language.js";
import * as log from "./log.js";
import { badge, h, put, uptime, when, withUnit, wordsOf } from "./ui.js";
import { soundTrouble } from "./sound.js";
import { LINE, signal } from "./words.js";

const PARTS = [["", t("Checks"), { show: checks }], ["deliveries", t("Deliveries"), deliveries],
  ["log", t("Log"), log]];

/** Shows the part that the address names; returns how to leave it. */
export async function show(view, [name = ""]) {
  const [here, , part] = PARTS.find(([known]) => known === name) || PARTS[0];
  const links = PARTS.map(([known, title]) => h("a", {
    href: known ? `#health/${known}` : "#health", "aria-current": known === here ? "page" : null,
  }, title));
  const content = h("div", { class: "view" });
  put(view, h("h1", {}, t("Health")), h("nav", { class: "parts", "aria-label": t("Parts of Health") }, links),
    content);
  return part.show(content);
}

async function checks(view) {
  const list = h("ul", { class: "checks" });
  const facts = h("dl", { class: "facts" });
  const trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
  const look = async () => {
    try {
      const status = await get("/api/v1/status");
      trouble.hidden = true;
      showChecks(list, status);
      facts.replaceChildren(
        h("dt", {}, t("Version")), h("dd", {}, status.version),
        h("dt", {}, t("Running for")), h("dd", {}, uptime(status.uptime_s)),
        h("dt", {}, t("Orders")), h("dd", {}, number(status.store.orders)),
        h("dt", {}, t("Call records")), h("dd", {}, number(status.store.records)),
        h("dt", {}, t("On disk")), h("dd", {}, octets(status.store.size_on_disk)));
    } catch (error) {
      trouble.textContent = wordsOf(error);
      trouble.hidden = false;
    }
  };
  put(view, trouble,
    h("section", { class: "card", "aria-labelledby": "checks" },
      h("h2", { id: "checks" }, t("Checks")), list),
    h("section", { class: "card", "aria-labelledby": "box" }, h("h2", { id: "box" }, t("The box")), facts));
  await look();
  const timer = setInterval(look, 5000);
  return () => clearInterval(timer);
}

function octets(n) {
  return n < 1e6 ? withUnit(Math.ceil(n / 1000), "kilobyte") : withUnit(n / 1e6, "megabyte", 1);
}

function showChecks(view, status) {
  const found = [];
  const tell = (kind, name, words, todo, link) => found.push([kind, name, words, todo, link]);
  for (const line of status.lines) {
    const [kind, words, advice] = LINE[line.state] || ["dull", line.state, ""];
    const fault = line.fault && fromBox(line.fault);
    tell(kind === "live" ? "good" : kind, t("Line {name}", { name: line.name }), fault || words, fault ? "" : advice);
    const [bars, strength] = signal(line.signal_dbm);
    if (line.signal_dbm != null && bars < 2) {
      tell("warn", t("Signal of {name}", { name: line.name }), strength,
        t("Move the antenna higher or nearer to a window."));
    }
    const sound = soundTrouble(line.last_call_sound);
    if (sound) tell("warn", t("Sound of the last call on {name}", { name: line.name }), t("something was wrong"), sound);
    if (line.merge === "refused") {
      tell("bad", t("Connecting calls on {name}", { name: line.name }), t("refused by the network"),
        t("Ask the SIM's provider to enable call hold and multiparty calls (conference) on this SIM."));
    }
  }
  const { store, clock, webhook, recordings } = status;
  const book = t("Order book and call records");
  if (store.healthy) tell("good", book, t("safe on the disk"), "");
  else tell("bad", book, t("something stored may be missing"),
    t("See the notices below, make a copy of the data folder, and check the disk."));
  for (const notice of store.notices) tell("warn", t("Notice of the store"), fromBox(notice), "");
  if (clock.trusted) tell("good", t("Clock"), when(clock.now), "");
  else tell("warn", t("Clock"), t("not set"),
    t("Connect the box to the internet once, or wait until the mobile network tells the time. "
      + "Until then no order expires."));
  const kept = t("Recordings");
  if (recordings.fault) tell("bad", kept, t("calls are not recorded"), fromBox(recordings.fault));
  else if (recordings.on || recordings.files) {
    tell("good", kept, t("{files} kept, {size}", { files: recordings.files, size: octets(recordings.size_on_disk) }), "");
  }
  const hook = t("Deliveries");
  if (!webhook.configured) tell("dull", hook, t("no webhook is set up"), "");
  else if (webhook.waiting === 0) tell("good", hook, t("all calls are delivered"), "");
  else tell(webhook.waiting > 20 ? "warn" : "wait", hook,
    plural(webhook.waiting, "{n} call waits", "{n} calls wait"),
    t("Check whether the receiving server is up. Nothing is lost for seven days."),
    h("a", { href: "#health/deliveries" }, t("Show what waits")));
  const names = { good: t("OK"), warn: t("Check"), wait: t("Waiting"), bad: t("Problem"), dull: "–" };
  const text = JSON.stringify(found.map(([kind, name, words]) => [kind, name, words]));
  if (view.dataset.text === text) return;
  view.dataset.text = text;
  view.replaceChildren(...found.map(([kind, name, words, todo, link]) =>
    h("li", {}, badge(kind, names[kind]), h("div", {}, h("strong", {}, name), h("br", {}), h("span", {}, words),
      todo && h("p", { class: "hint" }, todo), link))));
}
