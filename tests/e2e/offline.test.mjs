// After one visit the page opens without a network; a newer build is offered and never forced; the build in one file
// opens from a folder; and the page's policy holds.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { serve } from "./site.mjs";
import { open, setUp, uncheckedTest, watch } from "./browser.mjs";

setUp();

const worker = (page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller && registration.active?.state !== "activated") {
      await new Promise((done) => registration.active.addEventListener("statechange", done));
    }
    return registration.scope;
  });

uncheckedTest("after one visit the page opens and runs offline, below a sub-path", { subPath: true }, async ({ page, address, context }) => {
  await open(page, address);
  assert.equal(await worker(page), address);
  await context.setOffline(true);
  await open(page, address);
  await page.locator(".cm-content").waitFor();
  await page.locator(".stage .pod, .stage canvas").first().waitFor();
});

uncheckedTest("a newer build is offered, and taken when the person says so", {}, async ({ page }) => {
  // The same build with another version: what a server sends after a release.
  let version = "older";
  const change = (path, bytes) =>
    path === "worker.js" ? Buffer.from(bytes.toString().replace(/"version":"\w+"/, `"version":"${version}"`)) : bytes;
  const server = await serve("/", undefined, change);
  try {
    await open(page, server.address);
    await worker(page);
    await open(page, server.address);
    version = "newer";
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    const reload = page.getByRole("button", { name: "Reload" });
    await reload.waitFor();
    assert.ok(await page.locator("main").isVisible(), "the old build works on");
    await Promise.all([page.waitForEvent("load"), reload.click()]);
    await page.waitForFunction(() => !document.getElementById("boot"));
    const names = await page.evaluate(() => caches.keys());
    assert.deepEqual(names.map((name) => name.split(" ").pop()), ["older", "newer"], "the build before stays for other tabs");
  } finally {
    await server.close();
  }
});

uncheckedTest("a tab of the build before goes on working, with parts it had not asked for", {}, async ({ page, context }) => {
  let [version, gone] = ["older", false];
  const change = (path, bytes) => {
    // After the release the server has none of the old parts any more.
    if (gone && /lessons\./.test(path)) throw new Error("gone");
    return path === "worker.js" ? Buffer.from(bytes.toString().replace(/"version":"\w+"/, `"version":"${version}"`)) : bytes;
  };
  const server = await serve("/", undefined, change);
  try {
    await open(page, server.address);
    await worker(page);
    await open(page, server.address);
    const old = await context.newPage();
    await open(old, server.address);
    await old.locator(".cm-content").fill("kind: Mine\n");
    version = "newer";
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    const reload = page.getByRole("button", { name: "Reload" });
    await reload.waitFor();
    await Promise.all([page.waitForEvent("load"), reload.click()]);
    gone = true;
    await old.getByRole("button", { name: "Lessons" }).click();
    await old.locator(".lesson-row").first().waitFor();
    await old.getByRole("button", { name: "Leave" }).click();
    assert.match(await old.locator(".cm-content").innerText(), /kind: Mine/, "nothing is taken from the old tab");
  } finally {
    await server.close();
  }
});

uncheckedTest("one file opens from a folder that nobody can write to", {}, async ({ page, context }) => {
  execFileSync(process.execPath, [fileURLToPath(new URL("../../web/single.mjs", import.meta.url))]);
  const folder = mkdtempSync(join(tmpdir(), "podlab single 名 "));
  const file = join(folder, "podlab.html");
  copyFileSync(fileURLToPath(new URL("../../dist-single/podlab.html", import.meta.url)), file);
  chmodSync(file, 0o444);
  chmodSync(folder, 0o555);
  try {
    await context.setOffline(true);
    const watched = watch(page, "null");
    await open(page, pathToFileURL(file).href);
    await page.locator(".cm-content").waitFor();
    await page.locator(".stage .pod, .stage canvas").first().waitFor();
    // What is loaded when wanted is inside as well.
    await page.locator("#lessons-button").click();
    await page.locator(".lesson-row").first().waitFor();
    await page.getByRole("button", { name: "Leave" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.locator("#share-button").click().then(() => page.getByRole("menuitem", { name: "Stage as SVG" }).click()),
    ]);
    assert.match(download.suggestedFilename(), /-stage\.svg$/);
    watched.check();
  } finally {
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true });
  }
});

uncheckedTest("the policy allows no script but the build's own", {}, async ({ page, address }) => {
  await open(page, address);
  const refused = await page.evaluate(async () => {
    const violations = [];
    document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
    const inline = document.createElement("script");
    inline.textContent = "globalThis.ran = true";
    document.body.append(inline);
    setTimeout("globalThis.evaluated = true");
    await new Promise((done) => setTimeout(done, 100));
    return { violations, ran: globalThis.ran === true, evaluated: globalThis.evaluated === true };
  });
  assert.equal(refused.ran, false);
  assert.equal(refused.evaluated, false);
  assert.ok(refused.violations.some((directive) => directive.startsWith("script-src")), JSON.stringify(refused));
});
