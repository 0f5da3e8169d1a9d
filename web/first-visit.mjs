// Sees which functions of the program a first visit runs before the second part comes, and writes the names of the others
// into later.txt (split.mjs). Run it by hand when the first load has grown: `node web/first-visit.mjs`. It looks at the page
// in dist/, and lets the second part never come: what the page does by itself is all that is seen, since whatever a visitor
// does waits (later.js) or is written into a plain text area (early.js).
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { findChromium } from "../tests/e2e/chromium.mjs";
import { serve } from "../tests/e2e/site.mjs";
import { bundle } from "./glue.mjs";
import { linked } from "./linked.mjs";
import { instrument, unseen } from "./split.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const sizes = [[1440, 900], [820, 1180], [390, 844]];
/** By how much the processor is slowed: how fast it is decides how often there is a picture, and what each has to show. */
const speeds = [1, 4];

// The program as wasm-bindgen gives it, its functions marked, in place of the one in dist/.
const folder = mkdtempSync(join(tmpdir(), "podlab-"));
const bound = spawnSync("wasm-bindgen", ["--target", "web", "--no-typescript", "--out-dir", folder, "--out-name", "podlab-page", linked], { stdio: "inherit" });
if (bound.status !== 0) process.exit(1);
const { bytes: marked, pieces, begins, count } = instrument(readFileSync(join(folder, "podlab-page_bg.wasm")));
const script = await bundle(join(folder, "podlab-page.js"));
rmSync(folder, { recursive: true });
const change = (path, bytes) => {
  if (path.endsWith("_bg.wasm")) return Buffer.from(marked);
  return /^podlab-page-[0-9a-f]+\.js$/.test(path) ? Buffer.from(script) : bytes;
};

/** The marks that were set. */
const begun = new Set();
const site = await serve("/", undefined, change);
const browser = await chromium.launch({ executablePath: findChromium(), args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });

/** Opens the page at `address`, lets `visit` do something there, and notes what has run. */
async function see(options, address, storage, slow, visit) {
  const context = await browser.newContext(options);
  await context.addInitScript((storage) => {
    for (const [key, value] of Object.entries(storage)) localStorage.setItem(key, value);
    for (const name of ["instantiate", "instantiateStreaming"]) {
      const given = WebAssembly[name];
      WebAssembly[name] = async (...values) => {
        const made = await given(...values);
        globalThis.profiled = made.instance.exports;
        return made;
      };
    }
  }, storage);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slow });
  const asked = page.waitForRequest("**/*_later.wasm");
  await page.route("**/*_later.wasm", () => new Promise(() => {}));
  await page.goto(site.address + address);
  await asked;
  await visit(page);
  const marks = ([begins, count]) => [...new Uint8Array(globalThis.profiled.memory.buffer, begins, count)].flatMap((mark, at) => (mark ? [at] : []));
  for (const mark of await page.evaluate(marks, [begins, count])) begun.add(mark);
  await context.close();
}

for (const [width, height] of sizes) {
  for (const colorScheme of ["light", "dark"]) {
    for (const locale of ["en", "zh-CN"]) {
      for (const slow of speeds) {
        const still = colorScheme === "dark" ? { reducedMotion: "reduce", deviceScaleFactor: 2 } : {};
        const options = { viewport: { width, height }, colorScheme, locale, hasTouch: width < 800, ...still };
        await see(options, "", {}, slow, async (page) => {
          await page.locator(".stage .pod").first().waitFor();
          // Whatever a quick visitor does: the pointer comes by, keys and presses wait, a word is written.
          for (let step = 0; step < 12; step += 1) {
            await page.mouse.move(width * (0.1 + 0.07 * step), height * (0.2 + 0.06 * step));
            await page.waitForTimeout(200);
          }
          for (const key of ["Home", "Space", "ArrowRight", "Tab", "Tab"]) await page.keyboard.press(key);
          for (const id of ["#examples-button", "#share-button", "#show-tab-logs"]) {
            if (await page.locator(id).isVisible()) await page.locator(id).click();
          }
          if (await page.locator(".early").isVisible()) await page.locator(".early").pressSequentially("# a word\n");
          // Who has written turns to something else.
          await page.locator("#lessons-button").focus();
          await page.emulateMedia({ colorScheme: colorScheme === "dark" ? "light" : "dark" });
          await page.setViewportSize({ width: height, height: width });
          await page.waitForTimeout(500);
          await page.setViewportSize({ width, height });
          // The example plays to its end by itself; one look is enough for what that takes.
          if (colorScheme === "light" && locale === "en") await page.locator("[data-playing=false]").waitFor({ timeout: 60_000 });
          await page.waitForTimeout(500);
        });
      }
    }
  }
}
// Whoever brings something waits for the whole program: what runs until then.
for (const [address, storage] of [["#v1.x", {}], ["?embed=1", {}], ["", { "podlab.text": "kind: Pod" }], ["", { "podlab.theme": "dark" }]]) {
  await see({}, address, storage, 1, (page) => page.waitForTimeout(500));
}
await browser.close();
await site.close();

const lines = unseen(pieces, begun);
writeFileSync(here("later.txt"), `${lines.join("\n")}\n`);
const parts = lines.filter((line) => line.includes(" ")).length;
console.log(`${pieces.length} functions of ${count} pieces, ${begun.size} of them begun: ${lines.length - parts} names come later, and pieces of ${parts}`);
