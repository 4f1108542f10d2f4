// Files from USB sticks that wait for somebody who wants them in the book.

import { ask, get, post, sentence } from "./api.js";
import { fromBox, t } from "./language.js";
import { doing, h, toast, when } from "./ui.js";
import { preview } from "./import.js";

const AGAIN_MS = 5000;

/** A place that shows files as they come; `done` is called when orders were stored. And how to leave it. */
export function waitingFiles(done) {
  const place = h("div", { role: "status" });
  let seen = "";
  const look = async () => {
    const { items } = await get("/api/v1/sticks");
    const waiting = items.filter((file) => file.state === "waiting");
    const text = JSON.stringify(waiting);
    if (text === seen) return;
    seen = text;
    place.replaceChildren(...waiting.map((file) => card(file, async () => {
      await look();
      await done();
    })));
  };
  // What cannot be asked for is asked for again; the view below says what is wrong with the box.
  const soon = () => look().catch(() => {});
  soon();
  const timer = setInterval(soon, AGAIN_MS);
  return { place, leave: () => clearInterval(timer) };
}

function card(file, done) {
  const { id, file: name, report } = file;
  const take = h("button", { type: "button", class: "primary", onclick: doing(async () => {
    const now = await post(`/api/v1/sticks/${id}`);
    const failed = now.state === "failed";
    toast(failed ? sentence(fromBox(now.problem || t("The file could not be imported"))) : t("The file is imported."), failed);
    await done();
  }) }, t("Import these orders"));
  const leave = h("button", { type: "button", onclick: doing(async () => {
    await ask("DELETE", `/api/v1/sticks/${id}`);
    toast(t("The file is not imported."));
    await done();
  }) }, t("Do not import"));
  const stores = report && report.added + report.changed > 0;
  return h("section", { class: "card", "aria-labelledby": `stick-${id}` },
    h("h2", { id: `stick-${id}` }, t("{file} from a USB stick", { file: name })),
    h("p", {}, t("It came {time} and is not signed. Nothing is stored before you import it.", { time: when(file.arrived_at) })),
    report ? preview({ ...report, removed: 0, rejected: report.rows }) : "",
    h("div", { class: "buttons start" }, stores ? take : "", leave));
}
