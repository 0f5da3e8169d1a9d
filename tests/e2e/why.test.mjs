// Why: what a beginner is told of a Pod that fails, in plain words and in order; and of what is no more.
import assert from "node:assert/strict";
import { pageTest, setUp } from "./browser.mjs";
import { link } from "./page.mjs";

setUp();

const pod = (spec) => `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: ${spec}\n`;
const why = (page) => page.locator("section.why");
const told = async (page) => (await why(page).locator("p").allTextContents()).map((text) => text.trim());
const at = (seconds, yaml, acts = []) => link({ yaml, at: seconds, acts });

pageTest("why a container was started again, and what it wrote last", {
  hash: at(6.3, pod('{containers: [{name: app, image: busybox, command: [sh, -c, "echo cannot reach database; sleep 2; exit 1"]}]}')),
}, async ({ page }) => {
  await why(page).getByText("The last line it wrote: cannot reach database").waitFor();
  assert.ok((await told(page)).some((text) => text.includes("the one before ended with exit code 1")), await told(page));
});

pageTest("a Pod that no node can take: how much it wants and how much there is", {
  hash: at(5, pod('{containers: [{name: app, image: nginx, resources: {requests: {cpu: "64"}}}]}')),
}, async ({ page }) => {
  await why(page).getByText("No node can take it.").waitFor();
  const lines = await told(page);
  const [plain, raw] = ["asks for 64", "0/1 nodes are available"].map((words) => lines.findIndex((line) => line.includes(words)));
  assert.ok(plain >= 0 && plain < raw, lines.join("\n"));
});

pageTest("a Pod that is gone is told as gone", {
  hash: at(60, pod("{containers: [{name: app, image: nginx}]}"), ["10000000 delete default/web"]),
}, async ({ page }) => {
  await page.locator(".stage .empty").getByText(/pod\/web is gone since/).waitFor();
});
