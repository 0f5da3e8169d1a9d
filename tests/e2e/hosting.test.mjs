// What a static server has to do with the build, and what a browser makes of it: types, compressed twins, the manifest,
// a window without motion, an installable page.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { open, pageTest, setUp, uncheckedTest, watch } from "./browser.mjs";
import { serve } from "./site.mjs";

setUp();

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const files = readdirSync(dist, { recursive: true }).filter((name) => statSync(join(dist, name)).isFile());
const wasm = files.find((name) => name.endsWith(".wasm"));
/** A build without optimisation, for looking while one works, has no compressed twins. */
const quick = statSync(join(dist, wasm)).size > 8_000_000;

uncheckedTest("a server that knows no application/wasm is enough", {}, async ({ page }) => {
  const server = await serve("/", undefined, undefined, (path) => (path.endsWith(".wasm") ? { "Content-Type": "application/octet-stream" } : {}));
  try {
    await open(page, server.address);
    await page.locator(".stage .pod").first().waitFor();
  } finally {
    await server.close();
  }
});

uncheckedTest("beside each file lies what a server may send compressed", { skip: quick }, async () => {
  if (quick) return;
  const texts = files.filter((name) => /\.(html|css|js|wasm|svg|txt|webmanifest)$/.test(name));
  assert.ok(texts.length > 10);
  for (const name of texts) {
    const bytes = readFileSync(join(dist, name));
    for (const [ending, unpack] of [[".br", brotliDecompressSync], [".gz", gunzipSync]]) {
      assert.ok(existsSync(join(dist, name + ending)), `${name}${ending} is missing`);
      assert.ok(unpack(readFileSync(join(dist, name + ending))).equals(bytes), `${name}${ending} holds something else`);
    }
  }
});

uncheckedTest("the release archive is a folder for any site, with its licences", {}, async ({ page }) => {
  for (const script of ["single", "release"]) execFileSync(process.execPath, [fileURLToPath(new URL(`../../web/${script}.mjs`, import.meta.url))]);
  const site = mkdtempSync(join(tmpdir(), "podlab-release-"));
  execFileSync("tar", ["-xzf", fileURLToPath(new URL("../../dist-release/podlab-site.tar.gz", import.meta.url)), "-C", site]);
  // What is in it besides the build, and nothing of the build is missing.
  assert.deepEqual(readdirSync(site), ["podlab"]);
  const inside = readdirSync(join(site, "podlab"), { recursive: true }).filter((name) => statSync(join(site, "podlab", name)).isFile());
  assert.deepEqual(inside.filter((name) => !files.includes(name)).sort(), ["EMBEDDING.md", "LICENSE", "THIRD-PARTY.txt"]);
  assert.deepEqual(files.filter((name) => !inside.includes(name)), []);
  const licences = readFileSync(join(site, "podlab/THIRD-PARTY.txt"), "utf8");
  for (const name of ["yew 0.", "@codemirror/view 6.", "@lezer/", "Permission is hereby granted"]) assert.ok(licences.includes(name), name);
  const server = await serve("/not-here/", site);
  try {
    const watched = watch(page, new URL(server.address).origin);
    await open(page, new URL("/podlab/", server.address).href);
    await page.locator(".stage .pod").first().waitFor();
    watched.check();
  } finally {
    await server.close();
    rmSync(site, { recursive: true });
  }
});

pageTest("the page can be installed", {}, async ({ page, address, context }) => {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  const manifest = await (await page.request.get(`${address}podlab.webmanifest`)).json();
  assert.equal(manifest.start_url, "./");
  for (const { src, type } of manifest.icons) {
    const icon = await page.request.get(address + src);
    assert.equal(icon.status(), 200, src);
    assert.equal(icon.headers()["content-type"], type, src);
  }
  const session = await context.newCDPSession(page);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // A window without a profile of its own ("incognito") cannot install anything; nothing else may be wrong.
  assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito"), []);
});

pageTest("nothing moves by itself where motion is not wanted", { reducedMotion: "reduce" }, async ({ page }) => {
  await page.locator(".stage .pod").first().waitFor();
  await page.getByLabel("Speed").selectOption("5");
  for (let look = 0; look < 5; look += 1) {
    const moving = await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length);
    assert.equal(moving, 0);
    await page.waitForTimeout(150);
  }
});

pageTest("the page asks for nothing from elsewhere, whatever one does in it", {}, async ({ page }) => {
  // `pageTest` fails on any request to another origin: this one goes round the page.
  await page.locator(".stage .pod").first().waitFor();
  for (const tab of await page.locator(".pane-stage [role=tab]").all()) await tab.click();
  await page.locator("#lessons-button").click();
  await page.locator(".lesson-row").first().click();
  await page.getByRole("button", { name: "Leave" }).click();
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+Space");
  await page.keyboard.press("F1");
  await page.waitForTimeout(700);
  // And it keeps nothing but under its own names.
  const kept = await page.evaluate(async () => ({
    keys: Object.keys(localStorage).filter((key) => !key.startsWith("podlab.")),
    session: Object.keys(sessionStorage).filter((key) => !key.startsWith("podlab.")),
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).filter((name) => !name.startsWith("podlab ")),
  }));
  assert.deepEqual(kept, { keys: [], session: [], cookies: "", databases: 0, caches: [] });
});
