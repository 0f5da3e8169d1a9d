// Sees which functions of the program a first visit runs, and writes the names of the others into later.txt (split.mjs).
// Run it by hand when the first load has grown: `node web/first-visit.mjs`. It looks at the page in dist/.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { findChromium } from "../tests/e2e/chromium.mjs";
import { serve } from "../tests/e2e/site.mjs";
import { instrument } from "./split.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const sizes = [[1440, 900], [820, 1180], [390, 844]];

// The program as wasm-bindgen gives it, its functions marked, in place of the one in dist/.
const folder = mkdtempSync(join(tmpdir(), "podlab-"));
const program = here(`../${process.env.CARGO_TARGET_DIR ?? "target"}/wasm32-unknown-unknown/release/podlab-page.wasm`);
const bound = spawnSync("wasm-bindgen", ["--target", "web", "--no-typescript", "--out-dir", folder, "--out-name", "podlab-page", program], { stdio: "inherit" });
if (bound.status !== 0) process.exit(1);
const { bytes: marked, names } = instrument(readFileSync(join(folder, "podlab-page_bg.wasm")));
rmSync(folder, { recursive: true });
const change = (path, bytes) => {
  if (path.endsWith("_bg.wasm")) return Buffer.from(marked);
  if (path === "index.html") return Buffer.from(bytes.toString().replace(/<meta name="podlab-later"[^>]*>/, ""));
  if (!/^podlab-page-.*\.js$/.test(path)) return bytes;
  return Buffer.from(bytes.toString().replace(/(function __wbg_get_imports\([\s\S]*?return \{)/, "$1 profile: globalThis.profile,"));
};

const run = new Set();
const site = await serve("/", undefined, change);
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
// Whoever brings a text waits for the whole program: what runs until then.
const brought = { "#v1.x": {}, "?embed": {}, "": { "podlab.text": "kind: Pod" } };
for (const [address, storage] of Object.entries(brought)) {
  const context = await browser.newContext();
  await context.addInitScript((storage) => {
    for (const [key, value] of Object.entries(storage)) localStorage.setItem(key, value);
    const marks = new Set();
    globalThis.profile = { mark: (index) => "whole" in document.documentElement.dataset || marks.add(index), marks: () => [...marks] };
  }, storage);
  const page = await context.newPage();
  await page.goto(site.address + address);
  await page.waitForFunction(() => "whole" in document.documentElement.dataset);
  for (const index of await page.evaluate(() => globalThis.profile.marks())) run.add(names[index]);
  await context.close();
}
await browser.close();
await site.close();

const later = [...new Set(names)].filter((name) => !run.has(name)).sort();
writeFileSync(here("later.txt"), `${later.join("\n")}\n`);
console.log(`${names.length} functions: ${run.size} names run on a first visit, ${later.length} come later`);
