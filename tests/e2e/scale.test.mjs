// Scaling out, at three sizes: more Pods by the slider, a rolling update under load, an autoscaler up and down, a node
// that is lost.
import assert from "node:assert/strict";
import { pageTest, screenshot, setUp, sizes } from "./browser.mjs";
import { link } from "./page.mjs";

setUp();

const manifest = (replicas) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      tolerations:
        - { key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 5 }
        - { key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 5 }
      containers:
        - name: web
          image: nginx:1.27
          resources: { requests: { cpu: 20m } }
          readinessProbe: { httpGet: { path: /, port: 80 }, periodSeconds: 2 }
          lifecycle: { preStop: { sleep: { seconds: 3 } } }
        - { name: log-agent, image: "busybox:1.36", command: [sh, -c, "sleep 3600"], resources: { requests: { cpu: 5m } } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
`;
const linkTo = (replicas) => link({ yaml: manifest(replicas) });
const owner = (page) => page.locator('.owner[data-owner="web"]');
const ready = (page, count, timeout = 60_000) =>
  owner(page).getByText(`${count} of ${count} ready`).waitFor({ timeout });
const fast = (page) => page.getByLabel("Speed").selectOption("10");
/** Plays on until something is there, however far that is. */
async function playUntil(page, locator, rounds = 40) {
  for (let round = 0; round < rounds; round++) {
    if (await locator.first().isVisible()) return;
    const play = page.locator("#play");
    const label = await play.getAttribute("aria-label");
    if (label === "Again") await page.getByRole("button", { name: "Run on" }).click({ timeout: 2_000 }).catch(() => play.click());
    else if (label === "Play") await play.click();
    await locator.first().waitFor({ timeout: 1_500 }).catch(() => {});
  }
  await locator.first().waitFor({ timeout: 5_000 });
}
/** Pauses a run that plays. Looked at and pressed in one step: a run that ends between the two would begin again. */
const pause = (page) => page.locator("#play").evaluate((play) => play.ariaLabel === "Pause" && play.click());
/** Moves a slider as a hand does: one change when it is let go. */
const slide = (locator, value) =>
  locator.evaluate((slider, value) => {
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    slider.dispatchEvent(new Event("change", { bubbles: true }));
  }, String(value));

for (const [size, viewport] of Object.entries(sizes)) {
  const options = { viewport, hasTouch: size !== "wide", reducedMotion: "reduce" };

  pageTest(`three Pods become thirty by the slider, and three again in the past (${size})`, { ...options, hash: linkTo(3) }, async ({ page }) => {
    await fast(page);
    await ready(page, 3);
    await page.locator(".depth.full, .depth.cards").waitFor();
    const before = await page.locator("#knob").evaluate((knob) => Number(knob.ariaValueNow));
    await slide(owner(page).locator(".slide"), 30);
    await ready(page, 30);
    await page.locator(size === "phone" ? ".depth.cells" : ".depth.cards").waitFor();
    if (size !== "phone") assert.equal(await page.locator(".pod-card").count(), 30);
    assert.equal(await page.locator(".did").count(), 1, "one slide is one deed");
    await screenshot(page, `scale-30-${size}`);
    const after = await page.locator("#knob").evaluate((knob) => Number(knob.ariaValueNow));
    assert.ok(after > before);
    await pause(page);
    await page.getByRole("button", { name: "To the start" }).click({ timeout: 2_000 }).catch(() => page.locator("#knob").press("Home"));
    await page.locator(".pod-card, .depth.cells, .depth.full .pod").first().waitFor({ state: "detached" });
    const scale = await page.locator("#scale").boundingBox();
    const end = await page.locator("#knob").evaluate((knob) => Number(knob.ariaValueMax));
    // Well before the slide: where the run has become long, one pixel is more time than lay between the two.
    await page.mouse.click(scale.x + (scale.width * before * 0.7) / end, scale.y + 5);
    await owner(page).getByText(/of 3\b/).waitFor();
  });

  pageTest(`a rolling update under load tells old from new (${size})`, { ...options, hash: linkTo(6) }, async ({ page }) => {
    await fast(page);
    await ready(page, 6);
    await page.getByRole("button", { name: "Users" }).click();
    await slide(page.locator("#traffic-slide"), 12);
    await page.locator(".traffic-facts").waitFor();
    await page.getByLabel("Speed").selectOption("1");
    await owner(page).locator("summary").click();
    await owner(page).getByRole("button", { name: "Restart" }).click();
    await playUntil(page, page.locator(".owner .badge.old"));
    await page.locator(".owner .badge.new").waitFor();
    await screenshot(page, `rollout-${size}`);
    await fast(page);
    await playUntil(page, owner(page).getByText("6 of 6 ready"));
    const facts = await page.locator(".traffic-facts").innerText();
    assert.match(facts, /100% answered/, "a readiness probe and a wait before the end keep users from what does not serve");
  });

  pageTest(`an autoscaler goes up with the load, and down after it (${size})`, { ...options, hash: linkTo(1) }, async ({ page }) => {
    await fast(page);
    await ready(page, 1);
    await page.getByRole("button", { name: "Users" }).click();
    await page.getByRole("button", { name: "Autoscaled" }).click();
    await slide(page.locator("#traffic-slide"), 16);
    await page.getByLabel("Speed").selectOption("50");
    await playUntil(page, owner(page).getByText(/^([2-9]|10) of ([2-9]|10) ready/));
    await screenshot(page, `autoscaled-${size}`);
    await slide(page.locator("#traffic-slide"), 0);
    await page.getByLabel("Speed").selectOption("100");
    await playUntil(page, owner(page).getByText("1 of 1 ready"));
  });

  pageTest(`what ran on a lost node runs elsewhere (${size})`, { ...options, hash: linkTo(8) }, async ({ page }) => {
    await fast(page);
    await ready(page, 8);
    await page.getByRole("button", { name: "Add a node" }).click();
    await page.getByRole("button", { name: /^node-2/ }).waitFor();
    await page.getByRole("button", { name: /^node-1/ }).click();
    await page.getByRole("button", { name: "Lose it" }).click();
    await playUntil(page, page.getByRole("button", { name: /^node-1.*NotReady/ }));
    await page.getByLabel("Speed").selectOption("50");
    await playUntil(page, page.getByRole("button", { name: /^node-2.*8 Pods/ }));
    await screenshot(page, `node-lost-${size}`);
    await page.getByRole("button", { name: "Bring it back" }).click();
    await playUntil(page, page.getByRole("button", { name: /^node-1.*Ready/ }));
  });
}

pageTest("ninety Pods are cells that keys and a hand read, and that one comes near to", { hash: linkTo(90) }, async ({ page }) => {
  await fast(page);
  await page.locator("#crowd").waitFor();
  await playUntil(page, page.locator(".legend").getByText("80"));
  await page.locator("#crowd").focus();
  const first = await page.locator("#crowd-cell").textContent();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((first) => document.getElementById("crowd-cell")?.textContent !== first, first);
  const name = (await page.locator("#crowd-cell").textContent()).split(":")[0];
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: `pod/${name}` }).waitFor();
  await page.getByRole("button", { name: "All Pods" }).click();
  await page.locator("#crowd").waitFor();
  // Lanes are of owners, not of ninety Pods.
  assert.equal(await page.locator(".lane.band").count(), 1);
  assert.ok((await page.locator(".lane").count()) < 12);
  const floor = await page.locator(".floor").boundingBox();
  await page.mouse.move(floor.x + 20, floor.y + 40);
  await page.locator(".readout").waitFor();
  await page.getByRole("tab", { name: "Table" }).click();
  assert.match(await page.locator("#table-tally").innerText(), /ready\s+80/);
});

for (const [locale, computing, stop] of [["en", "Computing the run", "Stop"], ["zh-CN", "正在计算运行过程", "停止"]]) {
  const hash = link({ yaml: manifest(3_000), acts: ["0 nodes 35"] });
  pageTest(`while a large run is computed the page answers, says how far it is, and can be stopped (${locale})`, { locale, hash }, async ({ page }) => {
    const progress = page.getByRole("progressbar", { name: computing });
    await progress.waitFor();
    const far = () => progress.evaluate((bar) => bar.value);
    const before = await far();
    await page.waitForFunction(([name, before]) => document.querySelector(`progress[aria-label="${name}"]`)?.value > before, [computing, before]);
    // A key is answered meanwhile: the timeline is twice as wide.
    const width = () => page.locator("#scale").evaluate((scale) => scale.clientWidth);
    const narrow = await width();
    await page.keyboard.press("+");
    await page.waitForFunction((narrow) => document.getElementById("scale").clientWidth > narrow * 1.8, narrow);
    assert.ok(await progress.isVisible(), "it was computed before the key was answered: more Pods are needed here");
    await screenshot(page, `computing-${locale}`);
    await page.getByRole("button", { name: stop, exact: true }).click();
    await progress.waitFor({ state: "detached" });
    const ends = () => page.locator("#knob").evaluate((knob) => Number(knob.ariaValueMax));
    const end = await ends();
    assert.ok(end < 120, `${end} seconds are told`);
    await page.waitForTimeout(500);
    assert.equal(await ends(), end, "nothing more is computed");
  });
}

pageTest("a rollout that is paused before its first Pod says so, and can only be resumed", { hash: link({ yaml: manifest(3).replace("spec:\n", "spec:\n  paused: true\n") }) }, async ({ page }) => {
  await owner(page).getByText("Rollout paused").waitFor();
  await page.locator(".pane-why").getByText("Its rollout is paused").waitFor();
  await owner(page).locator("summary").click();
  for (const word of ["Undo", "Pause"]) assert.ok(await owner(page).getByRole("button", { name: word }).isDisabled(), word);
  await owner(page).getByRole("button", { name: "Resume" }).click();
  await fast(page);
  await ready(page, 3);
  assert.equal(await owner(page).getByText("Rollout paused").count(), 0);
});

const tick = "{apiVersion: batch/v1, kind: CronJob, metadata: {name: tick}, spec: {schedule: '* * * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'busybox:1.36', command: [sleep, '9']}]}}}}}}";

pageTest("a CronJob says when it is due, and why there is no Pod", { hash: link({ yaml: tick }) }, async ({ page }) => {
  await page.locator('.owner[data-owner="tick"]').getByText("next due at 1:00").waitFor();
  await page.locator(".pane-why").getByText("It makes a Job each time").waitFor();
  await page.locator(".pane-why").getByText(/Next: it makes a Job at 1:00, in/).waitFor();
});

pageTest("a changed text is applied to the run before, as a rolling update", { hash: linkTo(3) }, async ({ page }) => {
  await fast(page);
  await ready(page, 3);
  await pause(page);
  const left = await page.locator("#knob").evaluate((knob) => Number(knob.ariaValueNow));
  await page.locator(".cm-line", { hasText: "nginx:1.27" }).click();
  await page.keyboard.press("End");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("8");
  const offer = page.getByRole("button", { name: /^Apply it at .* of the run before$/ });
  await offer.waitFor();
  assert.equal(await owner(page).getByText("revision 2").count(), 0, "a run of its own");
  await offer.click();
  await owner(page).getByText("revision 2").first().waitFor();
  assert.ok((await page.locator("#knob").evaluate((knob) => Number(knob.ariaValueNow))) >= left, "it goes on where it was left");
  assert.equal(await offer.count(), 0);
  await playUntil(page, owner(page).getByText("3 of 3 ready"));
});
