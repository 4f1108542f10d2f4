// A browser that looks: every view at two sizes, light and dark, by axe, with pictures if wanted.

import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";

export const { PAGE, SETUP_CODE, CHROMIUM, PAGE_SCREENSHOTS: pictures } = process.env;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const SIZES = [["desktop", 1280, 900], ["phone", 390, 844]];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
if (pictures) mkdirSync(pictures, { recursive: true });

/** What was found wrong. */
export const problems = [];

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Asks tests/page/main.rs for something that happens outside of the browser. */
export async function outside(what) {
  console.log(`DO ${what}`);
  await answers.next();
}

export const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });

/** A person's browser: its page, and how to look at it. */
export async function person(options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 }, locale: "en-AU", bypassCSP: false, ...options,
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    const text = `${message.text()} ${message.location().url || ""}`;
    // A refusal that a test provokes.
    const expected = /40[134]|42[29]/.test(text);
    if (message.type() === "error" && !expected) problems.push(text);
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== PAGE && protocol !== "blob:") problems.push(`asked elsewhere: ${request.url()}`);
  });
  return { context, page, look: (name, sizes) => look(context, page, name, sizes) };
}

/** Looks at what is shown as axe does, at each size, light and dark, and takes its pictures. */
async function look(context, page, name, sizes = SIZES) {
  // By the debugger's way in: the page's own policy lets no other script run.
  const session = await context.newCDPSession(page);
  const evaluate = async (expression, awaitPromise = false) => {
    const done = await session.send("Runtime.evaluate", { expression, awaitPromise, returnByValue: true });
    if (done.exceptionDetails) throw new Error(JSON.stringify(done.exceptionDetails));
    return done.result.value;
  };
  await evaluate(axe);
  for (const [size, width, height] of sizes) {
    await page.setViewportSize({ width, height });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) problems.push(`${name} is ${wide} px too wide on a ${size}`);
    for (const scheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      const found = await evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.map((v) => "
          + "({ id: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.html + ' ' + n.failureSummary) })))", true);
      for (const { id, impact, nodes } of found) {
        const where = `axe: ${name} ${size} ${scheme}`;
        console.log(`${where}: ${impact} ${id}: ${nodes.slice(0, 3).join(" | ")}`);
        if (["serious", "critical"].includes(impact)) problems.push(`${where}: ${id}`);
      }
      if (pictures) {
        await page.screenshot({ path: join(pictures, `${name}-${size}-${scheme}.png`), fullPage: true });
      }
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
  await session.detach();
}

/** Runs steps one after the other; the first that fails is the last. */
export async function run(page, steps) {
  for (const step of steps) {
    const begun = Date.now();
    try {
      await step();
      console.log(`ok: ${step.name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    } catch (error) {
      if (pictures) await page.screenshot({ path: join(pictures, `failed-${step.name}.png`) });
      problems.push(`${step.name}: ${error.stack}`);
      return;
    }
  }
}
