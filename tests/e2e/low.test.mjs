// Windows too low for all panes, as a tablet on its side or a page at 200 % and 400 %: the page is scrolled by the wheel,
// everything in it can be come to, and what plays and the timeline stay in sight all the while.
import assert from "node:assert/strict";
import { pageTest, screenshot, setUp } from "./browser.mjs";

setUp();

for (const [width, height] of [[1024, 768], [1000, 700], [1280, 560], [720, 450], [380, 470]]) {
  pageTest(`a window of ${width} × ${height} is scrolled, and Play stays in sight`, { viewport: { width, height } }, async ({ page }) => {
    const inSight = (selector) =>
      page.locator(selector).evaluate((element) => {
        const { x, y, bottom, width, height } = element.getBoundingClientRect();
        const top = document.elementFromPoint(x + width / 2, y + height / 2);
        return y >= 0 && bottom <= innerHeight && (element === top || element.contains(top));
      });
    const look = async (when) => {
      assert.ok(await inSight(".play"), `Play is in sight ${when}`);
      assert.ok(await inSight(".knob"), `the playhead is in sight ${when}`);
    };
    await look("at first");
    // Over the head of the page nothing else is scrolled.
    await page.mouse.move(width / 2, 12);
    await page.mouse.wheel(0, 4000);
    await page.waitForFunction(() => scrollY > 0 && scrollY + innerHeight >= document.documentElement.scrollHeight - 1);
    await look("at the end");
    await screenshot(page, `low-${width}-${height}`);
    const hidden = await page.evaluate(() => {
      const time = document.querySelector(".pane-time").getBoundingClientRect().top;
      return [...document.querySelectorAll(".panes > section")]
        .filter((pane) => !pane.matches(".pane-time") && pane.offsetParent)
        .filter((pane) => pane.getBoundingClientRect().bottom > time).map((pane) => pane.className);
    });
    assert.deepEqual(hidden, [], "the time lies over no pane at the end");
  });
}
