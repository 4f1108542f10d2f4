// The demo's page: three phones, what can go wrong, and the box's own page beside them.

import { Phone, written } from "./phone.js";

const switches = document.getElementById("switches");
const toasts = document.getElementById("toasts");

function toast(text) {
  const note = Object.assign(document.createElement("p"), { className: "toast", textContent: text });
  toasts.replaceChildren(note);
  setTimeout(() => note.remove(), 8000);
}

async function ask(method, path, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

/** Lets a click ask for something, and says so where it fails. */
const doing = (work) => async (event) => {
  try {
    await work(event);
  } catch (error) {
    console.warn(error);
    toast("That did not work. Does the demo still run?");
  }
};

const stage = await ask("GET", "/demo/stage");
for (const place of document.querySelectorAll("[data-number]")) place.textContent = written(stage.number);
for (const place of document.querySelectorAll("[data-order]")) place.textContent = stage.order;

const places = { courier: -0.6, customer: 0.6, operator: 0 };
const phones = [];
const noMicrophone = () =>
  toast("No microphone, or this page may not use it: the phone says a sentence instead.");
for (const phone of stage.phones) {
  phones.push(new Phone(phone, stage.number, places[phone.role], follow, noMicrophone));
}
document.getElementById("phones").append(...phones.map((phone) => phone.element));

/** Marks how far the person has come, and quietens the phones that somebody's own voice comes from. */
function follow() {
  const talker = phones.find((phone) => phone.talks());
  for (const phone of phones) phone.ear.quiet = Boolean(talker) && phone !== talker;
  const calls = phones.filter(({ role }) => role !== "operator").map(({ display }) => display.call);
  const among = (...states) => calls.some((call) => states.includes(call));
  const both = calls.length === 2 && calls.every((call) => call === "connected");
  const done = both ? 3 : among("ringing", "held") ? 2 : among("connected") ? 1 : 0;
  ["call", "key", "answer"].forEach((step, i) => {
    const item = document.getElementById(`step-${step}`);
    item.classList.toggle("done", i < done);
    item.classList.toggle("here", i === done);
    if (i === done) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
}

/** What is switched on, in the form. */
function showSwitches({ customer, merge_refused: refused }) {
  switches.elements.customer.value = customer;
  switches.elements.merge_refused.checked = refused;
}

showSwitches(stage.switches);
follow();
switches.addEventListener("change", doing(async () => {
  const customer = switches.elements.customer.value;
  const refused = switches.elements.merge_refused.checked;
  showSwitches(await ask("PUT", "/demo/switches", { customer, merge_refused: refused }));
}));
document.getElementById("restart").addEventListener("click", doing(async () => {
  await ask("POST", "/demo/modem/restart");
  toast("The modem crashes: calls are lost, and its ports are gone until it is up again. Watch the box get it back.");
}));

// Browsers allow no sound before somebody has clicked.
for (const gesture of ["pointerdown", "keydown"]) {
  document.addEventListener(gesture, () => {
    Promise.all(phones.map((phone) => phone.ear.open().then(() => phone.sounds())))
      .catch((error) => toast(`This browser plays no sound here: ${error.message}`));
  }, { capture: true, once: true });
}

function draw() {
  phones.forEach((phone) => phone.draw());
  requestAnimationFrame(draw);
}
draw();
