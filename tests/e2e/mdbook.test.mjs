// A book built by mdBook, as somebody else would build it: its marked blocks are playgrounds, one of them refused for its
// TABs, also in a chapter that lies in a folder; they follow the book's theme.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { screenshot, setUp, uncheckedTest, watch } from "./browser.mjs";
import { serve } from "./site.mjs";

setUp();

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
// Where `cargo install` puts it, or where `cargo xtask test` does.
const folders = [here("../../.tools/bin"), join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "bin"), ...(process.env.PATH ?? "").split(delimiter)];
const mdbook = process.env.MDBOOK ?? folders.map((folder) => join(folder, "mdbook")).find(existsSync);
let built;
let site;
before(async () => {
  assert.ok(mdbook, "no mdBook: run `cargo xtask test`, or set MDBOOK");
  built = mkdtempSync(join(tmpdir(), "podlab-mdbook-"));
  execFileSync(mdbook, ["build", "--dest-dir", built, here("../embed/mdbook/")], { stdio: "pipe" });
  site = await serve("/podlab/", built);
});
after(async () => {
  await site?.close();
  if (built) rmSync(built, { recursive: true });
});

uncheckedTest("a book by mdBook has living blocks", { colorScheme: "light" }, async ({ page }) => {
  const watched = watch(page, new URL(site.address).origin);
  await page.goto(new URL("/index.html", site.address).href);
  await page.locator("pod-lab").nth(1).waitFor();
  assert.equal(await page.locator("pod-lab").count(), 2);

  await page.locator("pod-lab").nth(0).getByRole("button").click();
  const first = page.frameLocator("pod-lab >> nth=0 >> iframe");
  await first.locator(".stage .pod").getByText("log-agent").first().waitFor();
  assert.equal(await first.locator("html").getAttribute("data-theme"), "light");

  await page.locator("pod-lab").nth(1).getByRole("button").click();
  const second = page.frameLocator("pod-lab >> nth=1 >> iframe");
  await second.locator(".problem").first().waitFor();
  assert.match(await second.locator(".problem").first().innerText(), /tab/i);
  await screenshot(page, "embed-mdbook");

  await page.evaluate(() => document.documentElement.classList.replace("light", "navy"));
  await first.locator('html[data-theme="dark"]').waitFor();

  await page.goto(new URL("/chapter/next.html", site.address).href);
  await page.locator("pod-lab button").click();
  await page.frameLocator("pod-lab iframe").locator(".stage .pod").getByText("app").first().waitFor();
  // mdBook's highlighter says that it knows no language of that name; nothing else may be wrong.
  assert.deepEqual(watched.wrong.filter((line) => !/highlight|'podlab'/i.test(line)), []);
});
