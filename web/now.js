// Now: the lines, what is going on on them, and the latest calls.

import { get, sentence, watch } from "./api.js";
import { fromBox, number, plural, t } from "./language.js";
import { badge, h, lasting, percent, wordsOf } from "./ui.js";
import { LINE, MERGE, PHASE, STEPS, signal } from "./words.js";
import { callRow } from "./calls.js";

/** Shows the view; returns how to leave it. */
export async function show(view) {
  const lines = h("div", { class: "lines" });
  const tiles = h("dl", { class: "tiles" });
  const latest = h("div", {});
  const trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
  view.append(
    h("h1", {}, t("Now")), trouble, lines,
    h("h2", {}, t("Today")), tiles,
    h("div", { class: "heading" }, h("h2", {}, t("Latest calls")), h("a", { href: "#calls" }, t("All calls"))),
    latest,
  );
  const seen = { lines: "", calls: "", since: {} };
  const look = async () => {
    try {
      const [status, calls, figures] = await Promise.all([
        get("/api/v1/status"),
        get("/api/page/calls?limit=5"),
        get(`/api/page/figures?since=${encodeURIComponent(midnight().toISOString())}`),
      ]);
      trouble.hidden = true;
      showLines(lines, status, seen);
      showTiles(tiles, figures, status);
      const text = JSON.stringify(calls.items);
      if (text !== seen.calls) {
        seen.calls = text;
        latest.replaceChildren(calls.items.length
          ? h("ul", { class: "rows" }, calls.items.map(callRow))
          : h("p", { class: "empty" }, t("No calls yet. Call the box's number and key an order number.")));
      }
    } catch (error) {
      trouble.textContent = wordsOf(error);
      trouble.hidden = false;
    }
  };
  await look();
  const stop = watch(look);
  const tick = setInterval(() => {
    for (const clock of lines.querySelectorAll("[data-since]")) {
      clock.textContent = lasting(Date.now() - Number(clock.dataset.since));
    }
  }, 1000);
  return () => {
    stop();
    clearInterval(tick);
  };
}

function midnight() {
  const day = new Date();
  day.setHours(0, 0, 0, 0);
  return day;
}

function showLines(view, status, seen) {
  const text = JSON.stringify(status.lines);
  if (text === seen.lines) return;
  seen.lines = text;
  view.replaceChildren(...status.lines.map((line) => lineCard(line, seen)));
}

function lineCard(line, seen) {
  const [kind, words, advice] = LINE[line.state] || ["dull", line.state, ""];
  if (line.call && !seen.since[line.name]) seen.since[line.name] = Date.now();
  if (!line.call) delete seen.since[line.name];
  const [bars, strength] = signal(line.signal_dbm);
  const [, merge] = MERGE[line.merge] || MERGE.unknown;
  const fact = (name, value) => value && [h("dt", {}, name), h("dd", {}, value)];
  const problem = line.fault ? sentence(fromBox(line.fault)) : advice;
  return h("section", { class: `card line ${kind}`, "aria-labelledby": `line-${line.name}` },
    h("div", { class: "heading" }, h("h2", { id: `line-${line.name}` }, line.name), badge(kind, words)),
    problem && h("p", { class: kind === "bad" ? "notice bad" : "notice" }, problem),
    line.merge === "refused" && h("p", { class: "notice bad" },
      t("The network refused to connect two calls. Ask the SIM's provider to enable multiparty calls "
        + "(conference) on this SIM.")),
    call(line, seen.since[line.name]),
    h("dl", { class: "facts" },
      h("dt", {}, t("Signal")),
      h("dd", {}, h("span", { class: `bars b${bars}`, "aria-hidden": "true" },
        [1, 2, 3, 4].map(() => h("i", {}))), strength),
      fact(t("Network"), line.operator), fact(t("Modem"), line.modem), fact(t("Connecting calls"), merge)));
}

/** The live call: where it stands on its way. */
function call(line, since) {
  if (!line.call) {
    return h("p", { class: "idle", role: "status" },
      line.state === "ready" ? t("No call. The line waits.") : t("No call."));
  }
  const [step, words] = PHASE[line.call] || [0, line.call];
  const place = (i) => (i < step ? "done" : i === step ? "here" : "");
  return h("div", { class: "call" },
    h("p", { class: "phase", role: "status" }, words),
    h("ol", { class: "steps" }, STEPS.map((name, i) =>
      h("li", { class: place(i), "aria-current": i === step ? "step" : null }, name))),
    h("p", { class: "small" },
      h("span", { "data-since": String(since) }, lasting(Date.now() - since)),
      " · ", plural(line.legs, "{n} phone in the call", "{n} phones in the call")));
}

function showTiles(view, figures, status) {
  const slots = Object.values(figures.slots);
  const sum = (key) => slots.reduce((all, slot) => all + slot[key], 0);
  const tile = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const fresh = [
    tile(t("Calls"), number(sum("calls"))),
    tile(t("Share connected"), percent(sum("connected"), sum("calls"))),
    tile(t("Right at first entry"), percent(sum("right_at_first"), sum("keyed"))),
    tile(t("Orders in the book"), number(status.store.orders)),
  ];
  const text = fresh.map((part) => part.textContent).join();
  if (view.dataset.text === text) return;
  view.dataset.text = text;
  view.replaceChildren(...fresh);
}
