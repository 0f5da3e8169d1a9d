// What a person can do on the stage and in time: break things, take that back, run on to a moment, zoom.
import assert from "node:assert/strict";
import { open, pageTest, setUp } from "./browser.mjs";
import { example } from "./page.mjs";

setUp();

const still = { reducedMotion: "reduce" };
const card = (page, name) => page.locator(`.card[data-container="${name}"]`);
const tone = (page, name, wanted) => page.locator(`.card[data-container="${name}"][data-tone="${wanted}"]`).waitFor();
const dock = (page) => page.getByRole("region", { name: "Break it" });
const deeds = (page) => dock(page).getByRole("list", { name: "What you did" }).getByRole("listitem");
const now = (page) => page.locator("#knob").evaluate((knob) => Number(knob.ariaValueNow));
const runUntil = async (page, goal) => {
  await page.getByRole("button", { name: "Run until" }).click();
  await page.getByRole("menuitem", { name: goal }).click();
};
const breakIt = async (page, deed) => {
  await dock(page).getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: deed }).click();
};
const notice = (page, text) => page.getByRole("status").getByText(text).waitFor();

pageTest("it runs until ready, to the end, and says what never comes", still, async ({ page }) => {
  await page.getByRole("button", { name: "To the start", exact: true }).click();
  await runUntil(page, "Ready");
  await tone(page, "web", "ready");
  const ready = await now(page);
  assert.ok(ready > 5, `ready at ${ready}`);
  await page.getByRole("button", { name: "Play", exact: true }).waitFor();
  await runUntil(page, "The next restart");
  await notice(page, /never comes by itself: nothing is started again/);
  assert.equal(await now(page), ready, "the playhead stays where it was");
  await page.getByRole("button", { name: "To the change before" }).click();
  await runUntil(page, "The end");
  await page.waitForFunction((ready) => Number(document.getElementById("knob").ariaValueNow) >= ready - 0.1, ready);
});

pageTest("it runs until an error and until the restart after it", still, async ({ page }) => {
  await example(page, "CrashLoopBackOff");
  await page.getByRole("button", { name: "To the start", exact: true }).click();
  await runUntil(page, "An error");
  const failed = await now(page);
  assert.ok(failed > 0);
  await page.locator('.card[data-tone="failed"]').first().waitFor();
  await runUntil(page, "The next restart");
  assert.ok((await now(page)) > failed);
  await page.locator(".tries .now").first().waitFor();
});

pageTest("a container that is killed is started again, and the deed can be taken back", still, async ({ page }) => {
  await runUntil(page, "Ready");
  await tone(page, "cache", "ready");
  await card(page, "cache").click();
  await dock(page).getByRole("spinbutton", { name: "exit code" }).fill("3");
  await dock(page).getByRole("button", { name: "Kill" }).click();
  await page.getByRole("button", { name: "Pause" }).click();
  assert.match(await deeds(page).first().textContent(), /killed cache \(exit code 3\)/);
  await page.getByRole("button", { name: /killed cache/ }).first().waitFor();
  await runUntil(page, "The next restart");
  await card(page, "cache").locator(".tries li").first().waitFor();
  assert.match(await card(page, "cache").locator(".tries li").first().textContent(), /3/);
  await page.getByRole("button", { name: /^Take back/ }).first().click();
  assert.equal(await page.locator(".deed").count(), 0);
  await runUntil(page, "The next restart");
  await notice(page, /never comes/);
});

pageTest("a probe that is made to fail takes the Pod out, and is given back", still, async ({ page }) => {
  await runUntil(page, "Ready");
  await tone(page, "web", "ready");
  await card(page, "web").click();
  await dock(page).getByLabel("The readiness probe").selectOption("fail");
  await page.getByLabel("Speed").selectOption("20");
  // It runs, but must not look calm: the card and the Pod alike.
  await tone(page, "web", "back-off");
  await page.locator('.pod-head .pill[data-tone="back-off"]', { hasText: "Running, not ready" }).waitFor();
  await dock(page).getByLabel("The readiness probe").selectOption("own");
  await tone(page, "web", "ready");
  assert.equal(await deeds(page).count(), 2);
});

pageTest("a Pod that is deleted goes, with its grace drawn; deleted at once it is gone", still, async ({ page }) => {
  await runUntil(page, "Ready");
  await tone(page, "web", "ready");
  await breakIt(page, /^Delete(?! now)/);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText(/Being deleted with 30 s of grace/).waitFor();
  await page.getByRole("button", { name: /^Take back/ }).first().click();
  await page.getByText(/Being deleted/).waitFor({ state: "detached" });
  await breakIt(page, /^Delete now/);
  await page.locator(".pod").waitFor({ state: "detached" });
});

pageTest("a node that is lost is drawn as lost and comes back", still, async ({ page }) => {
  await runUntil(page, "Ready");
  await tone(page, "web", "ready");
  await breakIt(page, /^Lose node-1/);
  await page.locator(".host.lost").waitFor();
  await breakIt(page, /^Bring node-1 back/);
  await page.locator(".host:not(.lost)").waitFor();
});

pageTest("acting in the past says that the run branches there", still, async ({ page }) => {
  await runUntil(page, "Ready");
  await tone(page, "cache", "ready");
  await card(page, "cache").click();
  await dock(page).getByRole("button", { name: "Kill" }).click();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "To the change before" }).click();
  await page.getByRole("button", { name: "To the change before" }).click();
  await breakIt(page, /^Delete(?! now)/);
  await notice(page, /the run goes another way/);
  assert.equal(await deeds(page).count(), 1);
});

pageTest("what was done is kept in the link, and so is the moment", still, async ({ page, address, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await runUntil(page, "Ready");
  await tone(page, "cache", "ready");
  await card(page, "cache").click();
  await dock(page).getByRole("button", { name: "Kill" }).click();
  await page.getByRole("button", { name: "Pause" }).click();
  const at = await now(page);
  await page.locator("#share-button").click();
  await page.getByRole("menuitem", { name: /Copy a link to this moment/ }).click();
  await notice(page, /link is copied/);
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(link.startsWith(address));
  await page.goto("about:blank");
  await open(page, link);
  await deeds(page).first().waitFor();
  assert.match(await deeds(page).first().textContent(), /killed cache/);
  assert.ok(Math.abs((await now(page)) - at) < 0.11);
  await page.getByRole("button", { name: "Play", exact: true }).waitFor();
});

pageTest("the timeline zooms where the hand is, by wheel and by key", still, async ({ page }) => {
  await page.getByRole("button", { name: "Pause" }).click();
  const width = () => page.locator("#scale").evaluate((scale) => scale.getBoundingClientRect().width);
  const before = await width();
  const box = await page.locator("#track").boundingBox();
  const x = box.x + box.width * 0.7;
  const under = () => page.locator("#scale").evaluate((scale, x) => {
    const { left, width } = scale.getBoundingClientRect();
    return (x - left) / width;
  }, x);
  const held = await under();
  await page.mouse.move(x, box.y + 60);
  await page.keyboard.down("Control");
  for (let turn = 0; turn < 4; turn++) await page.mouse.wheel(0, -100);
  await page.keyboard.up("Control");
  await page.waitForFunction((before) => document.getElementById("scale").getBoundingClientRect().width > 3 * before, before);
  await page.waitForTimeout(100);
  assert.ok(Math.abs((await under()) - held) < 0.01, "what was under the pointer stayed there");
  await page.getByRole("button", { name: "Show everything" }).click();
  assert.equal(await width(), before);
  await page.locator("#knob").focus();
  await page.keyboard.press("+");
  await page.waitForFunction((before) => document.getElementById("scale").getBoundingClientRect().width > 1.5 * before, before);
});

pageTest("the table tells the timeline with its marks, and what was done", still, async ({ page }) => {
  await runUntil(page, "Ready");
  await tone(page, "cache", "ready");
  await card(page, "cache").click();
  await dock(page).getByRole("button", { name: "Kill" }).click();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("tab", { name: "Table" }).click();
  const rows = page.locator("#table-timeline tbody tr");
  for (const word of ["Ready", "Exit", "Event"]) await rows.filter({ hasText: word }).first().waitFor();
  await page.getByRole("list", { name: "What you did" }).getByText(/killed cache/).waitFor();
});

pageTest("on a phone everything can be reached", { ...still, viewport: { width: 390, height: 844 }, hasTouch: true }, async ({ page }) => {
  await runUntil(page, "Ready");
  await tone(page, "web", "ready");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await page.getByRole("button", { name: "Break it" }).click();
  await breakIt(page, /^Delete(?! now)/);
  await page.getByText(/Being deleted/).waitFor();
});
