// A newcomer's first minutes with `maskline demo`, in a real browser. Told by tests/page/demo.rs where it
// is.

import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";

const { DEMO, CHROMIUM, PAGE_SCREENSHOTS: pictures } = process.env;
const ORIGIN = new URL(DEMO).origin;
const NEUTRAL = "+61 2 5550 0099";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  // A microphone that beeps.
  "--use-fake-device-for-media-stream"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
if (pictures) mkdirSync(pictures, { recursive: true });

const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
const page = await context.newPage();
page.setDefaultTimeout(30000);
const problems = [];
page.on("console", (message) => {
  if (message.type() === "error") problems.push(`${message.text()} ${message.location().url || ""}`);
});
page.on("pageerror", (error) => problems.push(String(error)));
page.on("request", (request) => {
  const { origin, protocol } = new URL(request.url());
  if (origin !== ORIGIN && protocol !== "blob:") problems.push(`asked elsewhere: ${request.url()}`);
});

/** Looks at what is shown as axe does, and takes its pictures. */
async function look(name) {
  const session = await context.newCDPSession(page);
  const evaluate = async (expression, awaitPromise = false) => {
    const done = await session.send("Runtime.evaluate", { expression, awaitPromise, returnByValue: true });
    if (done.exceptionDetails) throw new Error(JSON.stringify(done.exceptionDetails));
    return done.result.value;
  };
  await evaluate(axe);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    // The box's page in the frame has tests of its own.
    const found = await evaluate(
      "axe.run(document, {resultTypes: ['violations'], iframes: false}).then((r) => r.violations.map((v) => "
        + "({ id: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.html + ' ' + n.failureSummary) })))", true);
    for (const { id, impact, nodes } of found) {
      console.log(`axe: ${name} ${scheme}: ${impact} ${id}: ${nodes.slice(0, 3).join(" | ")}`);
      if (["serious", "critical"].includes(impact)) problems.push(`axe: ${name} ${scheme}: ${id}`);
    }
    for (const [size, width, height] of [["desktop", 1440, 900], ["small", 1024, 768], ["phone", 390, 844]]) {
      await page.setViewportSize({ width, height });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) problems.push(`${name} is ${wide} px too wide on a ${size}`);
      if (pictures && (scheme === "light" || size === "desktop")) {
        await page.screenshot({ path: join(pictures, `${name}-${size}-${scheme}.png`), fullPage: size !== "desktop" });
      }
    }
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" });
  await page.setViewportSize({ width: 1440, height: 900 });
  await session.detach();
}

/** One of the three phones on the page. */
class Phone {
  constructor(role) {
    this.role = role;
    this.all = page.locator(`[data-role=${role}]`);
  }

  press(name) {
    return this.all.getByRole("button", { name, exact: true }).click();
  }

  async keys(digits) {
    for (const digit of digits) await this.press(digit);
  }

  state(state, timeout = 30000) {
    return page.locator(`[data-role=${this.role}][data-call=${state}]`).waitFor({ timeout });
  }

  shows(words, timeout = 30000) {
    return this.all.locator(".screen").getByText(words).waitFor({ timeout });
  }

  /** Waits until the browser itself plays something at this phone's ear. */
  loud() {
    return page.waitForFunction((role) => {
      const meter = document.querySelector(`[data-role=${role}] .meter`);
      return Number(getComputedStyle(meter).getPropertyValue("--loud")) > 0.2;
    }, this.role, { timeout: 30000 });
  }
}

const [courier, customer, operator] = ["courier", "customer", "operator"].map((role) => new Phone(role));
const box = page.frameLocator("iframe");
const boxSays = (words, timeout = 30000) => box.getByText(words).first().waitFor({ timeout });

/** How the latest call ended, once there are records of so many. */
async function outcome(count) {
  for (;;) {
    const items = await page.evaluate(async () => (await (await fetch("/api/v1/calls")).json()).items);
    if (items.length >= count) {
      assert.equal(items.length, count);
      return items.sort((a, b) => (a.call_id < b.call_id ? 1 : -1))[0].outcome;
    }
    await page.waitForTimeout(100);
  }
}

async function arrive() {
  await page.goto(DEMO);
  for (const phone of [courier, customer, operator]) await phone.shows("Ready to call the box");
  await boxSays("The line waits");
  await look("demo-idle");
}

/** Calls the box and keys the order. */
async function call() {
  await courier.press("Call");
  await courier.shows("The box speaks");
  await courier.loud();
  await courier.keys("12345");
}

async function maskedCall() {
  await call();
  await customer.state("ringing");
  await customer.shows(NEUTRAL);
  await courier.state("held");
  await boxSays("The other phone rings");
  await look("demo-ringing");
  await customer.press("Answer");
  await customer.shows("The box speaks");
  await courier.state("connected");
  await customer.state("connected");
  // Nobody has allowed the microphone.
  await courier.press("Talk");
  await page.getByText("No microphone").waitFor();
  await customer.shows("You hear the courier");
  await customer.loud();
  await look("demo-talking");
  await context.grantPermissions(["microphone"], { origin: ORIGIN });
  await customer.press("Talk");
  await courier.shows("You hear the customer");
  await courier.loud();
  await customer.press("Stop talking");
  await customer.press("Hang up");
  await courier.shows("The box has ended the call.");
  assert.equal(await outcome(1), "connected");
  await boxSays("Order 12345");
}

async function operatorsHelp() {
  // Dialled by hand, as one would, and with the keyboard.
  await operator.press("1");
  await operator.press("Call");
  await operator.shows("No such number here");
  await operator.press("Clear");
  await operator.shows("Ready to call the box");
  await customer.all.getByRole("button", { name: "0", exact: true }).focus();
  await page.keyboard.type("0255500099");
  await customer.press("Call");
  await customer.shows("The box speaks");
  await page.keyboard.type("#");
  await operator.state("ringing");
  await operator.shows(NEUTRAL);
  await operator.press("Decline");
  await customer.shows("The box has ended the call.", 60000);
  assert.equal(await outcome(2), "operator_unavailable");
}

const trouble = (name) => page.getByLabel(name, { exact: true });

async function busy() {
  await trouble("is busy").check();
  await call();
  await courier.shows("The box has ended the call.", 60000);
  assert.equal(await outcome(3), "callee_unavailable");
}

async function noAnswer() {
  await trouble("rings, nobody answers").check();
  await call();
  await customer.state("ringing");
  await courier.shows("The box has ended the call.", 60000);
  assert.equal(await outcome(4), "callee_unavailable");
  await trouble("rings").check();
}

async function mergeRefused() {
  await trouble("the network refuses to merge the two calls").check();
  await call();
  await customer.press("Answer");
  await courier.shows("The box has ended the call.", 60000);
  assert.equal(await outcome(5), "merge_refused");
  await boxSays("The network refused to connect two calls");
  await page.reload();
  assert(await trouble("the network refuses to merge the two calls").isChecked(), "it is still so");
  await trouble("the network refuses to merge the two calls").uncheck();
}

async function crash() {
  await courier.press("Call");
  await courier.shows("The box speaks");
  await page.getByRole("button", { name: "The modem crashes now" }).click();
  await courier.shows("The call was lost.");
  await boxSays("Getting the modem back");
  await look("demo-crash");
  await boxSays("The line waits", 90000);
  assert.equal(await outcome(6), "modem_lost");
  await call();
  await customer.press("Answer");
  await courier.state("connected");
  await courier.press("Hang up");
}

for (const step of [arrive, maskedCall, operatorsHelp, busy, noAnswer, mergeRefused, crash]) {
  try {
    await step();
    console.log(`ok: ${step.name}`);
  } catch (error) {
    if (pictures) await page.screenshot({ path: join(pictures, `failed-${step.name}.png`) });
    problems.push(`${step.name}: ${error.stack}`);
    break;
  }
}
await browser.close();
for (const problem of problems) console.log(`problem: ${problem}`);
process.exit(problems.length ? 1 : 0);
