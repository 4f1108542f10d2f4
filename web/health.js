// Health: what is well, what is not, and what to do about it; what staff did; the password.

import { get, post } from "./api.js";
import { badge, complain, doing, field, h, toast, uptime, when, wordsOf } from "./ui.js";
import { soundTrouble } from "./sound.js";
import { LINE, signal } from "./words.js";

/** Shows the view; returns how to leave it. */
export async function show(view) {
  const checks = h("ul", { class: "checks" });
  const facts = h("dl", { class: "facts" });
  const trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
  const look = async () => {
    try {
      const status = await get("/api/v1/status");
      trouble.hidden = true;
      showChecks(checks, status);
      facts.replaceChildren(
        h("dt", {}, "Version"), h("dd", {}, status.version),
        h("dt", {}, "Running for"), h("dd", {}, uptime(status.uptime_s)),
        h("dt", {}, "Orders"), h("dd", {}, String(status.store.orders)),
        h("dt", {}, "Call records"), h("dd", {}, String(status.store.records)),
        h("dt", {}, "On disk"), h("dd", {}, octets(status.store.size_on_disk)));
    } catch (error) {
      trouble.textContent = wordsOf(error);
      trouble.hidden = false;
    }
  };
  const log = h("div", {});
  view.append(h("h1", {}, "Health"), trouble,
    h("section", { class: "card", "aria-labelledby": "checks" },
      h("h2", { id: "checks" }, "Checks"), checks),
    h("div", { class: "columns" },
      h("section", { class: "card", "aria-labelledby": "box" }, h("h2", { id: "box" }, "The box"), facts),
      h("section", { class: "card", "aria-labelledby": "pw" },
        h("h2", { id: "pw" }, "Password"), passwordForm())),
    h("section", { class: "card", "aria-labelledby": "log" },
      h("h2", { id: "log" }, "What staff changed and looked up"), log));
  await look();
  await showLog(log);
  const timer = setInterval(look, 5000);
  return () => clearInterval(timer);
}

function octets(n) {
  const mega = n / 1e6;
  return mega < 1 ? `${Math.ceil(n / 1000)} kB` : `${mega.toFixed(1)} MB`;
}

function showChecks(view, status) {
  const found = [];
  const tell = (kind, name, words, todo) => found.push([kind, name, words, todo]);
  for (const line of status.lines) {
    const [kind, words, advice] = LINE[line.state] || ["dull", line.state, ""];
    tell(kind === "live" ? "good" : kind, `Line ${line.name}`, line.fault || words, line.fault ? "" : advice);
    const [bars, strength] = signal(line.signal_dbm);
    if (line.signal_dbm != null && bars < 2) {
      tell("warn", `Signal of ${line.name}`, strength, "Move the antenna higher or nearer to a window.");
    }
    const sound = soundTrouble(line.last_call_sound);
    if (sound) tell("warn", `Sound of the last call on ${line.name}`, "something was wrong", sound);
    if (line.merge === "refused") {
      tell("bad", `Connecting calls on ${line.name}`, "the network refused it",
        "Ask the SIM's provider to enable call hold and multiparty calls (conference).");
    }
  }
  const { store, clock, webhook, recordings } = status;
  if (store.healthy) tell("good", "Order book and call records", "safe on the disk", "");
  else tell("bad", "Order book and call records", "something stored may be missing",
    "See the notices below, make a copy of the data folder, and check the disk.");
  for (const notice of store.notices) tell("warn", "Notice of the store", notice, "");
  if (clock.trusted) tell("good", "Clock", when(clock.now), "");
  else tell("warn", "Clock", "not set",
    "Connect the box to the internet once, or wait until the mobile network tells the time. "
      + "Until then no order expires.");
  if (recordings.fault) tell("bad", "Recordings", "calls are not recorded", recordings.fault);
  else if (recordings.on || recordings.files) {
    tell("good", "Recordings", `${recordings.files} kept, ${octets(recordings.size_on_disk)}`, "");
  }
  if (!webhook.configured) tell("good", "Webhook", "none set up", "");
  else if (webhook.waiting === 0) tell("good", "Webhook", "all calls delivered", "");
  else tell(webhook.waiting > 20 ? "warn" : "wait", "Webhook",
    `${webhook.waiting} call${webhook.waiting === 1 ? " waits" : "s wait"} to be delivered`,
    "Check whether the receiving server is up. Nothing is lost for seven days.");
  const names = { good: "OK", warn: "Look", wait: "Wait", bad: "Problem", dull: "–" };
  const text = JSON.stringify(found.map(([kind, name, words]) => [kind, name, name === "Clock" ? kind : words]));
  if (view.dataset.text === text) return;
  view.dataset.text = text;
  view.replaceChildren(...found.map(([kind, name, words, todo]) =>
    h("li", {}, badge(kind, names[kind]), h("div", {}, h("strong", {}, name), h("span", {}, ` ${words}`),
      todo && h("p", { class: "hint" }, todo)))));
}

function passwordForm() {
  const old = h("input", { type: "password", autocomplete: "current-password", required: true });
  const fresh = h("input", { type: "password", autocomplete: "new-password", required: true });
  const submit = doing(async () => {
    [old, fresh].forEach((input) => complain(input, ""));
    try {
      await post("/api/page/password", { old: old.value, new: fresh.value });
    } catch (error) {
      if (error.place === "body /old") return complain(old, wordsOf(error));
      if (error.place === "body /password") return complain(fresh, wordsOf(error));
      throw error;
    }
    toast("The password was changed. Everybody has to log in again.");
    await get("/api/v1/status").catch(() => null);
  });
  return h("form", { onsubmit: submit }, field("Present password", old),
    field("New password", fresh, "At least 10 characters."),
    h("button", { type: "submit" }, "Change the password"));
}

/** The log's words for what was done. */
function deed(entry) {
  const [method, path] = entry.what.split(" ");
  const last = (path || "").split("?")[0].split("/");
  const kinds = [
    [/^POST \/api\/page\/orders\/\d+\/numbers/, () => `saw the numbers of order ${last[4]}`],
    [/^POST \/api\/page\/calls\/\w+\/numbers/, () => `saw the numbers of call …${last[4].slice(-6)}`],
    [/^PUT \/api\/v1\/orders\/\d+/, () => `stored order ${last[4]}`],
    [/^DELETE \/api\/v1\/orders\/\d+/, () => `deleted order ${last[4]}`],
    [/^POST \/api\/v1\/orders\/import.*dry_run=true/, () => "checked a file of orders"],
    [/^POST \/api\/v1\/orders\/import/, () => "imported orders"],
    [/^GET \/api\/v1\/orders\/export/, () => "exported all orders"],
    [/^GET \/api\/v1\/orders/, () => "listed orders by the API"],
    [/^POST \/api\/page\/password/, () => "changed the password"],
    [/^log in/, () => "logged in"],
    [/^set(up| the password)/, () => "set the first password"],
    [/^reset/, () => "reset the password"],
  ];
  const kind = kinds.find(([pattern]) => pattern.test(entry.what));
  const words = kind ? kind[1]() : `${method} ${path || ""}`.trim();
  return entry.status < 400 ? words : `tried without success: ${words}`;
}

async function showLog(view) {
  const { items } = await get("/api/page/audit");
  if (!items.length) return view.replaceChildren(h("p", { class: "empty" }, "Nothing yet."));
  const rows = items.slice(0, 50).map((entry) => h("tr", {}, h("td", {}, when(entry.at)),
    h("td", {}, entry.who), h("td", {}, deed(entry))));
  view.replaceChildren(h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "The log" },
    h("table", {}, h("thead", {}, h("tr", {}, ["When", "Who", "What"].map((name) =>
      h("th", { scope: "col" }, name)))), h("tbody", {}, rows))));
}
