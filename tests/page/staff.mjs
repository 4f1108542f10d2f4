// What staff do in a day, in a real browser. Told by tests/page/main.rs where the page is; asks it by
// lines on standard output for what happens elsewhere: calls, the receiver of the webhook.

import { PAGE, SETUP_CODE, browser, outside, person, problems, run } from "./browser.mjs";
import { languages } from "./languages.mjs";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";

const PASSWORD = "three green vans";
const work = mkdtempSync(join(tmpdir(), "maskline-page-"));
const { context, page, look } = await person();

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
  await page.getByLabel("Password").fill("wrong words");
  await page.keyboard.press("Enter");
  await visible("This is not the password");
  await look("login");
}

/** From the login to a stored order with keys alone. */
async function keys() {
  await page.reload();
  await button("Log in").waitFor();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await visible("The line waits");
  const tabTo = async (name) => {
    for (let i = 0; i < 60; i += 1) {
      await page.keyboard.press("Tab");
      const here = await page.evaluate(() => {
        const { activeElement: at } = document;
        const shown = at.matches(":focus-visible") && getComputedStyle(at).outlineStyle !== "none";
        return { name: at.getAttribute("aria-label") || at.textContent, shown };
      });
      if (here.name !== name) continue;
      assert(here.shown, `the focus on ${name} can be seen`);
      return;
    }
    throw new Error(`no key leads to ${name}`);
  };
  await tabTo("Skip to the content");
  await tabTo("Orders");
  await page.keyboard.press("Enter");
  await visible("The book is empty");
  await look("orders-empty");
  await tabTo("Add an order");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.type("12345");
  await page.keyboard.press("Tab");
  await page.keyboard.type("02 5550 1111");
  await page.keyboard.press("Tab");
  await page.keyboard.type("12");
  await page.keyboard.press("Enter");
  await visible("No telephone number of its country has this length");
  await look("order-form");
  // The field that is wrong has the focus.
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("+61 2 5550 2222");
  await page.keyboard.press("Enter");
  await visible("+61 ••• ••• 222");
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("dialog").count(), 0);
}

async function orders() {
  assert(!(await page.content()).includes("5550"), "the page holds no number that nobody asked for");
  await button("Show numbers: order 12345; this is noted").click();
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
  await look("order-delete");
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
  await visible("A spreadsheet has rounded this number");
  await look("import");
  await button("Store 30 orders").click();
  await visible("30 added, 0 changed");
  await page.keyboard.press("Escape");
}

/** A large file over a slow network: a bar shows how far it is. */
async function longImport() {
  const rows = Array.from({ length: 12000 }, (_, i) => `${100000 + i},+61255501111,+61255502222,864000`);
  const file = join(work, "many.csv");
  writeFileSync(file, ["order,courier,customer,ttl_seconds", ...rows].join("\n"));
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions",
    { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 150_000 });
  await button("Import").click();
  await page.getByLabel("File", { exact: true }).setInputFiles(file);
  await button("Check the file").click();
  await page.waitForFunction(() => {
    const bar = document.querySelector("dialog progress");
    return !bar.hidden && bar.value > 0 && bar.value < 1;
  });
  await look("import-long", [["desktop", 1280, 900]]);
  await button("Store 12,000 orders").waitFor({ timeout: 60000 });
  assert.equal(await page.locator("dialog progress").isVisible(), false);
  await session.send("Network.emulateNetworkConditions",
    { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await session.detach();
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
  await visible("Waits to be delivered");
  await look("call");
  await button("Show the numbers").click();
  await visible("+61255501111");
}

async function others() {
  await view("Calls");
  await visible("50 calls, and older ones");
  await page.getByLabel("Order number").fill("12345");
  await page.getByText("1 call", { exact: true }).waitFor();
  await page.getByLabel("How it ended").selectOption("merge_refused");
  await visible("No calls match");
  await look("calls-none");
  await page.getByLabel("How it ended").selectOption("");
  await page.getByLabel("Order number").fill("");
  await visible("50 calls, and older ones");
  await look("calls");
  await view("Figures");
  await visible("Calls per day");
  await look("figures");
}

async function settings() {
  await view("Settings");
  const operator = page.getByLabel("Operator's phone");
  assert.equal(await operator.inputValue(), "+61255500000");
  await operator.fill("12");
  await button("Save").click();
  await visible("No telephone number of its country has this length");
  await look("settings-wrong");
  await operator.fill("02 5550 0001");
  await button("Save").click();
  await visible("the file says +61255500000");
  const ring = page.getByRole("spinbutton", { name: "Let the other phone ring" });
  await ring.fill("30.5");
  await button("Save").click();
  await visible("otherwise 45 seconds");
  await page.getByRole("switch", { name: "The person called presses a key first" }).check();
  await visible("otherwise off");
  assert(await page.getByRole("switch", { name: "Connect without an order number" }).isDisabled());
  await visible("The configuration file lists it in settings.fixed");
  await page.reload();
  await visible("otherwise 45 seconds");
  assert.equal(await ring.inputValue(), "30.5");
  await look("settings");
  await button("Undo: Let the other phone ring").click();
  await page.getByText("otherwise 45 seconds").waitFor({ state: "detached" });
  assert.equal(await ring.inputValue(), "45");
}

async function health() {
  await view("Health");
  await visible("4 calls wait");
  await look("health");
  await page.getByRole("link", { name: "Show what waits" }).click();
  await visible("Nothing answers at the server's address");
  await look("deliveries");
  await outside("receiver");
  await button("Send all now").click();
  await visible("All calls are delivered.");
  await look("deliveries-none");
  await view("Log");
  await visible("stored order 12345");
  await visible("looked at the numbers of order 12345");
  await visible("imported a file: 30 orders added, 0 changed, 0 removed, 2 rows rejected");
  await visible("changed “Let the other phone ring”: 30.5 seconds");
  await visible("had all waiting calls sent");
  assert(!(await page.content()).includes("5550"), "no number is in the log");
  await look("log");
  // One that was delivered is sent once more.
  await view("Calls");
  await page.getByText("Order 12345").first().click();
  await visible("Does not wait to be delivered.");
  await button("Send again").click();
  await outside("post");
}

await run(page, [setUp, keys, orders, longImport, liveCall, others, settings, health, ...languages(PASSWORD)]);
await browser.close();
for (const problem of problems) console.log(`problem: ${problem}`);
process.exit(problems.length ? 1 : 0);
