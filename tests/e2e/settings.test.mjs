// Language, theme and the simple editor: chosen, applied at once, remembered. And all of it by keyboard alone.
import assert from "node:assert/strict";
import { pageTest, screenshot, setUp } from "./browser.mjs";
import { example } from "./page.mjs";

setUp();

const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const lang = (page) => page.evaluate(() => document.documentElement.lang);

pageTest("the language follows the browser, can be changed, and stays", { locale: "zh-CN" }, async ({ page }) => {
  await page.getByRole("heading", { name: "清单" }).waitFor();
  assert.equal(await lang(page), "zh-CN");
  await page.getByRole("button", { name: "Switch to English" }).click();
  await page.getByRole("heading", { name: "Manifest" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Manifest" }).waitFor();
  assert.equal(await lang(page), "en");
});

pageTest("the theme follows the system, can be changed, and stays", { colorScheme: "dark" }, async ({ page }) => {
  const dark = await background(page);
  await page.emulateMedia({ colorScheme: "light" });
  const light = await background(page);
  assert.notEqual(light, dark);
  await page.getByRole("button", { name: "Switch to dark" }).click();
  assert.equal(await background(page), dark);
  await page.reload();
  await page.getByRole("button", { name: "Switch to light" }).waitFor();
  assert.equal(await background(page), dark);
});

pageTest("the simple editor edits the same text", {}, async ({ page }) => {
  await page.getByRole("button", { name: "Simple editor" }).click();
  const area = page.locator("textarea");
  await area.fill((await area.inputValue()).replace("name: web", "name: plain"));
  await page.getByText("pod/plain").first().waitFor();
  await page.getByRole("button", { name: "Full editor" }).click();
  await page.locator(".cm-content", { hasText: "name: plain" }).waitFor();
});

pageTest("an example that nobody changed is never somebody's own text, in whatever language it is opened again", { locale: "zh-CN" }, async ({ page }) => {
  await page.locator(".cm-content", { hasText: /[\u4e00-\u9fff]/ }).waitFor();
  await page.getByRole("button", { name: "Switch to English" }).click();
  await page.waitForFunction(() => localStorage.getItem("podlab.lang") === "en" && localStorage.getItem("podlab.example"));
  await page.reload();
  // It speaks the language that the page speaks now.
  await page.locator(".cm-content").waitFor();
  assert.doesNotMatch(await page.locator(".cm-content").innerText(), /[\u4e00-\u9fff]/);
  await example(page, "CrashLoopBackOff");
  await page.locator("#examples-button").click();
  await page.getByRole("menuitemradio", { name: "CrashLoopBackOff" }).waitFor();
  assert.equal(await page.getByRole("menuitemradio", { name: /Your own text/ }).count(), 0);
});

pageTest("the map of keys tells of every place that has keys", {}, async ({ page }) => {
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog");
  for (const title of ["Anywhere", "In the editor", "In the terminal", "On what has the focus"]) {
    await dialog.getByRole("heading", { name: title, exact: true }).waitFor();
  }
  await screenshot(page, "keys");
  const keys = await dialog.locator("kbd").allTextContents();
  for (const key of ["Space", "F8", "F1", "Ctrl R", "Ctrl D", "Page Up"]) assert.ok(keys.includes(key), `no ${key}`);
});

pageTest("a menu that is closed keeps no key for itself", {}, async ({ page }) => {
  for (const id of ["share", "examples", "until"]) {
    await page.locator(`#${id}-button`).focus();
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
  }
  // One that is open does.
  await page.locator("#share-button").focus();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("menu").waitFor();
  await page.keyboard.press("?");
  await page.keyboard.press("Escape");
  await page.getByRole("menu").waitFor({ state: "detached" });
  assert.equal(await page.getByRole("dialog").count(), 0);
});

pageTest("everything by keyboard", {}, async ({ page }) => {
  const now = () => page.locator("#knob").evaluate((knob) => Number(knob.ariaValueNow));
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Play" }).waitFor();
  // What a key does is painted with the next frame.
  const painted = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))));
  await page.keyboard.press("Home");
  await painted();
  assert.equal(await now(), 0);
  for (let step = 0; step < 8; step++) await page.keyboard.press("ArrowRight");
  await painted();
  const after = await now();
  assert.ok(after > 0);
  await page.keyboard.press("ArrowLeft");
  await painted();
  assert.ok((await now()) < after);
  // The menu: open, down, choose.
  await page.locator("#examples-button").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.getByText("shop", { exact: false }).first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "play");
  // Tabs by arrows, the slider by arrows, help by "?".
  await page.getByRole("tab", { name: "Stage" }).focus();
  await page.keyboard.press("ArrowRight");
  await painted();
  assert.equal(await page.evaluate(() => document.activeElement.ariaSelected), "true");
  await page.locator("#knob").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  await painted();
  // The example plays: from its beginning, that is.
  assert.ok((await now()) < 1);
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  // Into the editor and out of it again.
  await page.getByRole("textbox", { name: "Manifest" }).focus();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.ok(!(await page.evaluate(() => document.activeElement.closest(".cm-content"))));
});

pageTest("nothing moves while time stands still", {}, async ({ page }) => {
  await page.getByRole("button", { name: "Pause" }).click();
  await page.waitForTimeout(300);
  const frames = await page.evaluate(async () => {
    let asked = 0;
    const ask = window.requestAnimationFrame;
    window.requestAnimationFrame = (callback) => ((asked += 1), ask.call(window, callback));
    await new Promise((done) => setTimeout(done, 500));
    window.requestAnimationFrame = ask;
    return asked;
  });
  assert.equal(frames, 0);
});
