// The judge in the page: a broken manifest, its mend, the TABs of the lesson, large and hostile texts, links.
import assert from "node:assert/strict";
import { pageTest, setUp } from "./browser.mjs";
import { example } from "./page.mjs";

setUp();

const verdict = (page) => page.locator("#verdict");

/** Replaces the text in the editor, as typing does. */
async function write(page, text) {
  await page.getByRole("textbox", { name: "Manifest" }).focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

const pod = (name) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers:\n  - name: a\n    image: nginx\n`;

pageTest("a broken manifest is refused, the stage keeps the last accepted one, a mended one runs", {}, async ({ page }) => {
  await write(page, pod("first"));
  await page.getByText("pod/first").first().waitFor();
  await write(page, pod("Wrong_Name"));
  await page.getByText("Refused: one problem.").waitFor();
  await page.locator(".problem", { hasText: "metadata.name" }).waitFor();
  await page.getByText("You see the last accepted version.").waitFor();
  await page.getByText("pod/first").first().waitFor();
  await page.locator(".problem .words > button").first().click();
  assert.equal(await page.evaluate(() => getSelection().toString()), "Wrong_Name");
  await write(page, pod("second"));
  await page.getByText("pod/second").first().waitFor();
  assert.equal(await verdict(page).textContent(), "The cluster accepts this.");
  assert.equal(await page.locator(".stale").count(), 0);
});

pageTest("the lesson's TABs are refused with their place, and mended by one click that can be undone", {}, async ({ page }) => {
  await example(page, "Lesson: the manifest with TABs");
  await page.getByText(/^Refused/).waitFor();
  const problem = page.locator(".problem").first();
  assert.match(await problem.textContent(), /line 4/);
  assert.match(await problem.textContent(), /TAB/);
  await problem.getByRole("button", { name: "Turn TABs into spaces" }).click();
  await page.getByText("pod/simple-webapp").first().waitFor();
  for (const name of ["simple-webapp", "log-agent"]) await page.locator(`.card[data-container="${name}"]`).waitFor();
  await page.getByRole("textbox", { name: "Manifest" }).click();
  await page.keyboard.press("Control+z");
  await page.getByText(/^Refused/).waitFor();
});

pageTest("hostile texts leave the page alive", {}, async ({ page }) => {
  const bombs = [
    "a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n",
    `a: ${"[".repeat(20_000)}`,
    pod("x").replace("kind: Pod", "kind: [").repeat(50),
    "\u0000\u0007{{{",
  ];
  for (const text of bombs) {
    await write(page, text);
    await page.getByText(/^Refused/).waitFor();
  }
  await write(page, pod("alive"));
  await page.getByText("pod/alive").first().waitFor();
});

pageTest("five megabytes can be pasted and edited", {}, async ({ page }) => {
  await page.getByRole("textbox", { name: "Manifest" }).click();
  await page.keyboard.press("Control+a");
  const line = "# a comment of some length, again and again\n";
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, line.repeat(Math.ceil(5_000_000 / line.length)));
  await page.getByText("it is checked when you press Ctrl-Enter").waitFor();
  await page.keyboard.type("x");
  await write(page, pod("small"));
  await page.getByText("pod/small").first().waitFor();
});

pageTest("a link carries the manifest; a damaged one is told and loses nothing", {}, async ({ page, address, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await write(page, pod("shared"));
  await page.getByText("pod/shared").first().waitFor();
  await page.locator("#share-button").click();
  await page.getByRole("menuitem", { name: /^Copy a link The/ }).click();
  await page.getByText("The link is copied.").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /#v1\./);
  const other = await context.newPage();
  await other.goto(link);
  await other.getByText("pod/shared").first().waitFor();
  await other.goto("about:blank");
  await other.goto(`${address}#v1.damaged`);
  await other.getByText("The link is cut off or damaged.").waitFor();
  await other.getByText("pod/shared").first().waitFor();
});

pageTest("the text is there again at the next visit, until it is reset", {}, async ({ page }) => {
  await write(page, pod("kept"));
  await page.getByText("pod/kept").first().waitFor();
  await page.waitForFunction(() => localStorage.getItem("podlab.text")?.includes("kept"));
  await page.reload();
  await page.getByText("pod/kept").first().waitFor();
  await page.getByRole("button", { name: "Reset" }).click();
  await page.getByText("pod/web").first().waitFor();
});
