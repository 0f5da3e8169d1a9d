// Sees which functions of the program a first visit runs, and writes the names of the others into later.txt (split.mjs).
// Run it by hand when the first load has grown: `node web/first-visit.mjs`. It builds the page once more, into dist/.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { findChromium } from "../tests/e2e/chromium.mjs";
import { serve } from "../tests/e2e/site.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const sizes = [[1440, 900], [820, 1180], [390, 844]];

const env = { ...process.env, PODLAB_FIRST_VISIT: "1" };
const built = spawnSync("trunk", ["build", "--release", "--locked", "--offline", "--skip-version-check"], { cwd: here(".."), env, stdio: "inherit" });
if (built.status !== 0) process.exit(1);

const names = JSON.parse(readFileSync(here("../dist/functions.json"), "utf8"));
const run = new Set();
const site = await serve("/");
const browser = await chromium.launch({ executablePath: findChromium(), args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
for (const [width, height] of sizes) {
  for (const colorScheme of ["light", "dark"]) {
    for (const locale of ["en", "zh-CN"]) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale, hasTouch: width < 800 });
      await context.addInitScript(() => {
        const marks = new Set();
        globalThis.profile = { mark: (index) => marks.add(index), marks: () => [...marks] };
      });
      const page = await context.newPage();
      await page.goto(site.address);
      await page.locator(".stage .pod").first().waitFor();
      // The example, from its beginning and to its end, and one step back; the pointer comes by.
      await page.keyboard.press("Home");
      await page.keyboard.press("Space");
      for (let step = 0; step < 12; step += 1) {
        await page.mouse.move(width * (0.1 + 0.07 * step), height * (0.2 + 0.06 * step));
        await page.waitForTimeout(400);
      }
      await page.keyboard.press("Space");
      for (let step = 0; step < 60; step += 1) await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowLeft");
      await page.waitForTimeout(500);
      for (const index of await page.evaluate(() => globalThis.profile.marks())) run.add(names[index]);
      await context.close();
    }
  }
}
await browser.close();
await site.close();

const later = [...new Set(names)].filter((name) => !run.has(name)).sort();
writeFileSync(here("later.txt"), `${later.join("\n")}\n`);
console.log(`${names.length} functions: ${run.size} names run on a first visit, ${later.length} come later`);
