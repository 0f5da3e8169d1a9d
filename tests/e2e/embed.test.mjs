// <pod-lab> in a page of somebody else: what it costs before it is touched, what it shows, what the two pages say to
// each other, and nonsense between them.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { screenshot, setUp, sizes, uncheckedTest, watch } from "./browser.mjs";
import { serve } from "./site.mjs";

setUp();

let host;
before(async () => (host = await serve("/podlab/", fileURLToPath(new URL("../embed/plain/", import.meta.url)))));
after(() => host?.close());

/** A test with the host page open, watched like our own page is. */
function hostTest(name, options, run) {
  const { allow = [], ...rest } = options;
  uncheckedTest(name, rest, async ({ page }) => {
    const requests = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    const watched = watch(page, new URL(host.address).origin);
    await page.goto(new URL("/", host.address).href);
    await page.locator("pod-lab button").first().waitFor();
    await run({ page, requests });
    const wrong = watched.wrong.filter((line) => !allow.some((part) => line.includes(part)));
    assert.deepEqual(wrong, []);
  });
}

const frameOf = (page, id) => page.frameLocator(`pod-lab#${id} iframe`);
const heard = (page, id, type) =>
  page.evaluate(([id, type]) => new Promise((done) => {
    document.getElementById(id).addEventListener(`podlab-${type}`, ({ detail }) => done(detail), { once: true });
  }), [id, type]);

hostTest("a page with playgrounds pays for none until one is touched", {}, async ({ page, requests }) => {
  assert.deepEqual(requests.filter((path) => path.startsWith("/podlab/")), ["/podlab/embed.js"]);
  assert.equal(await page.locator("pod-lab").count(), 5, "the marked block became one, the others did not");
  await page.locator("pod-lab#inline button").click();
  const frame = frameOf(page, "inline");
  await frame.locator(".stage .pod").waitFor();
  assert.equal(await frame.locator(".pane-manifest").isVisible(), false, "view=stage shows no editor");
  await screenshot(page, "embed-stage");
  await page.locator("pod-lab:not([id]) button").click();
  await page.frameLocator("pod-lab:not([id]) iframe").getByText("block").first().waitFor();
});

hostTest("one that wants to be seen starts when it comes into sight", {}, async ({ page, requests }) => {
  await page.locator("pod-lab#seen").scrollIntoViewIfNeeded();
  await frameOf(page, "seen").locator(".ruler").waitFor();
  assert.ok(requests.some((path) => path.endsWith(".wasm")));
  assert.equal(await frameOf(page, "seen").locator(".pane-stage").isVisible(), false);
});

hostTest("the two pages speak: load, seek, play, diagnostics, state", {}, async ({ page }) => {
  const ready = heard(page, "file", "ready");
  await page.locator("pod-lab#file button").click();
  await ready;
  await frameOf(page, "file").getByText("from-a-file").first().waitFor();
  const state = heard(page, "file", "state");
  await page.evaluate(() => document.getElementById("file").pause());
  const { at, pods } = await state;
  assert.ok(at >= 0 && pods[0].name === "from-a-file" && pods[0].total === 1, JSON.stringify(pods));
  const judged = heard(page, "file", "diagnostics");
  await page.evaluate(() => document.getElementById("file").load("kind: Pod\napiVersion: v1\nspec:\n\tcontainers: []\n"));
  const { accepted, problems } = await judged;
  assert.equal(accepted, false);
  assert.match(problems[0].message, /found character that cannot start any token/);
});

hostTest("nonsense from the host page changes nothing", {}, async ({ page }) => {
  await page.locator("pod-lab#inline button").click();
  await frameOf(page, "inline").locator(".stage .pod").waitFor();
  await page.evaluate(() => {
    const frame = document.querySelector("pod-lab#inline iframe").contentWindow;
    const odd = [null, 1, "load", [], { podlab: 2 }, { podlab: 1 }, { podlab: 1, type: {} }, { podlab: 1, type: "load", yaml: 7 },
      { podlab: 1, type: "seek", at: NaN }, { podlab: 1, type: "seek", at: -1e300 }, { podlab: 1, type: "play", speed: "x" },
      { podlab: 1, type: "theme", theme: "<b>" }, { podlab: 1, type: "lang", lang: "" }, { podlab: 1, type: "x".repeat(100000) }];
    for (const message of odd) frame.postMessage(message, "*");
  });
  await page.waitForTimeout(200);
  assert.ok(await frameOf(page, "inline").locator(".stage .pod").isVisible());
});

hostTest("it follows the host page's theme and language, and keeps the person's own text", { colorScheme: "light" }, async ({ page }) => {
  await page.evaluate(() => localStorage.setItem("podlab.text", "kind: Mine\n"));
  await page.locator("pod-lab#inline button").click();
  const frame = frameOf(page, "inline");
  await frame.locator(".stage .pod").waitFor();
  assert.equal(await frame.locator("html").getAttribute("data-theme"), "light");
  await page.evaluate(() => {
    document.documentElement.dataset.theme = "dark";
    document.documentElement.lang = "zh-CN";
  });
  await frame.locator('html[data-theme="dark"][lang="zh-CN"]').waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem("podlab.text")), "kind: Mine\n");
  assert.equal(await page.evaluate(() => localStorage.getItem("podlab.lang")), null);
});

hostTest("a file that is not there is said", { allow: ["404"] }, async ({ page }) => {
  await page.locator("pod-lab#missing button").click();
  await page.getByText("Podlab could not read none.yaml: 404").waitFor();
});

hostTest("it fits a phone", { viewport: sizes.phone, hasTouch: true }, async ({ page }) => {
  await page.locator("pod-lab#file button").tap();
  await frameOf(page, "file").locator(".stage .pod").waitFor();
  await screenshot(page, "embed-phone");
});
