// Links and files: what is copied opens as it was, in this tab and in another; files are what they say; and whatever is
// put into the address, the person's own text is never lost.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { open, pageTest, setUp, uncheckedTest } from "./browser.mjs";
import { example } from "./page.mjs";

setUp();

const pod = (name) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers:\n  - name: app\n    image: nginx\n`;
const fragment = (json, version = "v1") => `#${version}.${deflateRawSync(typeof json === "string" ? json : JSON.stringify(json), { level: 9 }).toString("base64url")}`;
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());
const write = (page, text) => page.locator(".cm-content").fill(text);
const text = (page) => page.locator(".cm-content").innerText();
const pick = async (page, name) => {
  await page.locator("#share-button").click();
  await page.getByRole("menuitem", { name }).click();
};

pageTest("a link to this moment carries what was done, what is looked at and where", { permissions: ["clipboard-read", "clipboard-write"] }, async ({ page, address, context }) => {
  await write(page, pod("shared"));
  await page.getByText("pod/shared").first().waitFor();
  await page.getByLabel("Speed").selectOption("20");
  await page.getByRole("button", { name: "Again" }).waitFor();
  await page.getByRole("tab", { name: "Terminal" }).click();
  await page.locator(".terminal textarea").fill("kubectl create configmap extra --from-literal=a=b");
  await page.keyboard.press("Enter");
  await page.getByText("configmap/extra created").waitFor();
  const at = await page.locator("#knob").evaluate((knob) => knob.ariaValueNow);
  await pick(page, /Copy a link to this moment/);
  await page.getByText("The link is copied.").waitFor();
  const link = await clipboard(page);
  assert.ok(link.startsWith(`${address}#v1.`), link);
  const other = await context.newPage();
  await open(other, link);
  await other.getByText("pod/shared").first().waitFor();
  assert.equal(await other.getByRole("tab", { name: "Terminal" }).getAttribute("aria-selected"), "true");
  assert.equal(await other.locator("#knob").evaluate((knob) => knob.ariaValueNow), at);
  await other.locator(".terminal textarea").fill("kubectl get configmap extra -o name");
  await other.keyboard.press("Enter");
  await other.getByText("configmap/extra", { exact: true }).waitFor();
});

pageTest("snippets for other pages", { permissions: ["clipboard-read", "clipboard-write"] }, async ({ page, address, context }) => {
  await write(page, pod("snippet"));
  await page.getByText("pod/snippet").first().waitFor();
  await pick(page, "Copy as iframe");
  await page.getByText("Copied.").waitFor();
  const iframe = await clipboard(page);
  assert.match(iframe, /^<iframe src="[^"]*\?embed=1&amp;view=split#v1\.[\w-]+" title="Podlab"/);
  const src = iframe.match(/src="([^"]*)"/)[1].replaceAll("&amp;", "&");
  const framed = await context.newPage();
  await open(framed, src);
  await framed.locator('.page[data-embed="split"] .stage .pod').waitFor();
  await pick(page, "Copy as Markdown");
  await page.waitForTimeout(100);
  assert.match(await clipboard(page), /^```yaml\napiVersion: v1[\s\S]*\n```\n\n\[Run it in Podlab\]\(http[^)]*#v1\./);
  await pick(page, /Copy as <pod-lab>/);
  await page.waitForTimeout(100);
  assert.ok((await clipboard(page)).startsWith(`<script type="module" src="${address}embed.js"></script>\n<pod-lab height="560">\n<script type="text/yaml">\napiVersion`));
});

async function downloaded(page, name) {
  const [download] = await Promise.all([page.waitForEvent("download", { timeout: 90_000 }), pick(page, name)]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

pageTest("files: YAML, text, pictures", {}, async ({ page }) => {
  await write(page, pod("kept"));
  await page.getByText("pod/kept").first().waitFor();
  await page.getByLabel("Speed").selectOption("50");
  await page.getByRole("button", { name: "Again" }).waitFor();
  const yaml = await downloaded(page, "Download the YAML");
  assert.deepEqual([yaml.name, yaml.bytes.toString()], ["kept.yaml", pod("kept")]);
  const lines = await downloaded(page, "Download the timeline as text");
  assert.match(lines.bytes.toString(), /^ +\d+\.\d{3}  row +pod\/kept /m);
  for (const part of ["Stage", "Timeline"]) {
    const svg = (await downloaded(page, `${part} as SVG`)).bytes.toString();
    assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="\d+" height="\d+"/);
    assert.ok(svg.includes("app") && !/<script|javascript:/i.test(svg));
    const png = await downloaded(page, `${part} as PNG`);
    assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
    // A picture of something: many colours, none of them transparent.
    const colours = await page.evaluate(async (bytes) => {
      const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const seen = new Set();
      for (let at = 0; at < data.length; at += 4) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
      return { size: [image.width, image.height], seen: seen.size };
    }, [...png.bytes]);
    assert.ok(colours.seen > 60 && colours.size[0] > 600, JSON.stringify(colours));
  }
});

pageTest("a film of the run", {}, async ({ page }) => {
  await write(page, pod("film"));
  await page.getByText("pod/film").first().waitFor();
  await page.getByLabel("Speed").selectOption("2");
  const film = await downloaded(page, /Film the run/);
  assert.equal(film.name, "film.webm");
  assert.equal(film.bytes.subarray(0, 4).toString("hex"), "1a45dfa3");
  assert.ok(film.bytes.length > 5_000, `${film.bytes.length} bytes`);
  await page.locator("#share-button").waitFor();
});

const bomb = fragment("x".repeat(5 << 20));
const hostile = {
  "a bomb": [bomb, "The link holds more than this page reads."],
  "cut off": [fragment({ yaml: pod("cut") }).slice(0, -9), "The link is cut off or damaged."],
  "another version": ["#v7.abc", "The link was made by a newer Podlab."],
  "a megabyte": [`#v1.${"A".repeat(1 << 20)}`, "The link is cut off or damaged."],
  "no base64": ["#v1.%00%ff<b>", "The link is cut off or damaged."],
  "another prefix": [`#w${fragment({ yaml: pod("other") }).slice(2)}`, "What stands behind the # is no link of Podlab."],
  "no prefix": [`#${fragment({ yaml: pod("none") }).slice(4)}`, "What stands behind the # is no link of Podlab."],
};
for (const [name, [hash, said]] of Object.entries(hostile)) {
  pageTest(`a hostile link is said and loses nothing: ${name}`, { start: false }, async ({ page, address }) => {
    await page.addInitScript(([text]) => localStorage.getItem("podlab.text") ?? localStorage.setItem("podlab.text", text), [pod("mine")]);
    await open(page, address + hash);
    await page.getByText(said).waitFor();
    await page.getByText("pod/mine").first().waitFor();
    // And in a tab that is open already.
    await page.evaluate(() => (location.hash = ""));
    await page.evaluate((hash) => (location.hash = hash), hash);
    await page.getByText(said).first().waitFor();
    assert.match(await text(page), /name: mine/);
    await page.waitForTimeout(600);
    assert.equal(await page.evaluate(() => localStorage.getItem("podlab.text")), pod("mine"));
  });
}

pageTest("a good link takes the stage, and the own text waits in the examples", { start: false }, async ({ page, address }) => {
  await page.addInitScript(([text]) => localStorage.getItem("podlab.text") ?? localStorage.setItem("podlab.text", text), [pod("mine")]);
  await open(page, address + fragment({ yaml: pod("theirs"), at: 2.5, select: "default/theirs/app" }));
  await page.getByText("Your own text is kept").waitFor();
  await page.getByText("pod/theirs").first().waitFor();
  await page.evaluate((hash) => (location.hash = hash), fragment({ yaml: pod("others") }));
  await page.getByText("pod/others").first().waitFor();
  await page.waitForTimeout(600);
  await page.goto(address);
  await page.locator("#examples-button").click();
  await page.getByRole("menuitemradio", { name: /Your own text/ }).click();
  await page.getByText("pod/mine").first().waitFor();
});

uncheckedTest("text from a link is text", {}, async ({ page, address }) => {
  const yaml = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: "<img src=x onerror=globalThis.hacked=1>"\nspec: {}\n`;
  await open(page, address + fragment({ yaml, select: "<b>/<i>/<u>", tab: "<script>", files: [["<img src=x onerror=globalThis.hacked=1>", "y"]] }));
  await page.locator(".problem").first().waitFor();
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await page.locator("img").count(), 0);
});

pageTest("a megabyte of a good link is opened", { start: false }, async ({ page, address }) => {
  // Letters without a pattern, so that they do not pack.
  const long = fragment({ yaml: `${pod("long")}# ${randomBytes(400_000).toString("base64url")}\n` });
  assert.ok(long.length > 500_000 && long.length < 1_000_000, `${long.length}`);
  await open(page, address + long);
  await page.getByText("pod/long").first().waitFor();
});

// Storage that is full, switched off, or holds nonsense.
const lost = "This browser does not keep your text";
for (const [name, [spoil, said]] of Object.entries({
  full: [() => (Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }), lost],
  disabled: [() => Object.defineProperty(globalThis, "localStorage", { get: () => { throw new DOMException("no", "SecurityError"); } }), lost],
  corrupt: [() => ["lang", "theme", "simple-editor", "history", "text", "example", "own", "progress"].forEach((key) => localStorage.setItem(`podlab.${key}`, "\u0000\ud800{[")), undefined],
})) {
  pageTest(`storage is ${name}: the page works`, { start: false }, async ({ page, address }) => {
    await page.addInitScript(spoil);
    await open(page, address);
    await write(page, pod("works"));
    await page.getByText("pod/works").first().waitFor();
    if (said) await page.getByText(said).waitFor();
    else assert.equal(await page.getByText(lost).count(), 0);
    await page.getByRole("button", { name: /Switch to (dark|light)/ }).click();
    await page.getByRole("button", { name: "Lessons" }).click();
    await page.locator(".lesson-row").first().waitFor();
    assert.match(await text(page), /name: works/);
  });
}

pageTest("two tabs do not take each other's text or progress", {}, async ({ page, address, context }) => {
  const other = await context.newPage();
  await open(other, address);
  await write(page, pod("first"));
  await page.getByText("pod/first").first().waitFor();
  await write(other, pod("second"));
  await other.getByText("pod/second").first().waitFor();
  assert.match(await text(page), /name: first/);
  // What one put away stays its own, whatever the other one writes.
  await example(page, "CrashLoopBackOff");
  await page.waitForFunction(() => localStorage.getItem("podlab.own")?.includes("first"));
  await write(other, pod("third"));
  await other.waitForFunction(() => localStorage.getItem("podlab.text")?.includes("third"));
  assert.match(await page.evaluate(() => localStorage.getItem("podlab.own")), /first/);
  await page.locator("#examples-button").click();
  await page.getByRole("menuitemradio", { name: /Your own text/ }).click();
  await page.getByText("pod/first").first().waitFor();
  await page.waitForFunction(() => sessionStorage.getItem("podlab.text")?.includes("first"));
  await write(other, pod("second"));
  await other.waitForFunction(() => localStorage.getItem("podlab.text")?.includes("second"));
  // A new tab has what was written last, and a reload gives each its own.
  const third = await context.newPage();
  await open(third, address);
  await third.getByText("pod/second").first().waitFor();
  await third.close();
  await page.reload();
  await page.getByText("pod/first").first().waitFor();
  for (const [tab, hash] of [[page, "#lesson/several-containers/1"], [other, "#lesson/init-containers/1"]]) {
    await tab.evaluate((hash) => (location.hash = hash), hash);
    await tab.locator("#pane-lesson").getByRole("button", { name: "Run it" }).click();
    await tab.locator(".lesson-done").waitFor();
  }
  assert.equal(await page.evaluate(() => localStorage.getItem("podlab.progress")), "several-containers 1\ninit-containers 1\n");
});
