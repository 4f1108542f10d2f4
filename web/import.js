// Importing a file: first a look at what would change, then the change.

import { get, send, withQuery } from "./api.js";
import { dialog, doing, field, h, toast, wordsOf } from "./ui.js";

const KINDS = { csv: "text/csv", json: "application/json", ndjson: "application/x-ndjson",
  jsonl: "application/x-ndjson", txt: "text/csv" };
const SHOWN = 100;

/** Opens the import; `done` is called when orders were stored. */
export function importDialog(done) {
  const file = h("input", { type: "file", accept: ".csv,.txt,.json,.ndjson,.jsonl,text/csv" });
  const replace = h("input", { type: "checkbox", id: "import-replace" });
  const result = h("div", { role: "status" });
  const bar = h("progress", { max: "1", "aria-label": "Progress of the import", hidden: true });
  const far = h("p", { class: "small" });
  const check = h("button", { type: "submit", class: "primary" }, "Check the file");
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
          asking = setInterval(() => howFar(bar, far), 500);
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
      result.replaceChildren(h("p", { class: "notice warn" }, "Choose a file first."));
      return;
    }
    result.replaceChildren(h("p", {}, "Reading the file …"));
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
    field("File", file, "CSV with the columns order, courier, customer and, if you like, ttl_seconds "
      + "or expires_at; or JSON. Nothing is stored before you have seen what would change."),
    h("div", { class: "check" }, replace,
      h("label", { for: "import-replace" }, "Delete orders that are not in the file")),
    h("div", { class: "buttons" }, check), bar, far, result);
  const box = dialog("Import orders", form);
  file.focus();
}

/** Shows how far the box is with a file that has arrived. */
async function howFar(bar, far) {
  const seen = await get("/api/v1/orders/import").catch(() => null);
  if (!seen || bar.hidden) return;
  const n = (rows) => rows.toLocaleString("en");
  far.textContent = seen.to_store == null ? `${n(seen.checked)} rows checked`
    : `${n(seen.stored)} of ${n(seen.to_store)} stored`;
  if (seen.to_store) bar.value = seen.stored / seen.to_store;
}

const orders = (n) => `${n.toLocaleString("en")} order${n === 1 ? "" : "s"}`;

function verb(report) {
  const parts = [];
  if (report.added + report.changed) parts.push(`Store ${orders(report.added + report.changed)}`);
  if (report.removed) parts.push(`delete ${orders(report.removed)}`);
  return parts.join(" and ").replace(/^d/, "D");
}

function preview(report) {
  const fact = (name, n, kind) => h("div", { class: n ? kind : "" }, h("dt", {}, name),
    h("dd", {}, n.toLocaleString("en")));
  return h("div", {}, h("dl", { class: "tiles" },
    fact("New", report.added, "good"), fact("Changed", report.changed, "good"),
    fact("As before", report.unchanged, ""), report.removed ? fact("To be deleted", report.removed, "warn") : "",
    fact("Rejected", report.rejected.length, "bad")), rejects(report.rejected));
}

/** The rows that cannot be taken, each with its place and reason. */
function rejects(rejected) {
  if (!rejected.length) return "";
  const rows = rejected.slice(0, SHOWN).map((row) => h("tr", {}, h("td", {}, String(row.line)),
    h("td", {}, row.column || "–"), h("td", {}, row.reason)));
  const left = rejected.length - rows.length;
  return h("div", {},
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Rejected rows" },
      h("table", {}, h("caption", { class: "small" }, "Rejected rows: mend them in the file and check it again"),
        h("thead", {}, h("tr", {}, ["Line", "Column", "Why"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, rows))),
    left > 0 && h("p", { class: "small" }, `and ${left.toLocaleString("en")} more`));
}

function showDone(view, report, box) {
  const words = `${report.added} added, ${report.changed} changed, ${report.unchanged} as before`
    + (report.removed ? `, ${report.removed} deleted` : "");
  toast(`Imported: ${words}.`);
  if (!report.rejected.length) return box.close();
  view.replaceChildren(h("p", { class: "notice good" }, `Stored. ${words}.`), rejects(report.rejected));
}
