// A course built by MkDocs Material, as somebody else would build it: its marked blocks are playgrounds, one of them
// refused for its TABs, also after the theme's instant loading has replaced the page.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { screenshot, setUp, uncheckedTest, watch } from "./browser.mjs";
import { serve } from "./site.mjs";

setUp();

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const mkdocs = [process.env.MKDOCS, here("../../.tools/mkdocs/bin/mkdocs")].find((path) => path && existsSync(path));
let built;
let site;
before(async () => {
  assert.ok(mkdocs, "no MkDocs: run `cargo xtask test`, or set MKDOCS");
  built = mkdtempSync(join(tmpdir(), "podlab-mkdocs-"));
  execFileSync(mkdocs, ["build", "--quiet", "--site-dir", built], { cwd: here("../embed/mkdocs/"), stdio: "pipe" });
  site = await serve("/podlab/", built);
});
after(async () => {
  await site?.close();
  if (built) rmSync(built, { recursive: true });
});

uncheckedTest("a course by MkDocs Material has living blocks", { colorScheme: "light" }, async ({ page }) => {
  const watched = watch(page, new URL(site.address).origin);
  await page.goto(new URL("/", site.address).href);
  await page.locator("pod-lab").nth(1).waitFor();
  assert.equal(await page.locator("pod-lab").count(), 2);

  await page.locator("pod-lab").nth(0).getByRole("button").click();
  const first = page.frameLocator("pod-lab >> nth=0 >> iframe");
  await first.locator(".stage .pod").getByText("log-agent").first().waitFor();

  await page.locator("pod-lab").nth(1).getByRole("button").click();
  const second = page.frameLocator("pod-lab >> nth=1 >> iframe");
  await second.locator(".problem").first().waitFor();
  assert.match(await second.locator(".problem").first().innerText(), /tab/i);
  await screenshot(page, "embed-mkdocs");

  await page.getByRole("link", { name: "The next page" }).first().click();
  await page.waitForURL("**/next/");
  await page.locator("pod-lab button").click();
  await page.frameLocator("pod-lab iframe").locator(".stage .pod").getByText("app").first().waitFor();
  watched.check();
});
