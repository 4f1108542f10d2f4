// Calls: filtered, newest first; one call as the story of its conversation.

import { get, post, withQuery } from "./api.js";
import { deliveryOf } from "./deliveries.js";
import { number, plural, t } from "./language.js";
import { badge, doing, field, h, lasting, put, when } from "./ui.js";
import { player, soundFacts, soundTrouble } from "./sound.js";
import { OUTCOME, PARTY } from "./words.js";
import { timeline } from "./timeline.js";

const PAGE = 50;

/** Shows the list, or the call that the address names. */
export async function show(view, [id]) {
  if (id) await one(view, id);
  else await list(view);
}

/** A call in a list. */
export function callRow(call) {
  const [kind, words] = OUTCOME[call.outcome] || ["dull", call.outcome];
  const talked = call.merged_at && call.ended_at
    ? t("talked {time}", { time: lasting(new Date(call.ended_at) - new Date(call.merged_at)) }) : "";
  const who = PARTY[call.sub_status]?.called || t("Unknown caller");
  return h("li", {}, h("a", { class: "row", href: `#calls/${call.call_id}` },
    h("span", { class: "time" }, when(call.started_at)),
    h("span", { class: "main" }, h("strong", {}, call.order_number ? t("Order {order}", { order: call.order_number }) : t("No order")),
      h("span", { class: "small" }, [who, talked].filter(Boolean).join(" · "))),
    badge(kind, words)));
}

async function list(view) {
  const order = h("input", { inputmode: "numeric", autocomplete: "off", maxlength: "12" });
  const outcome = h("select", {}, h("option", { value: "" }, t("All")),
    Object.entries(OUTCOME).map(([name, [, words]]) => h("option", { value: name }, words)));
  const days = h("select", {}, [["1", t("Last 24 hours")], ["7", t("Last {n} days", { n: 7 })], ["31", t("Last {n} days", { n: 31 })],
    ["366", t("Last year")]].map(([n, words]) => h("option", { value: n }, words)));
  days.value = "31";
  const rows = h("ul", { class: "rows" });
  const said = h("p", { class: "small", role: "status" });
  const more = h("button", { type: "button" }, t("Show older calls"));
  const since = () => new Date(Date.now() - Number(days.value) * 86400000).toISOString();
  let next = null;
  let asked = 0;
  const load = async (fresh) => {
    const mine = ++asked;
    const query = {
      since: since(), order: order.value.trim(), outcome: outcome.value, limit: PAGE,
      after: fresh ? "" : next,
    };
    const page = await get(withQuery("/api/page/calls", query));
    if (mine !== asked) return;
    if (fresh) rows.replaceChildren();
    rows.append(...page.items.map(callRow));
    next = page.next;
    more.hidden = !next;
    const count = rows.children.length;
    said.textContent = !count ? t("No calls match.")
      : next ? plural(count, "{n} call, and older ones", "{n} calls, and older ones")
      : plural(count, "{n} call", "{n} calls");
  };
  const again = doing(() => load(true));
  let typing = 0;
  order.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => load(true), 250);
  });
  outcome.addEventListener("change", () => load(true));
  days.addEventListener("change", () => load(true));
  more.addEventListener("click", doing(() => load(false)));
  view.append(
    h("div", { class: "heading" }, h("h1", {}, t("Calls")),
      h("a", { class: "button", href: "/api/v1/calls/export", download: "calls.ndjson" }, t("Export"))),
    h("form", { class: "filter", onsubmit: again, role: "search" },
      field(t("Order number"), order), field(t("How it ended"), outcome), field(t("When"), days)),
    said, rows, more);
  await load(true);
}

async function one(view, id) {
  const call = await get(`/api/page/calls/${encodeURIComponent(id)}`);
  const [kind, words, sentence] = OUTCOME[call.outcome] || ["dull", call.outcome, ""];
  const numbers = h("dl", { class: "facts" });
  const showNumbers = (caller, callee) => numbers.replaceChildren(
    h("dt", {}, t("Caller")), h("dd", { class: "phone" },
      call.caller_withheld ? t("hidden") : caller || t("not kept")),
    h("dt", {}, t("Called")), h("dd", { class: "phone" }, callee || t("nobody")));
  showNumbers(call.caller_number, call.callee_number);
  const reveal = h("button", { type: "button" }, t("Show the numbers"));
  reveal.addEventListener("click", doing(async () => {
    const full = await post(`/api/page/calls/${call.call_id}/numbers`);
    showNumbers(full.caller, full.callee);
    reveal.hidden = true;
  }));
  const ms = (value) => (value == null ? "–" : `${number(value)} ms`);
  put(view,
    h("p", {}, h("a", { href: "#calls" }, `← ${t("All calls")}`)),
    h("div", { class: "heading" },
      h("h1", {}, call.order_number ? t("Order {order}", { order: call.order_number }) : t("A call without an order")),
      badge(kind, words)),
    h("p", {}, `${t("{time} on {line}.", { time: when(call.started_at), line: call.line })} ${sentence}`),
    call.near_miss && h("p", { class: "notice warn" },
      t("The caller's number is nearly that of a party: its last eight digits agree. Check the order.")),
    !call.clock_trusted && h("p", { class: "notice warn" },
      t("The box's clock was not set then: the times may be wrong.")),
    soundTrouble(call.sound) && h("p", { class: "notice warn" }, soundTrouble(call.sound)),
    h("div", { class: "columns" },
      h("section", { class: "card", "aria-labelledby": "story" },
        h("h2", { id: "story" }, t("The conversation")), call.call_record && player(call), timeline(call)),
      h("section", { class: "card", "aria-labelledby": "facts" },
        h("h2", { id: "facts" }, t("Facts")), numbers,
        (call.caller_number || call.callee_number) && reveal,
        (call.caller_number || call.callee_number)
          && h("p", { class: "hint" }, t("Who looks at numbers is noted in the log.")),
        h("dl", { class: "facts" },
          h("dt", {}, t("Look-ups")), h("dd", {}, number(call.entries)),
          h("dt", {}, t("Last key to dialling")), h("dd", {}, ms(call.last_key_to_dial_ms)),
          h("dt", {}, t("Answer to connection")), h("dd", {}, ms(call.leg_b_answer_to_merge_ms)),
          soundFacts(call.sound),
          h("dt", {}, t("Call id")), h("dd", { class: "code" }, call.call_id)))),
    await deliveryOf(call));
}
