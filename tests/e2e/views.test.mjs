// axe on what is not there when the page opens: menus, dialogs, the editor's own boxes, a refused text, the terminal, an
// edit, many Pods, load, what a host outside received, and the page inside another one. In each theme and language.
import assert from "node:assert/strict";
import { findings } from "./axe.mjs";
import { pageTest, setUp, sizes } from "./browser.mjs";
import { link } from "./page.mjs";

setUp();

const pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a\n    image: nginx\n";
const broken = pod.replace("image", "Image").replace("name: web", "name: Web");
const many = (replicas) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - { name: web, image: "nginx:1.27", resources: { requests: { cpu: 10m } } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
`;
const ships = pod.replace("image: nginx", "image: busybox\n    command: [sh, -c, \"while true; do echo hi; sleep 1; done | nc logs.example.com 5170\"]");

const looks = [
  ["wide, light, en", { viewport: sizes.wide, colorScheme: "light", locale: "en" }],
  ["wide, dark, zh", { viewport: sizes.wide, colorScheme: "dark", locale: "zh-CN" }],
  ["tablet, light, zh", { viewport: sizes.tablet, colorScheme: "light", locale: "zh-CN" }],
  ["phone, dark, en", { viewport: sizes.phone, colorScheme: "dark", locale: "en", hasTouch: true }],
];

/** A test that looks several times; each finding is told with what was looked at. */
function viewTest(name, options, run) {
  pageTest(name, { reducedMotion: "reduce", ...options }, async ({ page, ...rest }) => {
    const wrong = [];
    const look = async (what) => wrong.push(...(await findings(page)).map((line) => `${what}: ${line}`));
    // A phone shows one pane.
    const pane = async (id) => (await page.locator(`#pane-tab-${id}`).isVisible()) && page.locator(`#pane-tab-${id}`).click();
    await run({ page, look, pane, ...rest });
    // The list of completions is walked through from the editor, which keeps the focus.
    assert.deepEqual(wrong.filter((line) => !/scrollable-region-focusable: #cm-ac-/.test(line)), []);
  });
}

for (const [name, options] of looks) {
  viewTest(`axe, the editor and its menus: ${name}`, options, async ({ page, look, pane }) => {
    await page.locator("#examples-button").click();
    await look("examples");
    await page.keyboard.press("Escape");
    await pane("manifest");
    await page.locator("#edit-button").click();
    await look("edit menu");
    await page.keyboard.press("Escape");
    await page.locator(".cm-content").fill(broken);
    await page.locator('.problem[data-severity="error"]').first().waitFor();
    await look("refused");
    await page.locator(".cm-content").press("Shift+Alt+M");
    await page.locator("dialog.diff").waitFor();
    await look("all fixes");
    await page.keyboard.press("Escape");
    await page.locator(".cm-content").press("Control+f");
    await page.locator(".cm-search").waitFor();
    await look("search");
    await page.keyboard.press("Escape");
    await page.locator(".cm-content").press("Control+Home");
    await page.keyboard.press("F1");
    await page.locator(".cm-field").waitFor();
    await look("a field explained");
    await page.keyboard.press("Escape");
    await page.locator(".cm-content").press("Control+End");
    await page.keyboard.type("    ");
    await page.keyboard.press("Control+Space");
    await page.locator(".cm-tooltip-autocomplete [role=option]").first().waitFor();
    await look("completion");
    await page.keyboard.press("Escape");
    await page.locator(".panel-head button").filter({ hasText: /Simple|简/ }).click();
    await look("simple editor");
  });

  viewTest(`axe, the terminal, an edit, what a host received: ${name}`, { ...options, hash: link({ yaml: ships, at: 12 }) }, async ({ page, look, pane }) => {
    await page.locator(".stage .pod").first().waitFor();
    await page.locator('.partner[data-party="logs.example.com"]').click();
    await page.locator("#sheet").waitFor();
    await look("received");
    await page.keyboard.press("Escape");
    await page.locator("#show-tab-logs").click();
    await look("no logs");
    await page.locator("#show-tab-terminal").click();
    const type = async (line) => {
      await page.locator("#terminal-input").fill(line);
      await page.locator("#terminal-input").press("Enter");
    };
    await type("kubectl get pods -o wide; kubectl describe pod web; nonsense");
    await page.locator(".terminal-block").first().waitFor();
    await look("terminal");
    await type("kubectl edit pod web");
    await page.locator(".edit-pane").waitFor();
    await look("kubectl edit");
  });

  viewTest(`axe, many Pods and load: ${name}`, { ...options, hash: link({ yaml: many(12), at: 30, acts: ["1000000 load Service/default/web 200 steady"] }) }, async ({ page, look, address }) => {
    await page.locator(".stage .owner").first().waitFor();
    await look("a dozen");
    for (const [count, what] of [[60, "cards"], [400, "cells"]]) {
      await page.evaluate((hash) => (location.hash = hash), link({ yaml: many(count), at: 60 }));
      await page.locator(".stage .owner").first().waitFor();
      await page.waitForTimeout(500);
      await look(what);
    }
  });
}

for (const view of ["split", "stage", "timeline"]) {
  for (const [name, options] of [looks[0], looks[3]]) {
    viewTest(`axe, inside another page, ${view}: ${name}`, { ...options, start: false }, async ({ page, address, look }) => {
      await page.goto(`${address}?embed=1&view=${view}${link({ yaml: pod, at: 5 })}`);
      await page.locator(".ruler").waitFor();
      await page.waitForFunction(() => "whole" in document.documentElement.dataset);
      await look(view);
    });
  }
}
