// The page loads, wherever it is put, and its console is clean.
import assert from "node:assert/strict";
import { looks, pageTest, screenshot, setUp, uncheckedTest } from "./browser.mjs";

setUp();

pageTest("the page loads at the root of a server", {}, async ({ page }) => {
  assert.equal(await page.title(), "Podlab");
  assert.ok(await page.locator("main").isVisible());
});

pageTest("the page loads below a sub-path", { subPath: true }, async ({ page }) => {
  assert.ok(await page.locator("main").isVisible());
});

uncheckedTest("without its program the page says so", {}, async ({ page, address }) => {
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto(address);
  await page.getByText("Podlab could not start").waitFor();
});

for (const { name, options } of looks) {
  pageTest(`picture: start, ${name}`, options, async ({ page }) => screenshot(page, `start-${name}`));
}
