// A Pod comes to life: the first example runs by itself, is played to its end, and is scrubbed back.
import assert from "node:assert/strict";
import { pageTest, setUp } from "./browser.mjs";
import { example, link, scrub } from "./page.mjs";

setUp();

const now = (page) => page.locator("#knob").evaluate((knob) => Number(knob.ariaValueNow));
const end = (page) => page.locator("#knob").evaluate((knob) => Number(knob.ariaValueMax));
const container = (page, name) => page.locator(`.card[data-container="${name}"]`);

pageTest("it plays by itself, to the end, and can be scrubbed back", {}, async ({ page }) => {
  await page.getByRole("button", { name: "Pause" }).waitFor();
  const first = await now(page);
  await page.waitForFunction((first) => Number(document.getElementById("knob").ariaValueNow) > first, first);
  await page.getByLabel("Speed").selectOption("100");
  await page.getByRole("button", { name: "Again" }).waitFor();
  assert.equal(await now(page), await end(page));
  for (const name of ["clone", "migrate"]) assert.equal(await container(page, name).getAttribute("data-tone"), "done");
  for (const name of ["web", "cache", "log-agent"]) {
    assert.equal(await container(page, name).getAttribute("data-tone"), "ready", name);
  }
  await scrub(page, 0);
  assert.equal(await now(page), 0);
  await page.getByRole("button", { name: "Play" }).waitFor();
});

pageTest("init containers run in order, and the app after them", {}, async ({ page }) => {
  await example(page, "Lesson: an init container");
  await page.getByRole("button", { name: "To the start", exact: true }).click();
  const seen = [];
  for (let step = 0; step < 400; step++) {
    const tones = await page.evaluate(() =>
      ["init-myservice", "myapp-container"].map((name) =>
        document.querySelector(`.card[data-container="${name}"]`)?.dataset.tone));
    if (tones[0] && seen.at(-1) !== tones.join(" ")) seen.push(tones.join(" "));
    if (tones[1] === "ready") break;
    await page.getByRole("button", { name: "To the next change" }).click();
  }
  assert.equal(seen.at(-1), "done ready", seen.join(", "));
  assert.ok(seen.every((tones) => tones.startsWith("done") || /(waiting|pulling)$/.test(tones)), seen.join(", "));
});

pageTest("a container that is chosen is explained and its lines are lit", {}, async ({ page }) => {
  await page.getByLabel("Speed").selectOption("100");
  await page.getByRole("button", { name: "Again" }).waitFor();
  await container(page, "migrate").click();
  const why = page.getByRole("region", { name: "Why", exact: true });
  await why.getByText("migrate").first().waitFor();
  await page.locator(".cm-lit").first().waitFor();
  assert.match((await page.locator(".cm-lit").allTextContents()).join("\n"), /name: migrate/);
});

pageTest("the picture is also text", {}, async ({ page }) => {
  await page.getByLabel("Speed").selectOption("100");
  await page.getByRole("button", { name: "Again" }).waitFor();
  await page.getByRole("tab", { name: "Table" }).click();
  const cards = ["log-agent", "clone", "migrate", "web", "cache"];
  const rows = page.locator("#table-containers tbody tr");
  assert.equal(await rows.count(), cards.length);
  assert.deepEqual(await rows.locator("td:nth-child(2)").allTextContents(), cards);
  await page.getByRole("tab", { name: "YAML" }).click();
  await page.getByText("kind: Pod").last().waitFor();
  await page.getByRole("tab", { name: /^Events/ }).click();
  await page.getByRole("cell", { name: "Scheduled" }).first().waitFor();
});

pageTest("where nothing is written there is nothing to play", { hash: link({ yaml: "# nothing yet\n" }) }, async ({ page }) => {
  await page.getByText("There is no object in this text yet.").waitFor();
  assert.ok(await page.locator("#play").isDisabled());
});
