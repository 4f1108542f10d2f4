// Orders: searched, added, edited, deleted.

import { ask, get, post, withQuery } from "./api.js";
import { complain, dialog, doing, field, h, sure, toast, until, when, wordsOf } from "./ui.js";
import { importDialog } from "./import.js";

const PAGE = 50;
const LIVES = [["86400", "1 day"], ["259200", "3 days"], ["864000", "10 days"], ["2592000", "30 days"],
  ["7776000", "90 days"]];

/** Shows the view. */
export async function show(view) {
  const search = h("input", {
    type: "search", autocomplete: "off", placeholder: "Order number or phone",
  });
  const body = h("tbody", {});
  const said = h("p", { class: "small", role: "status" });
  const more = h("button", { type: "button", hidden: true }, "Show more");
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
    const empty = search.value ? "No orders match." : "The book is empty. Add an order, or import a file.";
    said.textContent = count ? `${count} order${count === 1 ? "" : "s"}${next ? ", and more" : ""}` : empty;
  };
  let typing = 0;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => load().catch((error) => toast(wordsOf(error), true)), 250);
  });
  more.addEventListener("click", doing(() => load(false)));
  view.append(
    h("div", { class: "heading" }, h("h1", {}, "Orders"),
      h("div", { class: "buttons" },
        h("button", { type: "button", class: "primary", onclick: () => edit(null, load) }, "Add an order"),
        h("button", { type: "button", onclick: () => importDialog(load) }, "Import"),
        h("a", { class: "button", href: "/api/v1/orders/export", download: "orders.csv" }, "Export"))),
    h("form", { class: "filter", role: "search", onsubmit: doing(() => load()) },
      field("Search", search, "The first digits of an order number, or a whole phone number.")),
    said,
    h("table", { class: "book" },
      h("caption", { class: "hidden" }, "Orders"),
      h("thead", {}, h("tr", {}, ["Order", "Courier", "Customer", "Expires", "Actions"].map((name) =>
        h("th", { scope: "col" }, name)))), body),
    more);
  await load();
}

function row(order, load) {
  const cell = (name, ...content) => h("td", { "data-name": name }, content);
  const courier = h("span", { class: "phone" }, order.courier);
  const customer = h("span", { class: "phone" }, order.customer);
  const reveal = h("button", { type: "button", class: "small" }, "Show numbers");
  reveal.setAttribute("aria-label", `Show numbers of order ${order.order}; this is noted`);
  reveal.addEventListener("click", doing(async () => {
    const full = await post(`/api/page/orders/${order.order}/numbers`);
    courier.textContent = full.courier;
    customer.textContent = full.customer;
    reveal.remove();
  }));
  const change = h("button", {
    type: "button", class: "small", "aria-label": `Edit order ${order.order}`,
    onclick: doing(async () => edit(await post(`/api/page/orders/${order.order}/numbers`), load)),
  }, "Edit");
  const remove = h("button", {
    type: "button", class: "small", "aria-label": `Delete order ${order.order}`,
    onclick: doing(async () => {
      const words = "Nobody can be connected by it any more. This cannot be undone.";
      if (!(await sure(`Delete order ${order.order}?`, words, "Delete"))) return;
      await ask("DELETE", `/api/v1/orders/${order.order}`);
      toast(`Order ${order.order} is deleted.`);
      await load();
    }),
  }, "Delete");
  return h("tr", {},
    h("th", { scope: "row" }, order.order), cell("Courier", courier), cell("Customer", customer),
    cell("Expires", h("time", { datetime: order.expires_at, title: when(order.expires_at) },
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
  const life = h("select", {}, order && h("option", { value: "" }, `As it is (${until(order.expires_at)})`),
    LIVES.map(([seconds, words]) => h("option", { value: seconds }, words)));
  life.value = order ? "" : "2592000";
  const fields = { "body /courier": courier, "body /customer": customer, path: number };
  const save = doing(async () => {
    Object.values(fields).forEach((input) => complain(input, ""));
    const ends = life.value ? { ttl_seconds: Number(life.value) } : { expires_at: order.expires_at };
    const wanted = { courier: courier.value, customer: customer.value, ...ends };
    try {
      await ask("PUT", `/api/v1/orders/${encodeURIComponent(number.value.trim())}`, wanted);
    } catch (error) {
      const input = fields[error.place];
      if (!input) throw error;
      return complain(input, `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`);
    }
    box.close();
    toast(`Order ${number.value} is stored.`);
    await load();
  });
  const form = h("form", { onsubmit: save },
    field("Order number", number, "The digits that callers key."),
    field("Courier's phone", courier, "As people write it: 02 5550 1234 or +61 2 5550 1234."),
    field("Customer's phone", customer),
    field("Expires in", life),
    order && h("p", { class: "hint" }, "That you opened this order is noted in the log."),
    h("div", { class: "buttons" },
      h("button", { type: "button", onclick: () => box.close() }, "Cancel"),
      h("button", { type: "submit", class: "primary" }, "Save")));
  const box = dialog(order ? `Edit order ${order.order}` : "Add an order", form);
  (order ? courier : number).focus();
}
