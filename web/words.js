// What the box's one-word answers mean to people.

/** States of a line: how serious, in words, and what to do. */
export const LINE = {
  starting: ["wait", "Starting", "The modem is being started. This takes up to a minute."],
  searching: [
    "wait", "Looking for the network",
    "The SIM is not registered yet. If this lasts longer than five minutes, check the antenna, and "
      + "whether the SIM works in a phone.",
  ],
  ready: ["good", "Ready", ""],
  busy: ["live", "In a call", ""],
  recovering: [
    "bad", "Getting the modem back",
    "The modem stopped answering. The box restarts it by itself; if this lasts longer than five "
      + "minutes, check the modem's cable and power.",
  ],
  fault: ["bad", "Needs you", ""],
};

/** Where a call stands: its step on the way, and in words. */
export const PHASE = {
  ringing: [0, "The phone rings"],
  answering: [0, "The box is answering"],
  greeting: [1, "The caller hears the greeting"],
  entry: [1, "The caller is keying the order number"],
  looking_up: [1, "The order is being looked up"],
  locked_out: [1, "The caller is locked out for a while"],
  connecting: [2, "The caller hears whom the call goes to"],
  holding: [2, "The caller is being put on hold"],
  dialling: [2, "The other phone is being dialled"],
  alerting: [2, "The other phone rings"],
  announcing: [3, "The other party hears who calls"],
  accepting: [3, "The other party is asked to press a key"],
  merging: [3, "The two are being connected"],
  talking: [4, "The two are talking"],
  releasing: [4, "The other leg is being ended"],
  retrieving: [4, "The caller is being taken back"],
  parting: [4, "The caller hears a last message"],
  ending: [4, "The call is ending"],
};

/** The steps of a call. */
export const STEPS = ["Rings", "Order number", "Other phone", "Introduction", "Talking"];

/** How a call ended: how serious, in a few words, and in a sentence. */
export const OUTCOME = {
  connected: ["good", "Connected", "The two were connected."],
  operator_connected: ["good", "Operator", "The caller was connected with the operator."],
  no_input: ["dull", "Nothing keyed", "The caller keyed no order number."],
  order_not_found: [
    "warn", "Order not found",
    "The order number keyed is not in the book, or has expired. Check the number that was sent to "
      + "the caller.",
  ],
  phone_not_found: [
    "warn", "Other phone",
    "The order exists, but the caller's phone is not one of its two. Check the numbers of the order.",
  ],
  callee_unavailable: [
    "warn", "No answer", "The other party was busy, out of reach, or did not answer.",
  ],
  operator_unavailable: ["warn", "Operator busy", "The operator was busy or did not answer."],
  caller_hung_up: ["dull", "Hung up", "The caller hung up before anything was keyed."],
  merge_refused: [
    "bad", "Merge refused",
    "The network refused to connect the two calls. Ask the SIM's provider to enable multiparty "
      + "calls (conference) on this SIM.",
  ],
  locked_out: ["warn", "Locked out", "The caller had keyed too many wrong order numbers."],
  modem_lost: ["bad", "Modem lost", "The modem was lost during the call."],
  interrupted: ["bad", "Interrupted", "The box was stopped during the call."],
};

export const ENDED_BY = {
  caller: "the caller hung up",
  callee: "the other party hung up",
  operator: "the operator hung up",
  box: "the box ended it",
  network: "the network ended it",
};

/** Merge service of a line, as far as it is known. */
export const MERGE = {
  unknown: ["dull", "not tried yet"],
  works: ["good", "works"],
  refused: ["bad", "refused by the network"],
};

/** A signal in words and bars, 0 to 4. */
export function signal(dbm) {
  if (dbm == null) return [0, "unknown"];
  if (dbm >= -75) return [4, `strong (${dbm} dBm)`];
  if (dbm >= -85) return [3, `good (${dbm} dBm)`];
  if (dbm >= -95) return [2, `fair (${dbm} dBm)`];
  if (dbm >= -105) return [1, `weak (${dbm} dBm)`];
  return [0, `very weak (${dbm} dBm)`];
}
