// How long the page takes to start, and a key until the marks in the editor are right again, in a real browser:
// `cargo xtask bench`.
//
// The start: from the navigation to a text that can be edited and to a Pod on the stage, both painted. Cold is a browser
// that was never here (its cache is empty, the service worker not there yet); warm is the next visit. From a server on this
// machine: what the network adds comes on top.
//
// Each key makes two containers have the same name, or no longer, so that a mark comes or goes on another line. Measured
// is the time from the key's own time stamp, which is the browser's and includes its queue, to the change of the marks
// in the document, and to the frame after that. Prints numbers; judges nothing. `node tests/e2e/bench.mjs start` measures the
// start alone.
import { chromium } from "playwright-core";
import { findChromium } from "./chromium.mjs";
import { serve } from "./site.mjs";

const KEYS = 60;
const BUDGET = "8 ms p95 for 200 lines";

/** A text of about so many lines: Pods of two containers. */
function manifest(count) {
  const pod = (name) => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  containers:
  - name: a
    image: nginx:1.27
    ports:
    - name: http
      containerPort: 80
    readinessProbe:
      httpGet: {path: /, port: http}
  - name: ab
    image: busybox:1.36
    command: [sh, -c, "sleep 3600"]
    resources:
      limits: {memory: 64Mi}
`;
  const each = pod("x").split("\n").length;
  return Array.from({ length: Math.max(1, Math.round(count / each)) }, (_, n) => pod(`pod-${n}`)).join("---\n");
}

const site = await serve("/");
const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: findChromium(), args: ["--disable-gpu", "--disable-dev-shm-usage", ...sandbox] });
const share = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1).padStart(7);

const VISITS = 5;

/** Milliseconds from the navigation to [text, stage], once the page at `address` has both. */
async function start(page, address) {
  await page.addInitScript(() => {
    const seen = {};
    const look = () => {
      const now = performance.now();
      if (document.querySelector(".cm-content, .editor textarea")) seen.text ??= now;
      if (document.querySelector(".stage .pod, .stage canvas")) seen.stage ??= now;
      if (seen.text && seen.stage) globalThis.started = [seen.text, seen.stage];
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(address);
  return (await page.waitForFunction(() => globalThis.started)).jsonValue();
}

console.log(`navigation to a page that can be used, ${VISITS} visits each, milliseconds`);
console.log("            text p50     max   stage p50     max");
const times = { cold: [], warm: [] };
for (let visit = 0; visit < VISITS; visit++) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en" });
  const page = await context.newPage();
  times.cold.push(await start(page, site.address));
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await page.waitForTimeout(500);
  await page.close();
  const next = await context.newPage();
  times.warm.push(await start(next, site.address));
  await context.close();
}
for (const [name, visits] of Object.entries(times)) {
  const of = (at) => visits.map((visit) => visit[at]).sort((a, b) => a - b);
  const [text, stage] = [of(0), of(1)];
  console.log(`  ${name}     ${share(text, 0.5)} ${share(text, 1)}     ${share(stage, 0.5)} ${share(stage, 1)}`);
}

if (process.argv[2] !== "start") console.log(`keystroke to marks, ${KEYS} keys each, milliseconds (budget: ${BUDGET})`);
if (process.argv[2] !== "start") console.log("  lines    bytes   marks p50    p95   frame p50    p95");
for (const count of process.argv[2] === "start" ? [] : [20, 200, 2000]) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en", reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(site.address);
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  const text = manifest(count);
  await page.keyboard.insertText(text);
  await page.keyboard.press("Control+Home");
  for (let line = 1; line < 8; line++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await page.waitForTimeout(3000);
  await page.evaluate(() => {
    window.times = [];
    const marks = () => document.querySelectorAll(".cm-lintRange-error").length;
    let [pressed, before] = [null, marks()];
    addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
    new MutationObserver(() => {
      if (pressed === null || marks() === before) return;
      const [start, marked] = [pressed, performance.now()];
      [pressed, before] = [null, marks()];
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => window.times.push([marked - start, performance.now() - start]);
        channel.port2.postMessage(null);
      });
    }).observe(document.querySelector(".cm-content"), { subtree: true, childList: true, attributes: true });
  });
  for (let key = 0; key < KEYS; key++) {
    await page.keyboard.press(key % 2 === 0 ? "b" : "Backspace");
    await page.waitForTimeout(450);
  }
  const times = await page.evaluate(() => window.times);
  const sorted = (at) => times.map((time) => time[at]).sort((a, b) => a - b);
  const [marked, framed] = [sorted(0), sorted(1)];
  if (times.length < KEYS * 0.9) console.log(`  only ${times.length} of ${KEYS} keys changed a mark`);
  if (times.length > 0) {
    console.log(`${String(text.split("\n").length).padStart(7)} ${String(text.length).padStart(8)}     ${share(marked, 0.5)} ${share(marked, 0.95)}     ${share(framed, 0.5)} ${share(framed, 0.95)}`);
  }
  await context.close();
}
await browser.close();
await site.close();
