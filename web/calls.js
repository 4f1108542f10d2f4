// Calls: filtered, newest first; one call as the story of its conversation.

import { get, post, withQuery } from "./api.js";
import { badge, doing, field, h, lasting, put, when } from "./ui.js";
import { OUTCOME } from "./words.js";
import { player, soundFacts, soundTrouble } from "./sound.js";
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
    ? `talked ${lasting(new Date(call.ended_at) - new Date(call.merged_at))}` : "";
  const who = call.sub_status ? `${call.sub_status} called` : "Unknown caller";
  return h("li", {}, h("a", { class: "row", href: `#calls/${call.call_id}` },
    h("span", { class: "time" }, when(call.started_at)),
    h("span", { class: "main" }, h("strong", {}, call.order_number ? `Order ${call.order_number}` : "No order"),
      h("span", { class: "small" }, [who, talked].filter(Boolean).join(" · "))),
    badge(kind, words)));
}

async function list(view) {
  const order = h("input", { inputmode: "numeric", autocomplete: "off", maxlength: "12" });
  const outcome = h("select", {}, h("option", { value: "" }, "All"),
    Object.entries(OUTCOME).map(([name, [, words]]) => h("option", { value: name }, words)));
  const days = h("select", {}, [["1", "Last 24 hours"], ["7", "Last 7 days"], ["31", "Last 31 days"],
    ["366", "Last year"]].map(([n, words]) => h("option", { value: n }, words)));
  days.value = "31";
  const rows = h("ul", { class: "rows" });
  const said = h("p", { class: "small", role: "status" });
  const more = h("button", { type: "button" }, "Show older calls");
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
    said.textContent = count ? `${count} call${count === 1 ? "" : "s"}${next ? ", and older ones" : ""}`
      : "No calls match.";
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
    h("div", { class: "heading" }, h("h1", {}, "Calls"),
      h("a", { class: "button", href: "/api/v1/calls/export", download: "calls.ndjson" }, "Export")),
    h("form", { class: "filter", onsubmit: again, role: "search" },
      field("Order number", order), field("How it ended", outcome), field("When", days)),
    said, rows, more);
  await load(true);
}

async function one(view, id) {
  const call = await get(`/api/page/calls/${encodeURIComponent(id)}`);
  const [kind, words, sentence] = OUTCOME[call.outcome] || ["dull", call.outcome, ""];
  const numbers = h("dl", { class: "facts" });
  const showNumbers = (caller, callee) => numbers.replaceChildren(
    h("dt", {}, "Caller"), h("dd", { class: "phone" }, call.caller_withheld ? "hidden" : caller || "not kept"),
    h("dt", {}, "Called"), h("dd", { class: "phone" }, callee || "nobody"));
  showNumbers(call.caller_number, call.callee_number);
  const reveal = h("button", { type: "button" }, "Show the numbers");
  reveal.addEventListener("click", doing(async () => {
    const full = await post(`/api/page/calls/${call.call_id}/numbers`);
    showNumbers(full.caller, full.callee);
    reveal.hidden = true;
  }));
  const ms = (value) => (value == null ? "–" : `${value} ms`);
  put(view,
    h("p", {}, h("a", { href: "#calls" }, "← All calls")),
    h("div", { class: "heading" },
      h("h1", {}, call.order_number ? `Order ${call.order_number}` : "A call without an order"),
      badge(kind, words)),
    h("p", {}, `${when(call.started_at)} on ${call.line}. ${sentence}`),
    call.near_miss && h("p", { class: "notice warn" },
      "The caller's number is nearly that of a party: its last eight digits agree. Check the order."),
    !call.clock_trusted && h("p", { class: "notice warn" },
      "The box's clock was not set then: the times may be wrong."),
    soundTrouble(call.sound) && h("p", { class: "notice warn" }, soundTrouble(call.sound)),
    h("div", { class: "columns" },
      h("section", { class: "card", "aria-labelledby": "story" },
        h("h2", { id: "story" }, "The conversation"), call.call_record && player(call), timeline(call)),
      h("section", { class: "card", "aria-labelledby": "facts" },
        h("h2", { id: "facts" }, "Facts"), numbers,
        (call.caller_number || call.callee_number) && reveal,
        (call.caller_number || call.callee_number)
          && h("p", { class: "hint" }, "Who looks at numbers is noted in the log."),
        h("dl", { class: "facts" },
          h("dt", {}, "Look-ups"), h("dd", {}, String(call.entries)),
          h("dt", {}, "Last key to dialling"), h("dd", {}, ms(call.last_key_to_dial_ms)),
          h("dt", {}, "Answer to connection"), h("dd", {}, ms(call.leg_b_answer_to_merge_ms)),
          soundFacts(call.sound),
          h("dt", {}, "Call id"), h("dd", { class: "code" }, call.call_id)))));
}
