// Importing a file: first a look at what would change, then the change.

import { get, send, sentence, withQuery } from "./api.js";
import { fromBox, number, plural, t } from "./language.js";
import { dialog, doing, field, h, headed, scrolled, toast, wordsOf } from "./ui.js";

const KINDS = { csv: "text/csv", json: "application/json", ndjson: "application/x-ndjson",
  jsonl: "application/x-ndjson", txt: "text/csv" };
const SHOWN = 100;

/** Opens the import; `done` is called when orders were stored. */
export function importDialog(done) {
  const file = h("input", { type: "file", accept: ".csv,.txt,.json,.ndjson,.jsonl,text/csv" });
  const replace = h("input", { type: "checkbox", id: "import-replace" });
  const result = h("div", { role: "status" });
  const bar = h("progress", { max: "1", "aria-label": t("Progress of the import"), hidden: true });
  const far = h("p", { class: "small" });
  const check = h("button", { type: "submit", class: "primary" }, t("Check the file"));
  const mode = () => (replace.checked ? "replace" : "merge");

  const run = async (dry) => {
    const chosen = file.files[0];
    const kind = KINDS[chosen.name.split(".").pop().toLowerCase()] || "text/csv";
    bar.hidden = false;
    bar.value = 0;
    let asking = 0;
    try {
      const path = withQuery("/api/v1/orders/import", { dry_run: String(dry), mode: mode() });
      return await send(path, chosen, kind, (share) => {
        bar.value = share;
        if (share === 1 && !asking) {
          bar.removeAttribute("value");
          asking = setInterval(() => howFar(bar, far, dry), 500);
        }
      });
    } finally {
      clearInterval(asking);
      far.textContent = "";
      bar.hidden = true;
    }
  };
  const look = doing(async () => {
    if (!file.files.length) {
      result.replaceChildren(h("p", { class: "notice warn" }, t("Choose a file first.")));
      return;
    }
    result.replaceChildren();
    far.textContent = t("Sending the file …");
    try {
      const report = await run(true);
      const store = h("button", { type: "button", class: "primary" }, verb(report));
      store.addEventListener("click", doing(async () => {
        showDone(result, await run(false), box);
        await done();
      }));
      const nothing = report.added + report.changed + report.removed === 0;
      result.replaceChildren(preview(report), nothing ? "" : h("div", { class: "buttons" }, store));
    } catch (error) {
      result.replaceChildren(h("p", { class: "notice bad" }, wordsOf(error)));
    }
  });
  const stale = () => result.replaceChildren();
  file.addEventListener("change", stale);
  replace.addEventListener("change", stale);
  const form = h("form", { onsubmit: look },
    field(t("File"), file, t("CSV with the columns order, courier, customer and, if you like, ttl_seconds "
      + "or expires_at; or JSON. Nothing is stored before you have seen what would change.")),
    h("div", { class: "check" }, replace,
      h("label", { for: "import-replace" }, t("Delete orders that are not in the file"))),
    h("div", { class: "buttons" }, check), bar, far, result);
  const box = dialog(t("Import orders"), form);
  file.focus();
}

/** Shows how far the box is with a file that has arrived. */
async function howFar(bar, far, dry) {
  const seen = await get("/api/v1/orders/import").catch(() => null);
  if (!seen || bar.hidden) return;
  // A dry run goes through the rows once more, and stores none.
  const checks = dry || seen.to_store == null;
  far.textContent = checks ? plural(seen.checked, "{n} row checked", "{n} rows checked")
    : t("{stored} of {all} stored", { stored: seen.stored, all: seen.to_store });
  if (!checks && seen.to_store) bar.value = seen.stored / seen.to_store;
}

/** What the button does. */
function verb({ added, changed, removed }) {
  const stored = added + changed;
  if (!removed) return plural(stored, "Store {n} order", "Store {n} orders");
  if (!stored) return plural(removed, "Delete {n} order", "Delete {n} orders");
  return t("Store {stored} and delete {removed}", { stored, removed });
}

/** What an import would do. */
export function preview(report) {
  const fact = (name, n, kind) => h("div", { class: n ? kind : "" }, h("dt", {}, name),
    h("dd", {}, number(n)));
  const nothing = report.added + report.changed + report.removed === 0;
  return h("div", {}, h("dl", { class: "tiles" },
    fact(t("New"), report.added, "good"), fact(t("Changed"), report.changed, "good"),
    fact(t("As before"), report.unchanged, ""),
    report.removed ? fact(t("To be deleted"), report.removed, "warn") : "",
    fact(t("Rejected"), report.rejected.length, "bad")), rejects(report.rejected),
  nothing && h("p", { class: "notice" }, report.rejected.length ? t("No row of this file can be stored.")
    : t("The book says all of this already. There is nothing to store.")));
}

/** The rows that cannot be taken, each with its place and reason. */
function rejects(rejected) {
  if (!rejected.length) return "";
  const rows = rejected.slice(0, SHOWN).map((row) => h("tr", {}, h("td", {}, String(row.line)),
    h("td", {}, row.column || "–"), h("td", {}, sentence(fromBox(row.reason)))));
  const left = rejected.length - rows.length;
  return h("div", {},
    scrolled(t("Rejected rows"), h("table", {},
      h("caption", { class: "small" }, t("Rejected rows: mend them in the file and check it again")),
      headed(t("Line"), t("Column"), t("Why")), h("tbody", {}, rows))),
    left > 0 && h("p", { class: "small" }, plural(left, "and {n} more", "and {n} more")));
}

function showDone(view, report, box) {
  const { added, changed, unchanged, removed } = report;
  const words = removed
    ? t("{added} added, {changed} changed, {unchanged} as before, {removed} deleted",
      { added, changed, unchanged, removed })
    : t("{added} added, {changed} changed, {unchanged} as before", { added, changed, unchanged });
  toast(t("Imported: {words}.", { words }));
  if (!report.rejected.length) return box.close();
  view.replaceChildren(h("p", { class: "notice good" }, t("Stored: {words}.", { words })), rejects(report.rejected));
}
