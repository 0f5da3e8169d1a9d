// <pod-lab> in a page of somebody else: what it costs before it is touched, what it shows, what the two pages say to
// each other, and nonsense between them.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { findings } from "./axe.mjs";
import { screenshot, setUp, sizes, uncheckedTest, watch } from "./browser.mjs";
import { serve } from "./site.mjs";
import { readFileSync } from "node:fs";

setUp();

let host;
/** What of the build the server was asked for. */
const served = [];
const noted = (path, bytes) => (served.push(path), bytes);
before(async () => (host = await serve("/podlab/", fileURLToPath(new URL("../embed/plain/", import.meta.url)), noted)));
after(() => host?.close());

/** A test with the host page open, watched like our own page is. */
function hostTest(name, options, run) {
  const { allow = [], path = "/", ...rest } = options;
  uncheckedTest(name, rest, async ({ page }) => {
    const requests = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    const watched = watch(page, new URL(host.address).origin);
    await page.goto(new URL(path, host.address).href);
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
    // Many of them, and one that is too long.
    for (let n = 0; n < 5000; n += 1) frame.postMessage({ podlab: 1, type: "seek", at: n % 7 }, "*");
    frame.postMessage({ podlab: 1, type: "load", yaml: "x".repeat(3 << 20) }, "*");
    // And from a frame that is not the page around it.
    const other = document.body.appendChild(document.createElement("iframe"));
    other.contentWindow.eval(`parent.document.querySelector("pod-lab#inline iframe").contentWindow.postMessage({ podlab: 1, type: "load", yaml: "kind: Stranger" }, "*")`);
  });
  await page.waitForTimeout(500);
  assert.ok(await frameOf(page, "inline").locator(".stage .pod").isVisible());
  await frameOf(page, "inline").getByText("pod/inline").first().waitFor();
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

hostTest("axe finds nothing serious in a playground that waits, runs, or could not read its file", { allow: ["404"] }, async ({ page }) => {
  const ours = async () => (await findings(page)).filter((line) => line.includes("pod-lab"));
  assert.deepEqual(await ours(), []);
  await page.locator("pod-lab#missing button").click();
  await page.getByText("Podlab could not read none.yaml").waitFor();
  await page.locator("pod-lab#file button").click();
  await frameOf(page, "file").locator(".stage .pod").waitFor();
  assert.deepEqual(await ours(), []);
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

hostTest("twenty blocks pay for none, and two of them share what is loaded", { path: "/many.html" }, async ({ page, requests }) => {
  assert.equal(await page.locator("pod-lab").count(), 20);
  await page.mouse.wheel(0, 20_000);
  await page.waitForTimeout(300);
  assert.deepEqual(requests.filter((path) => path.startsWith("/podlab/")), ["/podlab/embed.js"]);
  assert.equal(await page.locator("iframe").count(), 0);
  served.length = 0;
  const first = page.locator("pod-lab").nth(0);
  await first.getByRole("button").click();
  await page.frameLocator("pod-lab >> nth=0 >> iframe").locator(".stage .pod").waitFor();
  const programs = () => served.filter((path) => /^podlab-page-.*\.js$/.test(path)).length;
  assert.equal(programs(), 1);
  await page.locator("pod-lab").nth(7).getByRole("button").click();
  await page.frameLocator("pod-lab >> nth=7 >> iframe").locator(".stage .pod").waitFor();
  assert.equal(programs(), 1, "the second one loads the program anew");
  assert.equal(await page.locator("iframe").count(), 2);
  // The reader of another page did not come for Podlab: nothing is kept for offline.
  assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
});

hostTest("a link, a moment, a speed, autoplay", { path: "/many.html" }, async ({ page }) => {
  const state = (id) => heard(page, id, "state");
  await page.evaluate(() => {
    const lab = (attributes) => Object.entries(attributes).reduce((made, [name, value]) => (made.setAttribute(name, value), made), document.createElement("pod-lab"));
    const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: made}\nspec:\n  containers:\n  - {name: app, image: nginx}\n";
    const still = lab({ id: "still", at: "1.5", speed: "5", start: "seen", height: "300", view: "stage", title: "My playground" });
    still.textContent = pod;
    const plays = lab({ id: "plays", autoplay: "", speed: "20", lang: "zh-CN", theme: "dark" });
    plays.textContent = pod;
    document.body.prepend(still, plays, lab({ id: "linked", link: "v1.q1aqTMzNUbJSys7MS7FSCMhPiclTqgUA" }));
  });
  const [still, plays] = await Promise.all([state("still"), state("plays")]);
  assert.deepEqual([still.at, still.playing], [1.5, false]);
  assert.equal(plays.playing, true);
  assert.equal(await page.locator("#still iframe").getAttribute("title"), "My playground");
  assert.equal(await page.locator("#still iframe").evaluate((frame) => frame.clientHeight), 300);
  assert.equal(await frameOf(page, "plays").locator("html").getAttribute("lang"), "zh-CN");
  assert.equal(await frameOf(page, "plays").locator("html").getAttribute("data-theme"), "dark");
  await page.locator("#linked button").click();
  await frameOf(page, "linked").locator(".cm-content", { hasText: "kind: Pod" }).waitFor();
});

hostTest("blocks of every generator: classes by a blank, by a comma, around the block", { path: "/many.html" }, async ({ page }) => {
  const pod = "apiVersion: v1\nkind: Pod\n";
  const count = await page.evaluate((pod) => {
    const shapes = [
      `<pre><code class="language-yaml,podlab">${pod}</code></pre>`, // CommonMark renderers
      `<pre><code class="language-yaml podlab hljs"><span class="hljs-attr">kind:</span> Pod</code></pre>`, // mdBook
      `<div class="language-yaml podlab highlight"><pre><span></span><code>${pod}</code></pre></div>`, // MkDocs
      `<pre class="podlab"><code>${pod}</code></pre>`,
      `<pre><code class="language-sh not-podlab-x">${pod}</code></pre>`,
      `<pre><code class="podlabs">${pod}</code></pre>`,
    ];
    const before = document.querySelectorAll("pod-lab").length;
    document.body.insertAdjacentHTML("beforeend", shapes.join(""));
    return new Promise((done) => setTimeout(() => done(document.querySelectorAll("pod-lab").length - before), 100));
  }, pod);
  assert.equal(count, 4);
});

hostTest("the policy that the manual gives is enough", { path: "/strict.html" }, async ({ page }) => {
  await page.locator("pod-lab#strict button").click();
  await frameOf(page, "strict").locator(".stage .pod").waitFor();
  assert.equal(await page.locator("pod-lab#strict iframe").evaluate((frame) => frame.clientHeight), 400);
});

hostTest("the manual's own snippets of HTML work as they stand", {}, async ({ page }) => {
  const manual = readFileSync(fileURLToPath(new URL("../../docs/embedding.md", import.meta.url)), "utf8");
  const snippets = [...manual.matchAll(/```html\n([\s\S]*?)```/g)].map(([, text]) => text);
  assert.ok(snippets.length >= 3);
  // Of the scripts one is enough, and the one of mdBook has a word in it that mdBook fills in.
  const body = snippets.filter((text) => !text.includes("{{") && !text.includes("data-blocks")).join("\n");
  const block = "<pre><code class=\"language-yaml podlab\">apiVersion: v1\nkind: Pod\nmetadata: {name: marked}\nspec: {containers: [{name: a, image: nginx}]}\n</code></pre>";
  await page.route("**/manual.html", (route) => route.fulfill({ contentType: "text/html", body: `<!doctype html><html lang="en"><title>x</title><link rel="icon" href="data:," />${body}${block}` }));
  await page.route("**/pods/init.yaml", (route) => route.fulfill({ contentType: "text/plain", body: "apiVersion: v1\nkind: Pod\nmetadata: {name: of-a-file}\nspec: {containers: [{name: a, image: nginx}]}\n" }));
  await page.goto(new URL("/manual.html", host.address).href);
  await page.locator("pod-lab").nth(2).waitFor();
  assert.equal(await page.locator("pod-lab").count(), 3);
  await page.frameLocator("iframe[title=Podlab]").locator(".cm-content", { hasText: "kind: Pod" }).waitFor();
  for (const [n, name] of [[0, "web"], [1, "of-a-file"], [2, "marked"]]) {
    await page.locator("pod-lab button").first().click();
    await page.frameLocator(`pod-lab >> nth=${n} >> iframe`).locator(".stage .pod").getByText(name).first().waitFor();
  }
});

hostTest("embed.js is small", {}, async () => {
  const bytes = readFileSync(fileURLToPath(new URL("../../dist/embed.js", import.meta.url))).length;
  assert.ok(bytes < 6000, `${bytes} bytes`);
});
