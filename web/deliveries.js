// Deliveries: the call records that wait for the webhook, why, and sending them now.

import { get, post, sentence } from "./api.js";
import { fromBox, number, plural, t } from "./language.js";
import { doing, h, headed, put, relative, toast, when, wordsOf } from "./ui.js";

const LIMIT = 200;

/** Shows the view; returns how to leave it. */
export async function show(view) {
  const trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
  const said = h("p", { role: "status" });
  const list = h("div", {});
  let seen = "";
  const look = async () => {
    try {
      const [status, waiting] = await Promise.all([
        get("/api/v1/status"), get(`/api/v1/webhook?limit=${LIMIT}`),
      ]);
      trouble.hidden = true;
      all.hidden = !waiting.items.length;
      said.textContent = summary(status.webhook, waiting.items.length);
      const text = JSON.stringify(waiting.items);
      // The times that pass are written anew each minute.
      if (text + Math.floor(Date.now() / 60000) === seen) return;
      seen = text + Math.floor(Date.now() / 60000);
      list.replaceChildren(waiting.items.length ? table(waiting.items, look) : "");
    } catch (error) {
      trouble.textContent = wordsOf(error);
      trouble.hidden = false;
    }
  };
  const all = h("button", { type: "button", class: "primary", hidden: true, onclick: doing(async () => {
    const { due } = await post("/api/v1/webhook");
    toast(plural(due, "{n} call is being sent.", "{n} calls are being sent."));
    await look();
  }) }, t("Send all now"));
  put(view, h("div", { class: "heading" }, h("h2", {}, t("Deliveries")), all),
    h("p", { class: "small" }, t("The box reports each call to your shop system (the webhook). What the "
      + "other server does not take waits here and is tried again, for seven days.")),
    trouble, said, list);
  await look();
  const timer = setInterval(look, 3000);
  return () => clearInterval(timer);
}

function summary(webhook, shown) {
  if (!webhook.configured) return t("No webhook is set up on this box, so nothing has to be delivered.");
  if (!webhook.waiting) return t("All calls are delivered.");
  const waits = plural(webhook.waiting, "{n} call waits.", "{n} calls wait.");
  return webhook.waiting > shown ? `${waits} ${t("The next {n} are shown.", { n: shown })}` : waits;
}

/** Why the last try failed, in words. */
const reason = (delivery) => (delivery.last_error ? sentence(fromBox(delivery.last_error))
  : delivery.attempts ? t("The last try failed.") : t("Not tried yet."));

const nextTry = (delivery) => (new Date(delivery.next_at) <= Date.now() ? t("now") : relative(delivery.next_at));

function table(items, look) {
  const rows = items.map((delivery) => {
    const { call_id: id, order_number: order } = delivery;
    const name = order ? t("Order {order}", { order }) : t("No order");
    const send = h("button", {
      type: "button", class: "small", "aria-label": t("Send now: the call of {time}", { time: when(delivery.started_at) }),
      onclick: doing(async () => {
        await post(`/api/v1/webhook/${id}`);
        toast(t("The call is being sent."));
        await look();
      }),
    }, t("Send now"));
    const cell = (label, ...content) => h("td", { "data-name": label }, content);
    return h("tr", {},
      h("th", { scope: "row" }, h("a", { href: `#calls/${id}` }, name),
        h("span", { class: "small" }, when(delivery.started_at))),
      cell(t("Waits since"), h("time", { datetime: delivery.first_at, title: when(delivery.first_at) },
        relative(delivery.first_at))),
      cell(t("Tries"), number(delivery.attempts)),
      cell(t("Why"), reason(delivery)),
      cell(t("Next try"), nextTry(delivery)),
      h("td", { class: "actions" }, send));
  });
  return h("table", { class: "book" }, h("caption", { class: "hidden" }, t("Deliveries")),
    headed(t("Call"), t("Waits since"), t("Tries"), t("Why"), t("Next try"), t("Actions")),
    h("tbody", {}, rows));
}

/** How a call's delivery stands, for its details; nothing where there is no webhook. */
export async function deliveryOf(call) {
  const status = await get("/api/v1/status");
  if (!status.webhook.configured) return "";
  const waiting = await get(`/api/v1/webhook/${call.call_id}`).catch((error) => {
    if (error.status === 404) return null;
    throw error;
  });
  const words = h("p", {}, waiting
    ? `${t("Waits to be delivered.")} ${reason(waiting)} ${t("Next try: {time}.", { time: nextTry(waiting) })}`
    : t("Does not wait to be delivered."));
  const send = h("button", { type: "button", onclick: doing(async () => {
    await post(`/api/v1/webhook/${call.call_id}`);
    toast(t("The call is being sent."));
  }) }, waiting ? t("Send now") : t("Send again"));
  return h("section", { class: "card", "aria-labelledby": "delivery" },
    h("h2", { id: "delivery" }, t("Delivery")), words, h("div", { class: "buttons start" }, send));
}
