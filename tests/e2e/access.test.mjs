// WCAG 2.2 AA as far as axe can tell: no serious finding on any view, in both themes and languages; and the same page
// at 200 % zoom, which is half the room.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pageTest, setUp, sizes } from "./browser.mjs";

setUp();

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The serious findings of axe on the page as it is, a line each. */
async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary.split("\n")[1]?.trim()}`));
}

const views = [
  ["wide-light-en", { viewport: sizes.wide, colorScheme: "light", locale: "en" }],
  ["wide-dark-zh", { viewport: sizes.wide, colorScheme: "dark", locale: "zh-CN" }],
  ["tablet-dark-en", { viewport: sizes.tablet, colorScheme: "dark", locale: "en" }],
  ["phone-light-zh", { viewport: sizes.phone, colorScheme: "light", locale: "zh-CN", hasTouch: true }],
];

for (const [name, options] of views) {
  pageTest(`axe finds nothing serious: ${name}`, { reducedMotion: "reduce", ...options }, async ({ page }) => {
    const wrong = [];
    const look = async (what) => wrong.push(...(await findings(page)).map((line) => `${what}: ${line}`));
    await page.locator(".stage .pod").first().waitFor();
    await look("stage");
    const tabs = page.locator(".pane-stage [role=tab]");
    for (let index = 1; index < (await tabs.count()); index += 1) {
      await tabs.nth(index).click();
      await look(`tab ${index}`);
    }
    if (name.startsWith("wide")) {
      await page.locator(".pane-stage [role=tab]").first().click();
      await page.locator(".card .hit").first().click();
      await page.locator(".inspector summary").click();
      await page.locator(".vessel-head").first().click();
      await page.locator("#sheet").waitFor();
      await look("inspector and files");
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      await page.locator("header.top > .button.icon").last().click();
      await page.locator("dialog").waitFor();
      await look("help");
    } else if (name.startsWith("phone")) {
      for (const index of [0, 2]) {
        await page.locator(".pane-tabs [role=tab]").nth(index).click();
        await look(`pane ${index}`);
      }
    }
    await page.keyboard.press("Escape");
    await page.locator("#share-button").click();
    await look("share");
    await page.keyboard.press("Escape");
    await page.locator("#lessons-button").click();
    await page.locator(".lesson-row").first().waitFor();
    await look("lessons");
    await page.locator(".lesson-row").nth(2).click();
    await page.locator(".lesson-guess input").first().check();
    await page.locator(".lesson-scroll > .link").click();
    await look("step");
    await page.locator(".lesson-acts .primary").click();
    if (name.startsWith("phone")) await page.locator(".pane-tabs [role=tab]").first().click();
    await page.locator(".lesson-done").waitFor();
    await look("step that is done");
    assert.deepEqual(wrong, []);
  });
}

pageTest("axe finds nothing serious in a refused manifest", { colorScheme: "light", reducedMotion: "reduce" }, async ({ page }) => {
  await page.locator(".cm-content").fill("apiVersion: v1\nkind: Pod\nmetadata:\n  name: Web\nspec:\n  containers: []\n");
  await page.locator(".problem").first().waitFor();
  assert.deepEqual(await findings(page), []);
});

pageTest("at 200 % zoom nothing is out of reach", { viewport: { width: 720, height: 450 } }, async ({ page }) => {
  await page.locator(".stage .pod").first().waitFor();
  await page.locator("#lessons-button").click();
  await page.locator(".lesson-row").first().click();
  await page.locator(".lesson-acts .primary").scrollIntoViewIfNeeded();
  assert.ok(await page.locator(".lesson-acts .primary").isVisible());
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `the page is ${wide} px wider than its window`);
});
