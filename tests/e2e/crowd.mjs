// How the page does with many Pods, in a real browser: `cargo xtask bench`, or `node tests/e2e/crowd.mjs 1000 10000`.
//
// The Deployment of benches/scale_out.rs (two containers, a readiness probe), on nodes of the page's size, is created, becomes
// ready, and is updated by a rolling update. Printed are the wall time in which the page computes two virtual minutes of each, and the part of it until all are
// ready, or new (the Deployment says itself when that is); how long a key waits for its answer meanwhile, how long frames
// take while the rollout plays, and how long the picture takes to follow the hand that scrubs. Prints numbers; judges nothing.
import { chromium } from "playwright-core";
import { findChromium } from "./chromium.mjs";
import { link } from "./page.mjs";
import { serve } from "./site.mjs";

const counts = process.argv.slice(2).map(Number).filter((count) => count > 0);
if (counts.length === 0) counts.push(1_000, 3_000, 10_000);

const manifest = (replicas) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: many }
spec:
  replicas: ${replicas}
  progressDeadlineSeconds: 3600
  selector: { matchLabels: { app: many } }
  template:
    metadata: { labels: { app: many } }
    spec:
      containers:
        - name: web
          image: example.com/web:1
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 10 }
          resources: { requests: { cpu: 1m, memory: 1Mi } }
        - { name: log-agent, image: "example.com/agent:1" }
`;

const site = await serve("/");
const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: findChromium(), args: ["--disable-gpu", "--disable-dev-shm-usage", ...sandbox] });
const share = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
const told = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return `p50 ${share(sorted, 0.5).toFixed(1)} ms, p95 ${share(sorted, 0.95).toFixed(1)} ms, most ${share(sorted, 1).toFixed(1)} ms (${sorted.length})`;
};

/**
 * In the page: notes for every event of a kind how long it takes until the frame after it is painted, and whenever it is
 * seen that more has been computed, how much and when.
 */
const listen = () => {
  window.answers = [];
  window.progress = [];
  const look = () => {
    const reached = document.querySelector(".ruler .reached");
    const horizon = Number(document.querySelector("#knob")?.ariaValueMax ?? NaN);
    const seconds = (Number.parseFloat(reached?.style.width ?? "0") / 100) * horizon;
    if (seconds > (window.progress.at(-1)?.[1] ?? -1)) window.progress.push([performance.now(), seconds]);
  };
  addEventListener("DOMContentLoaded", () => {
    const options = { subtree: true, childList: true, attributes: true, attributeFilter: ["style"] };
    new MutationObserver(look).observe(document.body, options);
  });
  const heard = (event) => {
    const start = event.timeStamp;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.answers.push(performance.now() - start);
      channel.port2.postMessage(null);
    });
  };
  for (const name of ["keydown", "pointerdown"]) addEventListener(name, heard, true);
};
const computed = (page) =>
  page.evaluate(() => Number.parseFloat(document.querySelector(".ruler .reached")?.style.width ?? "0") >= 99.9);

for (const count of counts) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en" });
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  const nodes = Math.ceil((count * 1.25) / 110);
  const data = { yaml: manifest(count), acts: [`0 nodes ${nodes}`] };
  await page.addInitScript(listen);
  // The time the page's thread has had a processor, in seconds: on a busy machine it tells more than the clock.
  const metrics = await context.newCDPSession(page);
  await metrics.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => {
    const all = (await metrics.send("Performance.getMetrics")).metrics;
    return all.find(({ name }) => name === "TaskDuration")?.value ?? NaN;
  };
  const answers = async () => page.evaluate(() => window.answers.splice(0));
  /** When the last rollout was complete, in virtual seconds: whole ones, as the Deployment has them. */
  let asked = 0;
  const complete = async () => {
    asked += 1;
    const terminal = page.getByRole("tab", { name: "Terminal" });
    const shown = await terminal.locator('xpath=../*[@aria-selected="true"]').innerText();
    await terminal.click();
    const path = `{.status.conditions[?(@.reason=="NewReplicaSetAvailable")].lastUpdateTime}`;
    const ask = `kubectl get ns default -o jsonpath='{.metadata.creationTimestamp} '; kubectl get deploy many -o jsonpath='${path}'; echo " said ${asked}"`;
    await page.locator("#terminal-input").fill(ask);
    await page.locator("#terminal-input").press("Enter");
    const block = page.locator(".terminal-block").last();
    await block.getByText(new RegExp(`Z.*said ${asked}`)).first().waitFor();
    const [begun, done] = (await block.innerText()).match(/\d{4}-[^ ]*Z/g);
    await page.getByRole("tab", { name: shown }).first().click();
    return (Date.parse(done) - Date.parse(begun)) / 1000;
  };
  /** How long the page took, from `start` of its own clock, until that second was computed. */
  const until = async (start, seconds) => {
    const seen = await page.evaluate(() => window.progress);
    const at = seen.find(([when, reached]) => when >= start && reached >= seconds + 1)?.[0] ?? NaN;
    return `${((at - start) / 1000).toFixed(2)} s until second ${seconds} of the run, when it was complete`;
  };
  const clock = () => page.evaluate(() => performance.now());
  /**
   * Presses ten keys a second until what is asked for is computed; returns the wall time and how long the keys waited. Each
   * answer is painted, which is work too: as many are asked for however soon they come.
   */
  const whileComputing = async (start) => {
    for (let keys = 0; ; keys++) {
      const next = performance.now() + 100;
      await page.keyboard.press(keys % 2 === 0 ? "+" : "-");
      if (await computed(page)) break;
      await page.waitForTimeout(Math.max(0, next - performance.now()));
    }
    return [performance.now() - start, await answers()];
  };

  await page.goto(site.address + link(data));
  await page.locator("#knob").waitFor();
  let before = await spent();
  const since = async () => {
    const now = await spent();
    const gone = (now - before).toFixed(2);
    before = now;
    return `${gone} s of processor`;
  };
  const begun = await clock();
  const [created, keys] = await whileComputing(performance.now());
  console.log(`${count} Pods on ${nodes + 1} nodes`);
  console.log(`  created and ready: two virtual minutes in ${(created / 1000).toFixed(2)} s, ${await since()}; a key meanwhile: ${told(keys)}`);

  await page.locator("#knob").press("End");
  console.log(`  created and ready: ${await until(begun, await complete())}`);
  await page.locator(".owner summary").first().click();
  await page.locator("#play").focus();
  const [start, restarted] = [performance.now(), await clock()];
  before = await spent();
  await page.getByRole("button", { name: "Restart" }).click();
  const [updated, more] = await whileComputing(start);
  console.log(`  rolling update: computed in ${(updated / 1000).toFixed(2)} s, ${await since()}; a key meanwhile: ${told(more)}`);

  // It plays: the update, at ten times the speed.
  await page.getByLabel("Speed").selectOption("10");
  const frames = await page.evaluate(() => new Promise((done) => {
    const gaps = [];
    let last = performance.now();
    const end = last + 6_000;
    const frame = (now) => {
      gaps.push(now - last);
      last = now;
      if (now < end) requestAnimationFrame(frame);
      else done(gaps.slice(1));
    };
    requestAnimationFrame(frame);
  }));
  const busy = await spent() - before;
  console.log(`  frames while it plays: ${told(frames)}; ${((busy * 1000) / frames.length).toFixed(1)} ms of processor each`);

  await answers();
  const scale = await page.locator("#scale").boundingBox();
  for (let move = 0; move < 60; move++) {
    const to = ((move * 37) % 100) / 100;
    await page.mouse.move(scale.x + scale.width * to, scale.y + 5);
    await page.mouse.down();
    await page.mouse.up();
    await page.waitForTimeout(30);
  }
  const scrubbed = await spent() - before - busy;
  console.log(`  scrubbing: ${told(await answers())}; ${((scrubbed * 1000) / 60).toFixed(1)} ms of processor each`);
  const words = await page.locator(".legend").innerText().catch(() => "");
  console.log(`  shown: ${words.replace(/\s+/g, " ")}`);
  await page.locator("#knob").press("End");
  console.log(`  rolling update: ${await until(restarted, await complete())}`);
  await context.close();
}
await browser.close();
await site.close();
