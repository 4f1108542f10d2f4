// What the box's one-word answers mean to people.

import { t } from "./language.js";

/** States of a line: how serious, in words, and what to do. */
export const LINE = {
  starting: ["wait", t("Starting"), t("The modem is being started. This takes up to a minute.")],
  searching: [
    "wait", t("Looking for the network"),
    t("The SIM is not registered yet. If this lasts longer than five minutes, check the antenna, and "
      + "whether the SIM works in a phone."),
  ],
  ready: ["good", t("Ready"), ""],
  busy: ["live", t("In a call"), ""],
  recovering: [
    "bad", t("Getting the modem back"),
    t("The modem stopped answering. The box restarts it by itself; if this lasts longer than five "
      + "minutes, check the modem's cable and power."),
  ],
  fault: ["bad", t("Needs you"), ""],
};

/** Where a call stands: its step on the way, and in words. */
export const PHASE = {
  ringing: [0, t("The phone rings")],
  answering: [0, t("The box is answering")],
  greeting: [1, t("The caller hears the greeting")],
  entry: [1, t("The caller is keying the order number")],
  looking_up: [1, t("The order is being looked up")],
  locked_out: [1, t("The caller is locked out for a while")],
  connecting: [2, t("The caller hears whom the call goes to")],
  holding: [2, t("The caller is being put on hold")],
  dialling: [2, t("The other phone is being dialled")],
  alerting: [2, t("The other phone rings")],
  announcing: [3, t("The other party hears who calls")],
  accepting: [3, t("The other party is asked to press a key")],
  merging: [3, t("The two are being connected")],
  talking: [4, t("The two are talking")],
  releasing: [4, t("The other leg is being ended")],
  retrieving: [4, t("The caller is being taken back")],
  parting: [4, t("The caller hears a last message")],
  ending: [4, t("The call is ending")],
};

/** The parties of an order, as the record names them: who called, was found, answered, was not reached. */
export const PARTY = {
  Courier: {
    called: t("Courier called"), rang: t("The phone rang: the courier called."),
    rangHidden: t("The phone rang: the courier called without showing a number."),
    known: t("The caller's phone is that of the order's courier."),
    otherAnswered: t("The customer answered and heard who calls about which order."),
    otherUnreached: t("The customer could not be reached; the caller was told."),
  },
  Customer: {
    called: t("Customer called"), rang: t("The phone rang: the customer called."),
    rangHidden: t("The phone rang: the customer called without showing a number."),
    known: t("The caller's phone is that of the order's customer."),
    otherAnswered: t("The courier answered and heard who calls about which order."),
    otherUnreached: t("The courier could not be reached; the caller was told."),
  },
};

/** The steps of a call. */
export const STEPS = [t("Rings"), t("Order number"), t("Other phone"), t("Introduction"), t("Talking")];

/** How a call ended: how serious, in a few words, and in a sentence. */
export const OUTCOME = {
  connected: ["good", t("Connected"), t("The two were connected.")],
  operator_connected: ["good", t("Operator"), t("The caller was connected with the operator.")],
  no_input: ["dull", t("Nothing keyed"), t("The caller keyed no order number.")],
  order_not_found: [
    "warn", t("Order not found"),
    t("The order number keyed is not in the book, or has expired. Check the number that was sent to "
      + "the caller."),
  ],
  phone_not_found: [
    "warn", t("Wrong phone"),
    t("The order exists, but the caller's phone is not one of its two. Check the numbers of the order."),
  ],
  callee_unavailable: [
    "warn", t("No answer"), t("The other party was busy, out of reach, or did not answer."),
  ],
  operator_unavailable: ["warn", t("Operator busy"), t("The operator was busy or did not answer.")],
  caller_hung_up: ["dull", t("Hung up"), t("The caller hung up before anything was keyed.")],
  merge_refused: [
    "bad", t("Merge refused"),
    t("The network refused to connect the two calls. Ask the SIM's provider to enable multiparty "
      + "calls (conference) on this SIM."),
  ],
  locked_out: ["warn", t("Locked out"), t("The caller had keyed too many wrong order numbers.")],
  modem_lost: ["bad", t("Modem lost"), t("The modem was lost during the call.")],
  interrupted: ["bad", t("Interrupted"), t("The box was stopped during the call.")],
};

export const ENDED_BY = {
  caller: t("the caller hung up"),
  callee: t("the other party hung up"),
  operator: t("the operator hung up"),
  box: t("the box ended it"),
  network: t("the network ended it"),
};

/** Merge service of a line, as far as it is known. */
export const MERGE = {
  unknown: ["dull", t("not tried yet")],
  works: ["good", t("works")],
  refused: ["bad", t("refused by the network")],
};

/** A signal in words and bars, 0 to 4. */
export function signal(dbm) {
  if (dbm == null) return [0, t("unknown")];
  if (dbm >= -75) return [4, t("strong ({dbm} dBm)", { dbm })];
  if (dbm >= -85) return [3, t("good ({dbm} dBm)", { dbm })];
  if (dbm >= -95) return [2, t("fair ({dbm} dBm)", { dbm })];
  if (dbm >= -105) return [1, t("weak ({dbm} dBm)", { dbm })];
  return [0, t("very weak ({dbm} dBm)", { dbm })];
}
