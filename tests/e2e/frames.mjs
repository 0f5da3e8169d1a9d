// Measures how long frames take while many Pods play at 100 times the speed: `node tests/e2e/frames.mjs [pods]`, over
// whatever build lies in dist/. Prints the times between two frames, and the time spent in scripts, style and layout.
// `node tests/e2e/frames.mjs hostile` plays a Pod whose containers spin, fork, flood their log and fill their disk instead.
import { chromium } from "playwright-core";
import { findChromium } from "./chromium.mjs";
import { link } from "./page.mjs";
import { serve } from "./site.mjs";

const hostile = process.argv[2] === "hostile";
const pods = hostile ? 1 : Number(process.argv[2] ?? 50);
const scripts = ["while :; do :; done", "f() { f | f & }; f", "yes endless", "while :; do echo x >> /tmp/big; cat /tmp/big >> /tmp/big; done", "f() { f; }; f", "yes | cat | cat"];
const container = (script, number) => `  - { name: c${number}, image: "busybox:1.36", command: [sh, -c, ${JSON.stringify(script)}] }`;
const hostilePod = `apiVersion: v1
kind: Pod
metadata: { name: hostile }
spec:
  containers:
${scripts.map(container).join("\n")}
`;
const many = `apiVersion: apps/v1
kind: Deployment
metadata: { name: many, annotations: {} }
spec:
  replicas: ${pods}
  selector: { matchLabels: { app: many } }
  template:
    metadata:
      labels: { app: many }
      annotations: { podlab.dev/sim.flaky: "run=20 exit=1" }
    spec:
      initContainers:
        - { name: first, image: "busybox:1.36", command: [sh, -c, "sleep 2"] }
      containers:
        - name: web
          image: nginx:1.27
          readinessProbe: { httpGet: { path: /, port: 80 }, periodSeconds: 2 }
        - { name: flaky, image: "example/flaky:1" }
`;
const yaml = hostile ? hostilePod : many;
const site = await serve();
const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: findChromium(), args: ["--disable-gpu", "--disable-dev-shm-usage", ...sandbox] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto(site.address + link({ yaml }));
await page.locator("#knob").waitFor();
await page.getByRole("button", { name: "Run on" }).click();
for (let more = 0; more < 2; more++) await page.getByRole("button", { name: "Run on" }).click({ timeout: 2000 }).catch(() => {});
await page.getByLabel("Speed").selectOption(hostile ? "1" : "100");
const metrics = await page.context().newCDPSession(page);
await metrics.send("Performance.enable");
const read = async () => Object.fromEntries((await metrics.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
const playFrom = async (share, seconds) => {
  const scale = await page.locator("#scale").boundingBox();
  await page.mouse.click(scale.x + scale.width * share, scale.y + 5);
  await page.locator("#play").click();
  const before = await read();
  const gaps = await page.evaluate((seconds) => new Promise((done) => {
    const gaps = [];
    let last = performance.now();
    const end = last + seconds * 1000;
    const frame = (now) => {
      gaps.push(now - last);
      last = now;
      if (now < end) requestAnimationFrame(frame);
      else done(gaps.slice(1));
    };
    requestAnimationFrame(frame);
  }), seconds);
  const after = await read();
  gaps.sort((a, b) => a - b);
  const at = (share) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))].toFixed(1);
  const spent = (name) => (((after[name] - before[name]) * 1000) / gaps.length).toFixed(1);
  console.log(`${hostile ? "hostile scripts at 1×" : `${pods} Pods at 100×`}, from ${share * 100} %: ${gaps.length} frames in ${seconds} s; p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms; ` +
    `in each: script ${spent("ScriptDuration")} ms, style ${spent("RecalcStyleDuration")} ms, layout ${spent("LayoutDuration")} ms`);
};
await page.waitForTimeout(4000);
await playFrom(0.05, 3);
await playFrom(0.4, 3);
await browser.close();
await site.close();
