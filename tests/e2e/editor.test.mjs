// The editor's interface (web/editor.js), by itself: what src/ui relies on.
import assert from "node:assert/strict";
import { pageTest, setUp } from "./browser.mjs";

setUp();

const manifest = "apiVersion: v1\nkind: Pod\nmetadata:\n\tname: 网页\n";

/** Puts an editor on a page whose own content is taken away; `window.editor` is its handle, `window.heard` its calls. */
async function bare(page, options = {}) {
  await page.evaluate(
    async ([text, options]) => {
      document.body.replaceChildren(document.createElement("main"), document.createElement("button"));
      const { create } = await import(new URL("editor.js", document.baseURI));
      window.heard = [];
      window.editor = create(document.querySelector("main"), {
        text, label: "Manifest", ...options,
        onChange: (text) => window.heard.push(["change", text]),
        onCursor: (offset) => window.heard.push(["cursor", offset]),
        onRun: () => window.heard.push(["run"]),
      });
      window.editor.focus();
    },
    [manifest, options],
  );
}
const text = (page) => page.evaluate(() => window.editor.getText());
const heard = (page, kind) => page.evaluate((kind) => window.heard.filter(([k]) => k === kind), kind);

pageTest("it has an accessible name, shows tabs and reports what is typed", {}, async ({ page }) => {
  await bare(page);
  const box = page.getByRole("textbox", { name: "Manifest" });
  await box.waitFor();
  assert.equal(await page.locator(".cm-tabChar").count(), 1);
  await page.keyboard.press("Control+End");
  await page.keyboard.type("# x");
  assert.equal(await text(page), `${manifest}# x`);
  assert.deepEqual((await heard(page, "change")).at(-1), ["change", `${manifest}# x`]);
  assert.deepEqual((await heard(page, "cursor")).at(-1), ["cursor", manifest.length + 3]);
});

pageTest("setText is not reported, and can be undone", {}, async ({ page }) => {
  await bare(page);
  await page.evaluate(() => window.editor.setText("kind: Job\n"));
  assert.deepEqual(await heard(page, "change"), []);
  await page.keyboard.press("Control+z");
  assert.equal(await text(page), manifest);
});

pageTest("a fix is one step of undo", {}, async ({ page }) => {
  await bare(page);
  await page.evaluate(() => window.editor.edit([{ from: 0, to: 0, insert: "# a\n" }, { from: 35, to: 36, insert: "  " }]));
  assert.equal(await text(page), `# a\n${manifest.replace("\t", "  ")}`);
  await page.keyboard.press("Control+z");
  assert.equal(await text(page), manifest);
});

pageTest("marks: a squiggle, a mark in the gutter, the words on hover; F8 goes to them", {}, async ({ page }) => {
  await bare(page);
  await page.evaluate(() => window.editor.setMarks([
    { from: 35, to: 36, severity: "error", message: "found a tab" },
    { from: 900, to: 950, severity: "warning", message: "beyond the end" },
  ]));
  await page.locator(".cm-lintRange-error").hover();
  await page.locator(".cm-tooltip", { hasText: "found a tab" }).waitFor();
  assert.equal(await page.locator(".cm-lint-marker-error").count(), 1);
  await page.keyboard.press("F8");
  assert.deepEqual((await heard(page, "cursor")).at(-1), ["cursor", 36]);
  await page.evaluate(() => window.editor.setMarks([]));
  assert.equal(await page.locator(".cm-lintRange-error").count(), 0);
});

pageTest("lines light up, and the cursor goes where it is told", {}, async ({ page }) => {
  await bare(page);
  await page.evaluate(() => window.editor.litLines(2, 3));
  assert.deepEqual(await page.locator(".cm-lit").allTextContents(), ["kind: Pod", "metadata:"]);
  await page.evaluate(() => window.editor.litLines());
  assert.equal(await page.locator(".cm-lit").count(), 0);
  await page.evaluate(() => window.editor.goTo(15, 19));
  assert.equal(await page.evaluate(() => getSelection().toString()), "kind");
  await page.evaluate(() => window.editor.goTo(1e9));
  assert.deepEqual((await heard(page, "cursor")).at(-1), ["cursor", manifest.length]);
});

pageTest("Tab indents; Escape then Tab moves on; Ctrl-Enter runs", {}, async ({ page }) => {
  await bare(page);
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Tab");
  assert.ok((await text(page)).startsWith("  apiVersion"));
  await page.keyboard.press("Shift+Tab");
  assert.ok((await text(page)).startsWith("apiVersion"));
  await page.keyboard.press("Control+Enter");
  assert.deepEqual(await heard(page, "run"), [["run"]]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "BUTTON");
});

pageTest("the search panel speaks the page's language; themes and reading only", {}, async ({ page }) => {
  await bare(page);
  await page.evaluate(() => {
    window.editor.setPhrases({ Find: "查找" });
    window.editor.setTheme(true);
    window.editor.setLabel("清单");
    window.editor.setReadOnly(true);
  });
  await page.getByRole("textbox", { name: "清单" }).waitFor();
  await page.keyboard.type("x");
  assert.equal(await text(page), manifest);
  await page.keyboard.press("Control+f");
  await page.getByPlaceholder("查找").waitFor();
  await page.evaluate(() => window.editor.destroy());
  assert.equal(await page.locator(".cm-editor").count(), 0);
});
