// WCAG 2.2 AA as far as axe can tell: no serious finding on any view, in both themes and languages; and the same page
// at 200 % zoom, which is half the room.
import assert from "node:assert/strict";
import { findings } from "./axe.mjs";
import { pageTest, setUp, sizes } from "./browser.mjs";

setUp();

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

/** How many pixels the page is wider than its window. */
const tooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

for (const [zoom, viewport] of [["200 %", { width: 720, height: 450 }], ["400 %", { width: 360, height: 225 }], ["320 px", { width: 320, height: 640 }]]) {
  pageTest(`at ${zoom} nothing is out of reach and nothing scrolls sideways`, { viewport }, async ({ page }) => {
    await page.locator(".stage .pod").first().waitFor();
    const reach = async (locator, what) => {
      await locator.scrollIntoViewIfNeeded();
      // In sight, and nothing lies over it.
      const free = await locator.evaluate((it) => {
        const { left, top, width, height } = it.getBoundingClientRect();
        const there = document.elementFromPoint(left + width / 2, top + height / 2);
        return Boolean(there && (it.contains(there) || there.contains(it)));
      });
      assert.ok(free, `${what} is out of reach`);
      assert.ok((await tooWide(page)) <= 0, `${what}: the page is ${await tooWide(page)} px wider than its window`);
    };
    await reach(page.locator("#play"), "play");
    for (const id of ["terminal", "events", "yaml", "logs", "table", "stage"]) {
      await page.locator(`#show-tab-${id}`).click();
      await reach(page.locator(`#show-tab-${id}`), id);
    }
    const panes = page.locator(".pane-tabs");
    if (await panes.isVisible()) {
      await page.locator("#pane-tab-manifest").click();
      await reach(page.locator("#edit-button"), "edit");
      await page.locator("#pane-tab-why").click();
      await reach(page.locator(".why h2").first(), "why");
    }
    await page.locator("#lessons-button").click();
    await page.locator(".lesson-row").first().click();
    await reach(page.locator(".lesson-acts .primary").first(), "run");
    await page.keyboard.press("Escape");
    await page.locator("#share-button").click();
    await reach(page.getByRole("menuitem").last(), "the last of the menu");
    await page.keyboard.press("Escape");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("?");
    await reach(page.locator("dialog.help .about"), "the end of the keys");
  });
}
