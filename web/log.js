// The log: who changed and who looked at what, newest first.

import { get, withQuery } from "./api.js";
import { fromBox, t } from "./language.js";
import { doing, h, headed, put, when } from "./ui.js";
import { SETTINGS, told } from "./settings.js";

const PAGE = 50;

/** Shows the view. */
export async function show(view) {
  const body = h("tbody", {});
  const more = h("button", { type: "button", hidden: true }, t("Show older entries"));
  const empty = h("p", { class: "empty", hidden: true }, t("Nothing has been changed or looked up yet."));
  let next = "";
  const load = async () => {
    const page = await get(withQuery("/api/v1/audit", { newest_first: "true", limit: PAGE, after: next }));
    next = page.next || "";
    more.hidden = !next;
    body.append(...page.items.map(row));
    empty.hidden = body.children.length > 0;
  };
  more.addEventListener("click", doing(load));
  put(view, h("h2", {}, t("Log")),
    h("p", { class: "small" }, t("Who changed something, and who looked at telephone numbers. The names are "
      + "those that people gave when they logged in.")),
    empty,
    h("table", { class: "book log" }, h("caption", { class: "hidden" }, t("Log")),
      headed(t("When"), t("Who"), t("What")), body),
    more);
  await load();
}

function row(entry) {
  return h("tr", {}, h("td", { "data-name": t("When") }, when(entry.at)),
    h("td", { "data-name": t("Who") }, who(entry.by)),
    h("td", { "data-name": t("What") }, deed(entry)));
}

/** Staff by the name they gave; programs by their token. */
function who(by) {
  if (by.startsWith("page: ")) return by.slice(6);
  if (by === "control socket") return t("on the box itself");
  return t("{name} (token)", { name: by });
}

const DEEDS = {
  "order.put": ({ target }) => t("stored order {target}", { target }),
  "order.delete": ({ target }) => t("deleted order {target}", { target }),
  "order.numbers": ({ target }) => (target ? t("looked at the numbers of order {target}", { target })
    : t("listed orders with their numbers")),
  "orders.import": ({ detail }) => t("imported a file: {detail}", { detail: fromBox(detail) }),
  "orders.export": () => t("exported all orders"),
  "call.numbers": ({ target }) => t("looked at the numbers of call …{target}", { target: target.slice(-6) }),
  "recording.hear": ({ target }) => t("listened to the recording of call …{target}", { target: target.slice(-6) }),
  "page.login": () => t("logged in"),
  "page.login_refused": () => t("tried to log in with a wrong password"),
  "page.setup": () => t("set the first password"),
  "page.setup_refused": () => t("tried a wrong setup code"),
  "page.password": () => t("changed the password"),
  "page.password_reset": () => t("reset the password"),
  "token.create": ({ target }) => t("made the token {target}", { target }),
  "token.revoke": ({ target }) => t("revoked the token {target}", { target }),
  "service_account.create": ({ target }) => t("made the service account {target}", { target }),
  "webhook.send": ({ target }) => t("had call …{target} sent again", { target: target.slice(-6) }),
  "webhook.send_all": () => t("had all waiting calls sent"),
  "setting.put": ({ target, detail }) => t("changed “{name}”: {detail}", { name: nameOf(target), detail: value(target, detail) }),
  "setting.reset": ({ target, detail }) => t("reset “{name}”: {detail}", { name: nameOf(target), detail: value(target, detail) }),
};

const nameOf = (setting) => (SETTINGS[setting] || [setting])[0];

/** What a setting was set to, as the box notes it. */
function value(name, detail) {
  const word = detail.replace(/^(set|back) to /, "");
  if (/^(true|false|\d+)$/.test(word)) return told(name, JSON.parse(word));
  return { none: t("none"), "another number": t("another number") }[word] || word;
}

function deed(entry) {
  const words = DEEDS[entry.what];
  return words ? words(entry) : [entry.what, entry.target, entry.detail].filter(Boolean).join(" ");
}
