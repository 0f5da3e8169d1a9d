// The first visit: the example runs and its text can be edited before the second part of the program is there; what a
// visitor does meanwhile waits for it, and nothing is lost, asked for in the midst of a computation, or blocked.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import { pageTest, screenshot, setUp, sizes, uncheckedTest, watch } from "./browser.mjs";
import { serve } from "./site.mjs";

setUp();

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const named = (end) => readdirSync(dist).find((name) => name.endsWith(end));
/** A quick build is not cut in two. */
const cut = named("_later.wasm") !== undefined;

const whole = (page) => page.waitForFunction(() => "whole" in document.documentElement.dataset);
const inEditor = (page) => page.locator(".cm-content").innerText();

/**
 * Opens the page as one who was never there, the second part kept back. Returns `bring()`, which lets it come, and
 * `wrong`: what must not happen meanwhile.
 */
async function visit(page, address) {
  const wrong = [];
  // Such a request stands still until the second part comes, and the page with it.
  const stale = new Promise((_, fail) =>
    page.on("request", (request) => {
      if (request.resourceType() !== "xhr") return;
      wrong.push(`asked for at once: ${request.url()}`);
      fail(new Error("a first visit ran what web/later.txt says it does not: `node web/first-visit.mjs` sees anew what it runs"));
    }),
  );
  stale.catch(() => {});
  page.on("pageerror", (error) => wrong.push(error.message));
  let bring;
  const brought = new Promise((done) => (bring = done));
  await page.route("**/*_later.wasm", async (route) => {
    await brought;
    await route.continue();
  });
  await page.goto(address);
  await Promise.race([page.locator(".stage .pod").first().waitFor(), stale]);
  return { bring, wrong };
}

for (const [size, viewport] of Object.entries(sizes)) {
  for (const locale of ["en", "zh-CN"]) {
    pageTest(`a first visit looks whole before it is: ${size}, ${locale}`, { start: false, viewport, locale, hasTouch: size !== "wide" }, async ({ page, address }) => {
      if (!cut) return;
      const { bring, wrong } = await visit(page, address);
      await page.waitForTimeout(1500);
      await screenshot(page, `first-${size}-${locale}`);
      bring();
      await whole(page);
      assert.deepEqual(wrong, []);
    });
  }
}

pageTest("what is written before the program is whole is judged then, with cursor and focus where they were", { start: false }, async ({ page, address }) => {
  if (!cut) return;
  const { bring, wrong } = await visit(page, address);
  const area = page.getByRole("textbox", { name: "Manifest" });
  await area.fill("apiVersion: v1\nkind: Pod\nmetadata:\n  name: early\nspec:\n  containers:\n  - name: app\n    image: nginx\n");
  await area.press("ArrowUp");
  await area.press("End");
  await area.pressSequentially(":1.27");
  bring();
  await page.getByText("pod/early").first().waitFor();
  await page.locator(".cm-content").waitFor();
  assert.match(await inEditor(page), /image: nginx:1\.27\n/);
  await page.keyboard.type("-alpine");
  assert.match(await inEditor(page), /image: nginx:1\.27-alpine\n/);
  assert.equal(await page.locator(".early").count(), 0);
  assert.deepEqual(wrong, []);
});

pageTest("what is pressed before the program is whole is done then, in order", { start: false }, async ({ page, address }) => {
  if (!cut) return;
  const { bring, wrong } = await visit(page, address);
  await page.getByRole("button", { name: "Lessons" }).click();
  await page.getByRole("button", { name: /Switch to (dark|light)/ }).click();
  await page.getByRole("tab", { name: "Events" }).click();
  await page.getByLabel("Speed").selectOption("50");
  await page.mouse.move(700, 300);
  await page.mouse.wheel(0, 40);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("?");
  await page.getByRole("status").getByText("Podlab is still loading").waitFor();
  assert.equal(await page.locator('[aria-busy="true"]').count() > 0, true);
  assert.equal(await page.locator(".lesson-row").count(), 0);
  await screenshot(page, "first-waiting");
  bring();
  await page.locator(".lesson-row").first().waitFor();
  await page.locator("html[data-theme]").waitFor();
  await page.getByRole("dialog").waitFor();
  assert.equal(await page.getByRole("tab", { name: "Events" }).getAttribute("aria-selected"), "true");
  assert.equal(await page.getByLabel("Speed").inputValue(), "50");
  assert.equal(await page.locator("[aria-busy], [data-waiting]").count(), 0);
  assert.equal(await page.getByText("Podlab is still loading").count(), 0);
  assert.deepEqual(wrong, []);
});

pageTest("a link put into the address of such a page is followed when it is whole", { start: false }, async ({ page, address }) => {
  if (!cut) return;
  const { bring } = await visit(page, address);
  await page.evaluate(() => (location.hash = "#lesson/init-containers/1"));
  await page.waitForTimeout(100);
  bring();
  await page.locator("#pane-lesson").getByRole("button", { name: "Run it" }).waitFor();
});

pageTest("who leaves before the program is whole finds the text again", { start: false }, async ({ page, address }) => {
  if (!cut) return;
  await visit(page, address);
  await page.locator(".early").fill("kind: Left\n");
  await page.goto("about:blank");
  await page.unroute("**/*_later.wasm");
  await page.goto(address);
  await page.locator(".cm-content", { hasText: "kind: Left" }).waitFor();
});

uncheckedTest("a second part that does not come is said, asked for again, and nothing is lost", {}, async ({ page, address }) => {
  if (!cut) return;
  let refused = 0;
  await page.route("**/*_later.wasm", (route) => (++refused <= 3 ? route.abort() : route.continue()));
  await page.goto(address);
  await page.locator(".early").fill("apiVersion: v1\nkind: Pod\nmetadata:\n  name: patient\nspec:\n  containers:\n  - name: app\n    image: nginx\n");
  await page.getByRole("status").getByText("could not be loaded; trying again").waitFor();
  await page.getByText("pod/patient").first().waitFor();
  assert.equal(refused, 4);
  assert.equal(await page.getByText("could not be loaded").count(), 0);
});

uncheckedTest("over a slow line the page is there before its second part, and never waits for it", {}, async ({ page, context }) => {
  if (!cut) return;
  // What a server sends compressed.
  const small = (path) => /\.(wasm|js|css|ftl|html)$/.test(path);
  const server = await serve("/", undefined, (path, bytes) => (small(path) ? readFileSync(join(dist, `${path}.gz`)) : bytes), (path) => (small(path) ? { "Content-Encoding": "gzip" } : {}));
  try {
    const wrong = [];
    page.on("request", (request) => request.resourceType() === "xhr" && wrong.push(request.url()));
    page.on("pageerror", (error) => wrong.push(error.message));
    await page.addInitScript(() => {
      globalThis.longest = 0;
      new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (globalThis.longest = Math.max(globalThis.longest, duration)))).observe({ type: "longtask" });
    });
    const line = await context.newCDPSession(page);
    await line.send("Network.emulateNetworkConditions", { offline: false, latency: 150, downloadThroughput: 1_500_000 / 8, uploadThroughput: 1_500_000 / 8 });
    const since = (start) => ((performance.now() - start) / 1000).toFixed(1);
    const start = performance.now();
    await page.goto(server.address, { waitUntil: "commit" });
    await page.locator(".stage .pod").first().waitFor();
    const shown = since(start);
    await page.locator(".early").fill("apiVersion: v1\nkind: Pod\nmetadata:\n  name: slow\nspec:\n  containers:\n  - name: app\n    image: nginx\n");
    const written = since(start);
    await page.getByRole("button", { name: "Lessons" }).click();
    await whole(page);
    const there = since(start);
    await page.locator(".lesson-row").first().waitFor();
    await page.getByRole("button", { name: "Leave" }).click();
    await page.getByText("pod/slow").first().waitFor();
    await page.locator(".cm-content", { hasText: "name: slow" }).waitFor();
    console.log(`    1.5 Mbit/s, 150 ms: stage after ${shown} s, text written after ${written} s, whole after ${there} s; longest task ${await page.evaluate(() => globalThis.longest)} ms`);
    assert.deepEqual(wrong, []);
  } finally {
    await server.close();
  }
});

uncheckedTest("nothing of the first visit looks at what the second part brings", {}, async ({ page }) => {
  if (!cut) return;
  // Where the second part will write something, the memory of the first holds nonsense until then.
  const open = (name) => binaryen.readBinary(readFileSync(join(dist, name)));
  const segments = (module) => Array.from({ length: module.getNumDataSegments() }, (_, at) => module.getDataSegmentInfo(module.getDataSegmentByIndex(at)));
  const [first, later] = [open(named("_bg.wasm")), open(named("_later.wasm"))];
  const nonsense = segments(later).map(({ offset, data }) => ({ offset, data: new Uint8Array(data).map((byte) => (byte === 0 ? 0 : 0xa5)) }));
  assert.ok(nonsense.reduce((sum, { data }) => sum + data.length, 0) > 100_000, "the second part brings no constants");
  const all = [...nonsense, ...segments(first).map(({ offset, data }) => ({ offset, data: new Uint8Array(data) }))];
  const { initial, max } = first.getMemoryInfo("0");
  first.setMemory(initial, max ?? -1, null, all.map(({ offset, data }) => ({ offset: first.i32.const(offset), data })), false, false, "0");
  const spoilt = Buffer.from(first.emitBinary());
  const server = await serve("/", undefined, (path, bytes) => (path.endsWith("_bg.wasm") ? spoilt : bytes));
  try {
    const watched = watch(page, new URL(server.address).origin);
    const { bring, wrong } = await visit(page, server.address);
    await page.locator("[data-playing=false]").first().waitFor({ timeout: 60_000 });
    const { innerText } = await page.locator("body").evaluateHandle((body) => ({ innerText: body.innerText })).then((it) => it.jsonValue());
    assert.doesNotMatch(innerText, /\ufffd|¥/);
    bring();
    await page.locator(".cm-content").waitFor();
    await page.getByRole("button", { name: "Lessons" }).click();
    await page.locator(".lesson-row").first().waitFor();
    assert.deepEqual(wrong, []);
    watched.check();
  } finally {
    await server.close();
  }
});
