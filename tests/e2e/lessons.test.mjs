// Lessons: opened from the header or by a link, a step is read, guessed, run, changed, and checked at once by the engine;
// progress stays, and leaving gives the person's own text back.
import assert from "node:assert/strict";
import { looks, pageTest, screenshot, setUp, sizes, uncheckedTest } from "./browser.mjs";

setUp();

const lesson = (page) => page.locator("#pane-lesson");
const text = (page) => page.locator(".cm-content").innerText();
const met = (page) => lesson(page).locator(".lesson-done").waitFor();

pageTest("no text of a lesson is fetched before somebody wants one", { start: false }, async ({ page, address }) => {
  const fetched = [];
  page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
  await page.goto(address);
  await page.locator(".stage .pod").first().waitFor();
  const lessons = () => fetched.filter((path) => /lessons\./.test(path) && page.url());
  // The service worker keeps all of the build for later, after the page has started; the page itself asks for none.
  assert.deepEqual(await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => /lessons\..*txt/.test(name))), []);
  await page.getByRole("button", { name: "Lessons" }).click();
  await lesson(page).getByRole("heading", { name: "Learn by doing" }).waitFor();
  assert.ok(lessons().length >= 1);
});

pageTest("a step is read, guessed, run and met; leaving gives the own text back", {}, async ({ page }) => {
  await page.locator(".cm-content").fill("apiVersion: v1\nkind: Pod\nmetadata:\n  name: mine\nspec:\n  containers:\n  - {name: a, image: nginx}\n");
  await page.getByText("pod/mine").first().waitFor();
  await page.getByRole("button", { name: "Lessons" }).click();
  await lesson(page).getByRole("button", { name: /Why several containers/ }).click();
  await lesson(page).getByRole("heading", { name: "Two that belong together" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "lesson-title");
  assert.match(await text(page), /name: simple-webapp/);
  await page.getByRole("button", { name: "Play", exact: true }).waitFor();
  await lesson(page).getByRole("radio").nth(1).check();
  assert.equal(await lesson(page).locator(".lesson-done").count(), 0);
  await lesson(page).getByRole("button", { name: "Run it" }).click();
  await met(page);
  await lesson(page).getByText("right", { exact: true }).waitFor();
  await lesson(page).getByRole("button", { name: "Next step" }).click();
  await lesson(page).getByRole("heading", { name: "They share a life" }).waitFor();
  assert.match(page.url(), /#lesson\/several-containers\/2$/);
  // The mend: written in the editor, judged and run by itself.
  const mended = (await text(page)).replace("sleep 5", "sleep infinity");
  await page.locator(".cm-content").fill(mended);
  await met(page);
  await page.getByRole("button", { name: "Leave" }).click();
  await page.getByText("pod/mine").first().waitFor();
  assert.match(await text(page), /name: mine/);
  assert.doesNotMatch(page.url(), /#/);
  await page.reload();
  await page.getByText("pod/mine").first().waitFor();
  await page.getByRole("button", { name: "Lessons" }).click();
  await lesson(page).getByText("2 of 5").waitFor();
});

pageTest("a link leads to a step, and the own text stays out of it", { hash: "#lesson/probes/2", start: false }, async ({ page, address }) => {
  await page.addInitScript(() => localStorage.setItem("podlab.text", "kind: Mine\n"));
  await page.goto(`${address}#lesson/probes/2`);
  await lesson(page).getByRole("heading", { name: "A probe of the wrong port" }).waitFor();
  await page.waitForTimeout(600);
  assert.equal(await page.evaluate(() => localStorage.getItem("podlab.text")), "kind: Mine\n");
  await page.evaluate(() => (location.hash = "#lesson/commands/2"));
  await lesson(page).getByRole("heading", { name: "A number is not a string" }).waitFor();
  assert.match(await text(page), /- 20/);
  await page.evaluate(() => (location.hash = "#lesson/no-such/7"));
  await lesson(page).getByRole("heading", { name: "Learn by doing" }).waitFor();
});

pageTest("a command in the text runs in the terminal", { hash: "#lesson/several-containers/5" }, async ({ page }) => {
  await lesson(page).getByRole("button", { name: "Run it" }).click();
  await page.getByLabel("Speed").selectOption("20");
  await page.getByRole("button", { name: "Again" }).waitFor();
  await lesson(page).getByRole("button", { name: /^kubectl scale/ }).click();
  await page.getByText("deployment.apps/simple-webapp scaled").waitFor();
  await met(page);
});

pageTest("a challenge is timed, and its best time kept", {}, async ({ page }) => {
  await page.getByRole("button", { name: "Lessons" }).click();
  await lesson(page).getByLabel("Time me").check();
  await lesson(page).getByRole("button", { name: /A name in capitals/ }).click();
  await lesson(page).getByRole("timer").waitFor();
  await page.locator(".cm-content").fill((await text(page)).replace("name: Web", "name: web"));
  await met(page);
  await lesson(page).getByRole("button", { name: "All lessons" }).click();
  await lesson(page).getByRole("button", { name: /A name in capitals.*\d:\d\d/ }).waitFor();
  assert.match(await page.evaluate(() => localStorage.getItem("podlab.progress")), /^challenges 1 \d+\n$/);
  await lesson(page).getByRole("button", { name: "Forget my progress" }).click();
  await lesson(page).getByRole("button", { name: /Really forget/ }).click();
  await page.waitForFunction(() => localStorage.getItem("podlab.progress") === null);
});

uncheckedTest("lessons that cannot be fetched say so, and come when they can", {}, async ({ page, address }) => {
  let fails = true;
  await page.route("**/lessons.en.txt*", (route) => (fails ? route.abort() : route.continue()));
  await page.goto(address);
  await page.getByRole("button", { name: "Lessons" }).click();
  await lesson(page).getByText("The lessons could not be fetched.").waitFor();
  fails = false;
  await lesson(page).getByRole("button", { name: "Try again" }).click();
  await lesson(page).getByRole("heading", { name: "Learn by doing" }).waitFor();
});

pageTest("on a phone a lesson is one of the panes, and all of it goes by keyboard", { viewport: sizes.phone, locale: "zh-CN", hasTouch: true }, async ({ page }) => {
  await page.locator("#lessons-button").press("Enter");
  const first = lesson(page).getByRole("button", { name: /为什么一个 Pod/ });
  await first.waitFor();
  await first.press("Enter");
  await lesson(page).getByRole("heading", { name: "本来就该在一起的两个" }).waitFor();
  await lesson(page).getByRole("button", { name: "运行", exact: true }).press("Enter");
  await page.locator(".stage .pod").first().waitFor();
  await page.getByRole("tab", { name: "课程" }).click();
  await met(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `the page is ${wide} px wider than its window`);
});

for (const { name, options } of looks) {
  pageTest(`picture: lessons, ${name}`, options, async ({ page, address }) => {
    await page.locator("#lessons-button").click();
    await lesson(page).locator(".lesson-row").first().waitFor();
    await screenshot(page, `lessons-${name}`);
    await page.goto(`${address}#lesson/init-containers/1`);
    await lesson(page).locator(".lesson-guess").waitFor();
    await screenshot(page, `lesson-step-${name}`);
  });
}
