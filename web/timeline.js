// One call as the story of its conversation.

import { plural, t } from "./language.js";
import { exactTime, h, lasting } from "./ui.js";
import { ENDED_BY, OUTCOME, PARTY } from "./words.js";

/** What happened, in order: time (if it is known), kind, words. */
function story(call) {
  const told = [];
  const tell = (at, kind, words) => told.push([at, kind, words]);
  const party = PARTY[call.sub_status];
  const asksOperator = call.need_operator === "Yes";
  tell(call.started_at, "", call.caller_withheld
    ? party?.rangHidden || t("The phone rang: somebody called without showing a number.")
    : party?.rang || t("The phone rang: somebody called."));
  if (call.answered_at) tell(call.answered_at, "", t("The box answered and asked for the order number."));
  else tell(null, "warn", t("The box had not answered yet."));
  if (call.entries > 1) {
    tell(null, "warn", plural(call.entries - 1, "{n} other number was keyed first.", "{n} other numbers were keyed first."));
  }
  if (call.order_number && call.order_search) {
    const found = call.order_search === "Order is found";
    tell(null, found ? "" : "warn", found
      ? t("{order} was keyed: the order was found.", { order: call.order_number })
      : t("{order} was keyed: the order was not found.", { order: call.order_number }));
    if (found && call.phone_search) {
      const known = call.phone_search === "Phone number is found";
      tell(null, known ? "" : "warn", known
        ? party?.known || "" : t("The caller's phone is not one of the order's two."));
    }
  }
  if (asksOperator) tell(null, "", t("The caller asked for the operator."));
  if (call.leg_b_answered_at) {
    tell(call.leg_b_answered_at, "", asksOperator ? t("The operator answered.")
      : party?.otherAnswered || t("The other party answered."));
  } else if (call.sub_available === "No") {
    tell(null, "warn", party?.otherUnreached || t("The other party could not be reached; the caller was told."));
  } else if (call.call_operator === "Operator is busy") {
    tell(null, "warn", t("The operator could not be reached; the caller was told."));
  }
  if (call.merged_at) tell(call.merged_at, "good", t("The two were connected."));
  if (call.outcome === "merge_refused") tell(null, "bad", OUTCOME.merge_refused[2]);
  if (call.ended_at) {
    const talked = call.merged_at
      ? ` ${t("They talked for {time}.", { time: lasting(new Date(call.ended_at) - new Date(call.merged_at)) })}` : "";
    tell(call.ended_at, "", t("The call ended: {how}.", { how: ENDED_BY[call.ended_by] || call.ended_by }) + talked);
  }
  return told;
}

/** The story as a list. */
export function timeline(call) {
  return h("ol", { class: "timeline" }, story(call).map(([at, kind, words]) =>
    h("li", { class: kind },
      at ? h("time", { datetime: at }, exactTime(at)) : h("span", { class: "notime" }), h("p", {}, words))));
}
