// One call as the story of its conversation.

import { exactTime, h, lasting } from "./ui.js";
import { ENDED_BY, OUTCOME } from "./words.js";

/** What happened, in order: time (if it is known), kind, words. */
function story(call) {
  const told = [];
  const tell = (at, kind, words) => told.push([at, kind, words]);
  const caller = call.sub_status ? `the ${call.sub_status.toLowerCase()}` : "somebody";
  const other = call.sub_status === "Courier" ? "customer" : "courier";
  const asksOperator = call.need_operator === "Yes";
  tell(call.started_at, "", `The phone rang: ${caller} called${call.caller_withheld ? " without showing a number" : ""}.`);
  if (call.answered_at) tell(call.answered_at, "", "The box answered and asked for the order number.");
  else tell(null, "warn", "The box had not answered yet.");
  if (call.entries > 1) tell(null, "warn", `${call.entries - 1} other number${call.entries === 2 ? " was" : "s were"} keyed first.`);
  if (call.order_number && call.order_search) {
    const found = call.order_search === "Order is found";
    tell(null, found ? "" : "warn",
      `${call.order_number} was keyed: the order was ${found ? "found" : "not found"}.`);
    if (found && call.phone_search) {
      const known = call.phone_search === "Phone number is found";
      tell(null, known ? "" : "warn", known
        ? `The caller's phone is that of the order's ${call.sub_status.toLowerCase()}.`
        : "The caller's phone is not one of the order's two.");
    }
  }
  if (asksOperator) tell(null, "", "The caller asked for the operator.");
  if (call.leg_b_answered_at) {
    tell(call.leg_b_answered_at, "", asksOperator ? "The operator answered."
      : `The ${other} answered and heard who calls about which order.`);
  } else if (call.sub_available === "No") {
    tell(null, "warn", `The ${other} could not be reached; the caller was told.`);
  } else if (call.call_operator === "Operator is busy") {
    tell(null, "warn", "The operator could not be reached; the caller was told.");
  }
  if (call.merged_at) tell(call.merged_at, "good", "The two were connected.");
  if (call.outcome === "merge_refused") tell(null, "bad", OUTCOME.merge_refused[2]);
  if (call.ended_at) {
    const talked = call.merged_at
      ? ` They talked for ${lasting(new Date(call.ended_at) - new Date(call.merged_at))}.` : "";
    tell(call.ended_at, "", `The call ended: ${ENDED_BY[call.ended_by] || call.ended_by}.${talked}`);
  }
  return told;
}

/** The story as a list. */
export function timeline(call) {
  return h("ol", { class: "timeline" }, story(call).map(([at, kind, words]) =>
    h("li", { class: kind },
      at ? h("time", { datetime: at }, exactTime(at)) : h("span", { class: "notime" }), h("p", {}, words))));
}
