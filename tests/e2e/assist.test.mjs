// What helps while one writes: completion, explanations, formatting, the preview of all fixes, marks that stay in place.
import assert from "node:assert/strict";
import { pageTest, setUp } from "./browser.mjs";

setUp();

const editor = (page) => page.locator(".cm-content");

/** Replaces the text in the editor, as a paste does. */
async function write(page, text) {
  await editor(page).focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

/** The lines of the editor, from one on, are `wanted`, now or soon: what has grown out of sight is drawn with the next picture. */
async function reads(page, wanted, from = 0) {
  for (let round = 0; ; round++) {
    const lines = (await page.locator(".cm-line").allTextContents()).slice(from);
    if (round === 50 || lines.join("\n") === wanted.join("\n")) return assert.deepEqual(lines, wanted);
    await page.waitForTimeout(40);
  }
}

/** Waits until the editor's help has been fetched: it is when the editor has the focus. */
const helped = (page) => page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => /\/assist\.js(\?|$)/.test(name)));

const options = (page) => page.locator(".cm-tooltip-autocomplete [role=option]");

const begun = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  volumes:\n  - name: data\n    emptyDir: {}\n  containers:\n  - name: a\n    image: nginx\n    ";

pageTest("fields, values and names are completed by keyboard alone", {}, async ({ page }) => {
  await write(page, begun);
  await helped(page);
  await page.keyboard.type("volumeM", { delay: 20 });
  await options(page).filter({ hasText: "volumeMounts" }).waitFor();
  await page.waitForTimeout(100);
  await page.keyboard.press("Enter");
  // The list is begun, and the volume of the text is offered.
  await options(page).filter({ hasText: "data" }).waitFor();
  assert.match(await options(page).first().textContent(), /Volume/);
  await page.waitForTimeout(100);
  await page.keyboard.press("Enter");
  await reads(page, ["    volumeMounts:", "    - name: data"], -2);
  await page.keyboard.press("Enter");
  await page.keyboard.type("mou", { delay: 20 });
  await options(page).filter({ hasText: "mountPath" }).waitFor();
  await page.waitForTimeout(100);
  await page.keyboard.press("Tab");
  await page.keyboard.type("/data");
  await reads(page, ["      mountPath: /data"], -1);
  await page.getByText("The cluster accepts this.").waitFor();
  // Escape closes the list, a second one and Tab leave the editor.
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Space");
  await options(page).first().waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await options(page).count(), 0);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => Boolean(document.activeElement.closest(".cm-editor"))), false);
});

pageTest("what is offered is explained in the reader's language", { locale: "zh-CN" }, async ({ page }) => {
  await write(page, begun);
  await helped(page);
  await page.keyboard.press("Control+Space");
  await page.locator(".cm-completionInfo").getByText("要运行的程序").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".cm-line", { hasText: "image" }).locator("span", { hasText: "image" }).first().hover();
  const box = page.locator(".cm-field");
  await box.getByText("要运行的镜像").waitFor();
  assert.match(await box.textContent(), /spec\.containers\[0\]\.image<string>/);
});

pageTest("F1 explains the field at the cursor and Escape closes it", {}, async ({ page }) => {
  await write(page, begun.trimEnd());
  await helped(page);
  await page.keyboard.press("F1");
  const box = page.locator(".cm-field");
  await box.getByText("The image to run").waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await box.count(), 0);
  // The Edit menu does the same.
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByRole("menuitem", { name: "Explain the field" }).click();
  await box.getByText("The image to run").waitFor();
});

pageTest("format and the two forms of a list, each one step of undo", {}, async ({ page }) => {
  const crooked = "apiVersion: v1\nkind: Pod\nmetadata:\n    name: web # me\nspec:\n    containers:\n    -   name: a\n        image: nginx\n        command: [sh, -c, date]\n";
  const even = crooked.replace("    name: web", "  name: web").replace(/ {4}containers[\s\S]*/, "  containers:\n  - name: a\n    image: nginx\n    command: [sh, -c, date]\n");
  await write(page, crooked);
  await page.keyboard.press("Shift+Alt+F");
  await reads(page, even.split("\n"));
  await page.keyboard.press("Control+z");
  await reads(page, crooked.split("\n"));
  await page.keyboard.press("Control+y");
  await page.keyboard.press("Control+End");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Shift+Alt+L");
  await reads(page, ["    command:", "    - sh", "    - -c", "    - date", ""], -5);
  await page.keyboard.press("Shift+Alt+L");
  await reads(page, even.split("\n"));
  await write(page, "a: [");
  await page.keyboard.press("Shift+Alt+F");
  await page.getByText("The text is not valid YAML yet").waitFor();
});

const broken = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a\n    image: nginx\n    Command: [sh, -c, date]\n    imagePullpolicy: Always\n";

pageTest("all fixes are shown before they are made, by keyboard alone", {}, async ({ page }) => {
  await write(page, broken);
  await page.getByText(/^Refused/).waitFor();
  await page.keyboard.press("Shift+Alt+M");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("2 fixes").waitFor();
  assert.deepEqual(await dialog.locator("tr.removed code").allTextContents(), ["    Command: [sh, -c, date]", "    imagePullpolicy: Always"]);
  assert.deepEqual(await dialog.locator("tr.added code").allTextContents(), ["    command: [sh, -c, date]", "    imagePullPolicy: Always"]);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await reads(page, broken.split("\n"));
  await page.waitForFunction(() => document.activeElement.closest(".cm-editor"));
  await page.keyboard.press("Shift+Alt+M");
  await dialog.getByText("2 fixes").waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("The cluster accepts this.").waitFor();
  await page.waitForFunction(() => document.activeElement.closest(".cm-editor"));
  await page.keyboard.press("Control+z");
  await reads(page, broken.split("\n"));
});

pageTest("marks stay on their words while one types before, between and behind them", {}, async ({ page }) => {
  await write(page, broken);
  await page.getByText(/^Refused/).waitFor();
  const marked = () => page.locator(".cm-lintRange-error").allTextContents();
  assert.deepEqual(await marked(), ["Command", "imagePullpolicy"]);
  // Every frame is watched: a mark that is gone or elsewhere for one frame is seen.
  await page.evaluate(() => {
    window.seen = new Set();
    const look = () => {
      window.seen.add([...document.querySelectorAll(".cm-lintRange-error")].map((mark) => mark.textContent).join());
      window.watching = requestAnimationFrame(look);
    };
    look();
  });
  const type = async (line, text) => {
    await page.locator(".cm-line").nth(line).click();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.keyboard.type(text);
    await page.keyboard.press("Escape");
  };
  // A key that is half written is no YAML for a while; a machine that is busy makes it a long one.
  await type(3, "labels: {app: web}");
  await type(0, "# 你好 😀 a comment");
  await type(10, "tty:");
  await page.keyboard.insertText(" true");
  await page.waitForTimeout(100);
  const seen = await page.evaluate(() => (cancelAnimationFrame(window.watching), [...window.seen]));
  assert.deepEqual(seen, ["Command,imagePullpolicy"]);
  await page.waitForTimeout(600);
  assert.deepEqual(await marked(), ["Command", "imagePullpolicy"]);
});

pageTest("who leaves the text before its completions come finds no list over what is opened then", {}, async ({ page }) => {
  await write(page, begun);
  await helped(page);
  await page.waitForTimeout(300);
  await page.keyboard.type("l");
  await page.evaluate(() => document.activeElement.blur());
  await page.waitForTimeout(600);
  assert.equal(await page.locator(".cm-tooltip-autocomplete").count(), 0);
  await page.locator(".cm-content").focus();
  await page.keyboard.press("End");
  await page.keyboard.type("i");
  await options(page).first().waitFor();
});

pageTest("folding says so in the reader's language", { locale: "zh-CN" }, async ({ page }) => {
  await write(page, begun);
  await page.getByRole("button", { name: "编辑", exact: true }).click();
  await page.getByRole("menuitem", { name: "全部折叠" }).click();
  await page.locator(".cm-foldPlaceholder").first().waitFor();
  assert.equal(await page.locator(".cm-foldPlaceholder").first().getAttribute("title"), "展开");
  await page.getByRole("button", { name: "编辑", exact: true }).click();
  await page.getByRole("menuitem", { name: "全部展开" }).click();
  assert.equal(await page.locator(".cm-foldPlaceholder").count(), 0);
});
