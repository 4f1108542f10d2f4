// Every language once: chosen by the browser's language, kept by the switch, nothing too wide on a phone.

import { PAGE, person } from "./browser.mjs";
import assert from "node:assert/strict";

const PHONE = [["phone", 390, 844]];

/** What each language says in some places. */
const SAID = {
  en: { locale: "en-AU", name: "English", logIn: "Log in", waits: "No call. The line waits." },
  de: { locale: "de-AT", name: "Deutsch", logIn: "Anmelden", waits: "Kein Anruf. Die Leitung wartet." },
  es: { locale: "es-MX", name: "Español", logIn: "Entrar", waits: "Sin llamada. La línea espera." },
  fr: { locale: "fr-BE", name: "Français", logIn: "Se connecter", waits: "Aucun appel. La ligne attend." },
};
const VIEWS = ["now", "orders", "calls", "figures", "settings", "health", "health/deliveries", "health/log"];

/** Logs in and looks at every view in one language. */
async function speaks(tag, password) {
  const { locale, logIn, waits } = SAID[tag];
  const { context, page, look } = await person({ locale });
  await page.goto(`${PAGE}/page/`);
  await page.getByRole("button", { name: logIn, exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), tag);
  // What the box says is translated too.
  await page.locator("input[type=password]").fill("wrong words");
  await page.keyboard.press("Enter");
  const refusal = page.locator(".wrong");
  await refusal.waitFor();
  assert.equal((await refusal.textContent()).includes("This is not"), tag === "en");
  await page.locator("input[type=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.getByText(waits).first().waitFor({ timeout: 20000 });
  for (const view of VIEWS) {
    await page.goto(`${PAGE}/page/#${view}`);
    await page.locator(`.view-${view.split("/")[0]}`).waitFor();
    await page.waitForLoadState("networkidle");
    await look(`${view.replace("/", "-")}-${tag}`, PHONE);
    if (tag !== "en") {
      const heading = await page.locator("h1").textContent();
      assert(!["Now", "Calls", "Figures", "Settings", "Health"].includes(heading), heading);
    }
  }
  await context.close();
}

/** The steps: each language, and the switch. */
export function languages(password) {
  const steps = Object.keys(SAID).map((tag) => {
    const step = () => speaks(tag, password);
    Object.defineProperty(step, "name", { value: `language ${tag}` });
    return step;
  });
  return [...steps, async function theSwitch() {
    const { context, page } = await person({ locale: "pl-PL" });
    await page.goto(`${PAGE}/page/`);
    await page.getByRole("button", { name: "Log in", exact: true }).waitFor();
    await page.locator("#language").selectOption("fr");
    await page.getByRole("button", { name: "Se connecter", exact: true }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Se connecter", exact: true }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), "fr");
    await context.close();
  }];
}
