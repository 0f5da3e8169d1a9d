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

const deployment = (rest, container) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  ${rest}\n  selector: {matchLabels: {app: web}}\n` +
  `  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - {name: web, ${container}}\n`;
const owner = (page) => page.locator('.owner[data-owner="web"]').getByRole("button", { name: "Deployment web" });

pageTest("an owner that is pressed says why, by mouse, by key and by link", {
  hash: at(30, deployment("replicas: 3", "image: nginx")),
}, async ({ page }) => {
  // While none of its Pods is in trouble it is told of by itself.
  await why(page).getByText("All 3 Pods it wants are there and ready.").waitFor();
  assert.equal(await owner(page).getAttribute("aria-pressed"), "false");
  await owner(page).focus();
  await page.keyboard.press("Enter");
  assert.equal(await owner(page).getAttribute("aria-pressed"), "true");
  await why(page).getByText("Show line 5").waitFor();
  await page.getByRole("tab", { name: "YAML" }).click();
  await page.getByText("kind: Deployment").last().waitFor();
  await page.getByRole("tab", { name: "Stage" }).click();
  await page.keyboard.press("Escape");
  assert.equal(await owner(page).getAttribute("aria-pressed"), "false");
});

pageTest("an owner tells which of its Pods holds it up, and why that one does", {
  hash: link({ yaml: deployment("replicas: 2", "image: busybox, command: ['false']"), at: 40, select: "Deployment:default/web" }),
}, async ({ page }) => {
  await why(page).getByText("0 of the 2 Pods it wants are ready.").waitFor();
  const lines = await told(page);
  assert.ok(lines.some((line) => line.startsWith("What counts now is the Pod web-")), lines.join("\n"));
  assert.ok(lines.some((line) => line.includes("The kubelet waits")), lines.join("\n"));
  assert.equal(await owner(page).getAttribute("aria-pressed"), "true");
});

pageTest("on a phone an owner that is pressed shows its answer", {
  viewport: { width: 390, height: 844 }, hasTouch: true, hash: at(30, deployment("replicas: 3", "image: nginx")),
}, async ({ page }) => {
  await owner(page).click();
  await why(page).getByText("All 3 Pods it wants are there and ready.").waitFor();
});

pageTest("what mends a state is offered beside its reason", {
  hash: at(30, pod("{containers: [{name: app, image: nginx}]}").replace("{name: web}", "{name: web, annotations: {podlab.dev/sim.app: pull=fail}}")),
}, async ({ page }) => {
  await why(page).getByRole("button", { name: "Let it be pulled" }).click();
  await page.getByLabel("Speed").selectOption("20");
  await why(page).getByText("Every container runs and is ready.").waitFor({ timeout: 60_000 });
  assert.equal(await page.locator(".did").count(), 1, "it is a deed like any other");
});

pageTest("the log of what failed is one press away", {
  hash: at(7, pod('{containers: [{name: app, image: busybox, command: [sh, -c, "echo no database; exit 1"]}]}')),
}, async ({ page }) => {
  await why(page).getByRole("button", { name: "Read its log" }).click();
  await page.locator(".log-line").getByText("no database").first().waitFor();
});
