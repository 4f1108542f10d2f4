// Orders: searched, added, edited, deleted.

import { ask, get, post, sentence, withQuery } from "./api.js";
import { plural, t } from "./language.js";
import { complain, dialog, doing, field, h, headed, sure, toast, until, when, withUnit, wordsOf } from "./ui.js";
import { importDialog } from "./import.js";
import { waitingFiles } from "./sticks.js";

const PAGE = 50;
/** Days that an order may live. */
const LIVES = [1, 3, 10, 30, 90];

/** Shows the view; returns how to leave it. */
export async function show(view) {
  const search = h("input", {
    type: "search", autocomplete: "off", placeholder: t("Order number or phone"),
  });
  const body = h("tbody", {});
  const said = h("p", { class: "small", role: "status" });
  const more = h("button", { type: "button", hidden: true }, t("Show more"));
  let next = null;
  let asked = 0;
  const load = async (fresh = true) => {
    const mine = ++asked;
    const query = { q: search.value.trim(), limit: PAGE, after: fresh ? "" : next };
    const page = await get(withQuery("/api/page/orders", query));
    if (mine !== asked) return;
    if (fresh) body.replaceChildren();
    body.append(...page.items.map((order) => row(order, load)));
    next = page.next;
    more.hidden = !next;
    const count = body.children.length;
    const empty = search.value ? t("No order begins like this, and none has this phone number.")
      : t("The book is empty. Add an order, or import a file.");
    said.textContent = !count ? empty : next ? plural(count, "{n} order, and more", "{n} orders, and more")
      : plural(count, "{n} order", "{n} orders");
  };
  let typing = 0;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => load().catch((error) => toast(wordsOf(error), true)), 250);
  });
  more.addEventListener("click", doing(() => load(false)));
  const sticks = waitingFiles(load);
  view.append(
    h("div", { class: "heading" }, h("h1", {}, t("Orders")),
      h("div", { class: "buttons" },
        h("button", { type: "button", class: "primary", onclick: () => edit(null, load) }, t("Add an order")),
        h("button", { type: "button", onclick: () => importDialog(load) }, t("Import")),
        h("a", { class: "button", href: "/api/v1/orders/export", download: "orders.csv" }, t("Export")))),
    sticks.place,
    h("form", { class: "filter", role: "search", onsubmit: doing(() => load()) },
      field(t("Search"), search, t("The first digits of an order number, or a whole phone number."))),
    said,
    h("table", { class: "book" },
      h("caption", { class: "hidden" }, t("Orders")),
      headed(t("Order"), t("Courier"), t("Customer"), t("Expires"), t("Actions")), body),
    more);
  await load();
  return sticks.leave;
}

function row(order, load) {
  const cell = (name, ...content) => h("td", { "data-name": name }, content);
  const courier = h("span", { class: "phone" }, order.courier);
  const customer = h("span", { class: "phone" }, order.customer);
  const reveal = h("button", { type: "button", class: "small" }, t("Show numbers"));
  reveal.setAttribute("aria-label", t("Show numbers: order {order}; this is noted", { order: order.order }));
  reveal.addEventListener("click", doing(async () => {
    const full = await post(`/api/page/orders/${order.order}/numbers`);
    courier.textContent = full.courier;
    customer.textContent = full.customer;
    reveal.remove();
  }));
  const change = h("button", {
    type: "button", class: "small", "aria-label": t("Edit order {order}", { order: order.order }),
    onclick: doing(async () => edit(await post(`/api/page/orders/${order.order}/numbers`), load)),
  }, t("Edit"));
  const remove = h("button", {
    type: "button", class: "small", "aria-label": t("Delete order {order}", { order: order.order }),
    onclick: doing(async () => {
      const words = t("Nobody can be connected by it any more. This cannot be undone.");
      if (!(await sure(t("Delete order {order}?", { order: order.order }), words, t("Delete")))) return;
      await ask("DELETE", `/api/v1/orders/${order.order}`);
      toast(t("Order {order} is deleted.", { order: order.order }));
      await load();
    }),
  }, t("Delete"));
  return h("tr", {},
    h("th", { scope: "row" }, order.order), cell(t("Courier"), courier), cell(t("Customer"), customer),
    cell(t("Expires"), h("time", { datetime: order.expires_at, title: when(order.expires_at) },
      until(order.expires_at))),
    h("td", { class: "actions" }, reveal, change, remove));
}

/** A form for a new order, or for one that exists. */
function edit(order, load) {
  const phone = (value) => h("input", {
    type: "tel", required: true, autocomplete: "off", value: value || "", maxlength: "24",
  });
  const number = h("input", {
    inputmode: "numeric", pattern: "[0-9]{1,12}", required: true, autocomplete: "off", maxlength: "12",
    value: order ? order.order : "", readonly: Boolean(order),
  });
  const [courier, customer] = [phone(order?.courier), phone(order?.customer)];
  const life = h("select", {}, order && h("option", { value: "" }, t("As it is ({time})", { time: until(order.expires_at) })),
    LIVES.map((days) => h("option", { value: String(days * 86400) }, withUnit(days, "day", 0, "long"))));
  life.value = order ? "" : "2592000";
  const fields = { "body /courier": courier, "body /customer": customer, path: number };
  const save = doing(async () => {
    Object.values(fields).forEach((input) => complain(input, ""));
    const ends = life.value ? { ttl_seconds: Number(life.value) } : { expires_at: order.expires_at };
    // What the form does not show stays as it is.
    const language = order?.language;
    const wanted = { courier: courier.value, customer: customer.value, language, ...ends };
    try {
      await ask("PUT", `/api/v1/orders/${encodeURIComponent(number.value.trim())}`, wanted);
    } catch (error) {
      const input = fields[error.place];
      if (!input) throw error;
      return complain(input, sentence(error.message));
    }
    box.close();
    toast(t("Order {order} is stored.", { order: number.value }));
    await load();
  });
  const form = h("form", { onsubmit: save },
    field(t("Order number"), number, t("The digits that callers key.")),
    field(t("Courier's phone"), courier, t("As people write it, or with + and the country's code.")),
    field(t("Customer's phone"), customer),
    field(t("Expires in"), life),
    order && h("p", { class: "hint" }, t("That you opened this order is noted in the log.")),
    h("div", { class: "buttons" },
      h("button", { type: "button", onclick: () => box.close() }, t("Cancel")),
      h("button", { type: "submit", class: "primary" }, t("Save"))));
  const box = dialog(order ? t("Edit order {order}", { order: order.order }) : t("Add an order"), form);
  (order ? courier : number).focus();
}
