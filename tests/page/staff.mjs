// What staff do in a day, in a real browser. Told by tests/page/main.rs where the page is; asks it by
// lines on standard output for calls.

import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";

const { PAGE, SETUP_CODE, CHROMIUM, PAGE_SCREENSHOTS: pictures } = process.env;
const PASSWORD = "three green vans";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const work = mkdtempSync(join(tmpdir(), "maskline-page-"));
if (pictures) mkdirSync(pictures, { recursive: true });

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function outside(what) {
  console.log(`DO ${what}`);
  await answers.next();
}

const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, bypassCSP: false });
const page = await context.newPage();
const problems = [];
page.on("console", (message) => {
  const text = `${message.text()} ${message.location().url || ""}`;
  // A refusal that a test provokes, and the events that an older box lacks.
  const expected = /40[134]|42[29]/.test(text);
  if (message.type() === "error" && !expected) problems.push(text);
});
page.on("pageerror", (error) => problems.push(String(error)));
page.on("request", (request) => {
  const { origin, protocol } = new URL(request.url());
  if (origin !== PAGE && protocol !== "blob:") problems.push(`asked elsewhere: ${request.url()}`);
});

/** Looks at what is shown as axe does, and takes its pictures. */
async function look(name) {
  await page.waitForTimeout(150);
  // By the debugger's way in: the page's own policy lets no other script run.
  const session = await context.newCDPSession(page);
  const evaluate = async (expression, awaitPromise = false) => {
    const done = await session.send("Runtime.evaluate", { expression, awaitPromise, returnByValue: true });
    if (done.exceptionDetails) throw new Error(JSON.stringify(done.exceptionDetails));
    return done.result.value;
  };
  await evaluate(axe);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    const found = await evaluate(
      "axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.map((v) => "
        + "({ id: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.html + ' ' + n.failureSummary) })))", true);
    for (const { id, impact, nodes } of found) {
      console.log(`axe: ${name} ${scheme}: ${impact} ${id}: ${nodes.slice(0, 3).join(" | ")}`);
      if (["serious", "critical"].includes(impact)) problems.push(`axe: ${name} ${scheme}: ${id}`);
    }
    for (const [size, width, height] of [["desktop", 1280, 900], ["phone", 390, 844]]) {
      await page.setViewportSize({ width, height });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) problems.push(`${name} is ${wide} px too wide on a ${size}`);
      if (pictures && (scheme === "light" || size === "desktop")) {
        await page.screenshot({ path: join(pictures, `${name}-${size}-${scheme}.png`), fullPage: true });
      }
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
  await session.detach();
}

const visible = (text) => page.getByText(text).first().waitFor({ timeout: 20000 });
const button = (name) => page.getByRole("button", { name, exact: true });
const view = (name) => page.getByRole("link", { name, exact: true }).click();

async function setUp() {
  await page.goto(`${PAGE}/`);
  await visible("Nobody has set a password");
  await look("setup");
  await page.getByLabel("Setup code").fill("0000-0000-0000-0000");
  await page.getByLabel("New password").fill(PASSWORD);
  await button("Set the password").click();
  await visible("This is not the setup code");
  await page.getByLabel("Setup code").fill(SETUP_CODE.toLowerCase());
  await page.getByLabel("New password").fill("password");
  await button("Set the password").click();
  await visible("at least 10 characters");
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByLabel("Your name").fill("Ada");
  await button("Set the password").click();
  await visible("The line waits");
  await button("Log out").click();
  await button("Log in").waitFor();
  await look("login");
  await page.getByLabel("Password").fill("wrong words");
  await page.keyboard.press("Enter");
  await visible("This is not the password");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await visible("The line waits");
}

async function orders() {
  await view("Orders");
  await visible("The book is empty");
  await button("Add an order").click();
  await page.getByLabel("Order number").fill("12345");
  await page.getByLabel("Courier's phone").fill("02 5550 1111");
  await page.getByLabel("Customer's phone").fill("12");
  await button("Save").click();
  await visible("No telephone number of its country has this length");
  await look("order-form");
  await page.getByLabel("Customer's phone").fill("+61 2 5550 2222");
  await button("Save").click();
  await visible("+61 ••• ••• 222");
  assert(!(await page.content()).includes("5550"), "the page holds no number that nobody asked for");
  await button("Show numbers of order 12345; this is noted").click();
  await visible("+61255502222");
  await importFile();
  await page.getByLabel("Search").fill("7000");
  await visible("9 orders");
  await page.getByLabel("Search").fill("");
  await visible("31 orders");
  await button("Edit order 70001").click();
  assert.equal(await page.getByLabel("Courier's phone").inputValue(), "+61255501111");
  await page.getByLabel("Customer's phone").fill("02 5550 9999");
  await button("Save").click();
  await visible("+61 ••• ••• 999");
  await button("Delete order 70001").click();
  await button("Delete").click();
  await visible("30 orders");
  await look("orders");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByText("Export").click()]);
  assert.match(readFileSync(await file.path(), "utf8"), /^order,courier,customer,expires_at,language\r\n12345,/);
}

async function importFile() {
  const rows = Array.from({ length: 30 }, (_, i) =>
    `${70001 + i},+61255501111,+612555${String(30000 + i).slice(0, 5)},864000`);
  const file = join(work, "orders.csv");
  const bad = ["70099,6.1255E+10,+61255502222,", "7x,+61255501111,+61255502222,"];
  writeFileSync(file, ["order,courier,customer,ttl_seconds", ...rows, ...bad].join("\r\n"));
  await button("Import").click();
  await page.getByLabel("File", { exact: true }).setInputFiles(file);
  await button("Check the file").click();
  await button("Store 30 orders").waitFor();
  await visible("a spreadsheet has rounded this number");
  await look("import");
  await button("Store 30 orders").click();
  await visible("30 added, 0 changed");
  await page.keyboard.press("Escape");
}

async function liveCall() {
  await view("Now");
  await visible("The line waits");
  await look("now-idle");
  await outside("call 12345");
  await visible("The two are talking");
  await look("now-call");
  await outside("hang-up");
  await visible("The line waits");
  await visible("Order 12345");
  await page.getByText("Order 12345").first().click();
  await visible("The two were connected.");
  await visible("answered and heard who calls");
  await look("call");
  const numbers = button("Show the numbers");
  if (await numbers.count()) {
    await numbers.click();
    await visible("+61255501111");
  }
}

async function others() {
  await view("Calls");
  await visible("50 calls, and older ones");
  await page.getByLabel("Order number").fill("12345");
  await page.getByText("1 call", { exact: true }).waitFor();
  await page.getByLabel("How it ended").selectOption("merge_refused");
  await visible("No calls match");
  await page.getByLabel("How it ended").selectOption("");
  await page.getByLabel("Order number").fill("");
  await visible("50 calls, and older ones");
  await look("calls");
  await view("Figures");
  await visible("Calls per day");
  await look("figures");
  await view("Health");
  await visible("stored order 12345");
  await visible("saw the numbers of order 12345");
  await look("health");
}

/** Everything can be reached and used with keys alone. */
async function keys() {
  await page.goto(`${PAGE}/page/#now`);
  await page.reload();
  await visible("The line waits");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  for (let i = 0; i < 2; i += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Calls", level: 1 }).waitFor();
}

for (const step of [setUp, orders, liveCall, others, keys]) {
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
