// Figures: how many calls, how many connected, how fast.

import { get, withQuery } from "./api.js";
import { number, t } from "./language.js";
import { dayOf, field, h, headed, percent, toast, withUnit, wordsOf } from "./ui.js";
import { OUTCOME } from "./words.js";
import { bars, shares } from "./charts.js";

const SPANS = [["7", t("Last {n} days", { n: 7 })], ["14", t("Last {n} days", { n: 14 })],
  ["31", t("Last {n} days", { n: 31 })], ["92", t("Last 3 months")]];

/** Shows the view. */
export async function show(view) {
  const span = h("select", {}, SPANS.map(([days, words]) => h("option", { value: days }, words)));
  span.value = "14";
  const charts = h("div", { class: "charts" });
  const load = async () => {
    const first = new Date();
    first.setHours(0, 0, 0, 0);
    first.setDate(first.getDate() - (Number(span.value) - 1));
    const figures = await get(withQuery("/api/page/figures", { since: first.toISOString() }));
    draw(charts, figures, first, Number(span.value));
  };
  span.addEventListener("change", () => load().catch((error) => toast(wordsOf(error), true)));
  view.append(h("div", { class: "heading" }, h("h1", {}, t("Figures")),
    h("div", { class: "filter" }, field(t("Period"), span))), charts);
  await load();
}

const EMPTY = () => ({ calls: 0, connected: 0, keyed: 0, right_at_first: 0 });

function add(sum, slot) {
  for (const key of Object.keys(sum)) sum[key] += slot[key];
}

/** Sums by local day and by local hour of the day. */
function sums(figures, first, days) {
  const byDay = Array.from({ length: days }, (_, i) => {
    const date = new Date(first);
    date.setDate(date.getDate() + i);
    return { date, ...EMPTY() };
  });
  const byHour = Array.from({ length: 24 }, EMPTY);
  const place = new Map(byDay.map((day, i) => [day.date.toDateString(), i]));
  for (const [second, slot] of Object.entries(figures.slots)) {
    const at = new Date(Number(second) * 1000);
    const day = byDay[place.get(at.toDateString())];
    if (day) ["calls", "connected", "keyed", "right_at_first"].forEach((key) => { day[key] += slot[key]; });
    add(byHour[at.getHours()], slot);
  }
  return { byDay, byHour };
}

const seconds = (ms) => (ms == null ? "–" : withUnit(ms / 1000, "second", 1, "narrow"));

function draw(view, figures, first, days) {
  const { byDay, byHour } = sums(figures, first, days);
  const all = EMPTY();
  byHour.forEach((hour) => add(all, hour));
  if (!all.calls) {
    view.replaceChildren(h("p", { class: "empty" }, t("No calls in this time.")));
    return;
  }
  const tile = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const dated = byDay.map((day) => ({ ...day, label: String(day.date.getDate()), name: dayOf(day.date) }));
  const share = (part, whole) => dated.map((day) => ({
    label: day.label, name: day.name, of: day[whole],
    share: day[whole] ? (100 * day[part]) / day[whole] : null,
  }));
  const hour = (i) => `${String(i).padStart(2, "0")}:00`;
  const waited = figures.connect_columns;
  const from = (i) => i * figures.column_seconds;
  view.replaceChildren(
    h("dl", { class: "tiles" }, tile(t("Calls"), number(all.calls)),
      tile(t("Share connected"), percent(all.connected, all.calls)),
      tile(t("Right at first entry"), percent(all.right_at_first, all.keyed)),
      tile(t("Time to connect, median"), seconds(figures.connect_median_ms))),
    bars(t("Calls per day"), t("In full colour: connected."), dated.map((day) => ({
      label: day.label, name: day.name, value: day.calls, part: day.connected,
      tip: tip(day),
    })), [t("Day"), t("Calls"), t("Connected calls")]),
    bars(t("Calls by hour of the day"), t("All days of this time together."), byHour.map((sum, i) => ({
      label: String(i), name: hour(i), value: sum.calls, part: sum.connected,
      tip: tip(sum),
    })), [t("Hour"), t("Calls"), t("Connected calls")]),
    shares(t("Share connected"), t("Of all calls, in per cent."), share("connected", "calls"),
      [t("Day"), t("Share connected"), t("Of calls")]),
    shares(t("Right at first entry"), t("Of calls in which a number was keyed, in per cent."),
      share("right_at_first", "keyed"), [t("Day"), t("Right at first entry"), t("Of calls")]),
    bars(t("Time to connect"),
      t("From the box's answer to the connection. Nine of ten within {time}.",
        { time: seconds(figures.connect_p90_ms) }),
      waited.map((value, i) => ({
        label: String(from(i)), value,
        name: i + 1 < waited.length ? t("{from} to {to} s", { from: from(i), to: from(i + 1) })
          : t("over {from} s", { from: from(i) }),
      })), [t("Seconds"), t("Calls")]),
    outcomes(figures.outcomes, all.calls));
}

const tip = (sum) => t("{calls} calls, {connected} connected", { calls: sum.calls, connected: sum.connected });

/** How calls ended, the most frequent first. */
function outcomes(counts, all) {
  const rows = Object.entries(counts).sort(([, a], [, b]) => b - a).map(([name, count]) => {
    const words = (OUTCOME[name] || ["", name])[1];
    return h("tr", {}, h("th", { scope: "row" }, words),
      h("td", {}, h("meter", { min: "0", max: String(all), value: String(count), "aria-label": words })),
      h("td", {}, number(count)));
  });
  return h("section", { class: "card", "aria-labelledby": "outcomes" },
    h("h2", { id: "outcomes" }, t("How calls ended")),
    h("table", { class: "outcomes" }, headed(t("Outcome"), t("Share"), t("Calls")), h("tbody", {}, rows)));
}
