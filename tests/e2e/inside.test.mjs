// What is inside a Pod: logs, files of volumes, what a container does and how to say so.
import assert from "node:assert/strict";
import { pageTest, setUp } from "./browser.mjs";
import { example, link, scrub } from "./page.mjs";

setUp();

const yaml = `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  volumes:
  - name: logs
    emptyDir: {}
  containers:
  - name: app
    image: busybox:1.36
    command: [sh, -c, "for n in 1 2 3; do echo order $n | tee -a /var/log/app.log; sleep 2; done; echo Broken; exit 3"]
    volumeMounts: [{ name: logs, mountPath: /var/log }]
  - name: agent
    image: busybox:1.36
    command: [sh, -c, "sleep 1; tail -f /logs/app.log | while read line; do echo shipped $line; done"]
    volumeMounts: [{ name: logs, mountPath: /logs, readOnly: true }]
  - name: unknown
    image: example.com/unknown:1
`;
const linkTo = (manifest, at) => link({ yaml: manifest, at });
const lines = (page) => page.locator(".log .wrote").allTextContents();
const said = (page, text) => page.locator(".log .wrote", { hasText: text }).first().waitFor();

pageTest("logs are merged, searched, and those of the instance before are kept", { hash: linkTo(yaml, 11), reducedMotion: "reduce" }, async ({ page }) => {
  await page.getByRole("tab", { name: "Logs" }).click();
  await said(page, "Broken");
  // Merged by time: what was written is shipped right after.
  const all = await lines(page);
  assert.ok(all.indexOf("shipped order 1") > all.indexOf("order 1") && all.indexOf("shipped order 1") < all.indexOf("order 2"), all.join("\n"));
  await page.getByRole("searchbox", { name: "Search" }).fill("ORDER 2");
  await page.locator(".log mark").first().waitFor();
  assert.ok((await lines(page)).every((line) => line.includes("order 2")));
  await page.getByRole("searchbox", { name: "Search" }).fill("");
  await page.getByRole("button", { name: "agent", exact: true }).click();
  await page.getByLabel("Which instances").selectOption("newest");
  await page.waitForFunction(() => ![...document.querySelectorAll(".log .wrote")].some((line) => line.textContent === "Broken"));
  await page.getByLabel("Which instances").selectOption("previous");
  await said(page, "Broken");
  assert.deepEqual(await lines(page), ["order 1", "order 2", "order 3", "Broken"]);
  const times = page.locator(".log .time");
  assert.ok((await times.count()) > 0);
  await page.getByRole("button", { name: "Times" }).click();
  await times.first().waitFor({ state: "detached" });
});

const chatter = `apiVersion: v1
kind: Pod
metadata: { name: chatter }
spec:
  containers:
  - name: app
    image: busybox:1.36
    command: [sh, -c, "i=0; while true; do i=$((i+1)); echo line $i; sleep 0.02; done"]
`;

pageTest("of a long log only the rows in sight are painted, and the end is followed", { hash: linkTo(chatter, 100), reducedMotion: "reduce" }, async ({ page }) => {
  await page.getByRole("tab", { name: "Logs" }).click();
  await page.locator(".log-line").first().waitFor();
  const count = () => page.locator(".log-bar [role=status]").textContent().then((text) => Number.parseInt(text.replace(/\D/g, ""), 10));
  await page.waitForFunction(() => Number.parseInt(document.querySelector(".log-bar [role=status]").textContent.replace(/\D/g, ""), 10) > 1000);
  const total = await count();
  assert.ok((await page.locator(".log-line").count()) < 100);
  await said(page, new RegExp(`^line ${total}$`));
  await page.locator(".log").evaluate((log) => { log.scrollTop = 0; });
  await said(page, /^line 1$/);
  assert.equal(await page.getByRole("button", { name: "Follow" }).getAttribute("aria-pressed"), "false");
  await page.getByRole("button", { name: "Follow" }).click();
  await said(page, new RegExp(`^line ${total}$`));
});

pageTest("a file is read from its vessel as it is at the playhead", { hash: linkTo(yaml, 4), reducedMotion: "reduce" }, async ({ page }) => {
  const vessel = page.locator('.vessel[data-volume="logs"]');
  await vessel.getByRole("button", { name: /app\.log/ }).click();
  const sheet = page.getByRole("region", { name: "The volume logs" });
  const text = sheet.locator("pre");
  await page.waitForFunction(() => document.querySelector("#sheet pre")?.textContent === "order 1\norder 2\n");
  await sheet.getByText(/agent \/logs, read-only/).waitFor();
  await scrub(page, 0.999);
  await page.waitForFunction(() => (document.querySelector("#sheet pre")?.textContent ?? "").includes("order 3\n"));
  assert.ok((await text.textContent()).startsWith("order 1\norder 2\norder 3\n"));
  await page.getByRole("button", { name: "To the start", exact: true }).click();
  await sheet.getByText("Nothing has been written into this volume yet.").waitFor();
});

pageTest("the inspector writes the annotation, and the run follows", { hash: linkTo(yaml, 6), reducedMotion: "reduce" }, async ({ page }) => {
  await page.locator('.card[data-container="unknown"]').click();
  const inspector = page.getByRole("region", { name: "The container unknown" });
  await inspector.getByText(/Nothing says what this program does/).waitFor();
  const field = (name) => inspector.getByLabel(name);
  await field("Runs for (seconds)").fill("2");
  await field("Then exits with code").fill("many");
  await inspector.getByRole("alert").getByText(/exit/).waitFor();
  assert.ok(await inspector.getByRole("button", { name: "Write it into the manifest" }).isDisabled());
  await field("Then exits with code").fill("7,0");
  await inspector.getByRole("button", { name: "Write it into the manifest" }).click();
  await page.locator(".cm-content").getByText("run=2 exit=7,0").waitFor();
  await page.locator('.card[data-container="unknown"][data-tone="failed"], .card[data-container="unknown"][data-tone="back-off"]').first().waitFor({ timeout: 20_000 });
  await inspector.getByText(/An annotation in the manifest says/).waitFor();
  // It is an edit like any other: the editor takes it back.
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+z");
  await page.locator(".cm-content").getByText("run=2 exit=7,0").waitFor({ state: "detached" });
});

// Two apps that write in two formats; the agent sends every line to the central server, as it is or brought to one.
const shipping = (change) => `apiVersion: v1
kind: Pod
metadata: { name: shop }
spec:
  volumes:
  - { name: logs, emptyDir: {} }
  containers:
  - name: orders
    image: busybox:1.36
    command: [sh, -c, "n=0; while true; do n=$((n+1)); echo level=info order=$n >> /logs/all.log; sleep 3; done"]
    volumeMounts: [{ name: logs, mountPath: /logs }]
  - name: payments
    image: busybox:1.36
    command: [sh, -c, "n=0; while true; do n=$((n+1)); echo payment $n received >> /logs/all.log; sleep 3; done"]
    volumeMounts: [{ name: logs, mountPath: /logs }]
  - name: agent
    image: busybox:1.36
    command:
    - sh
    - -c
    - |
      sleep 1
      tail -f /logs/all.log | while read line; do
        ${change}
        echo "$line" | nc -w 1 logs.example.com 514
      done
    volumeMounts: [{ name: logs, mountPath: /logs, readOnly: true }]
`;
const received = async (page) => {
  await page.locator('.partner[data-party="logs.example.com"]').click();
  const sheet = page.getByRole("region", { name: "What logs.example.com received" });
  await sheet.locator(".log-line").nth(3).waitFor();
  return { sheet, lines: await sheet.locator(".wrote").allTextContents() };
};

pageTest("sidecar: the central server's log holds what the apps wrote, as they wrote it", { hash: linkTo(shipping(":"), 14), reducedMotion: "reduce" }, async ({ page }) => {
  const { sheet, lines: log } = await received(page);
  for (const line of ["level=info order=1", "payment 1 received", "level=info order=2", "payment 2 received"]) assert.ok(log.includes(line), log.join("\n"));
  await sheet.getByText("2 formats: key=value, plain text").waitFor();
});

pageTest("adapter: the central server receives a single format", { hash: linkTo(shipping(`line="{\\"text\\":\\"$line\\"}"`), 14), reducedMotion: "reduce" }, async ({ page }) => {
  const { sheet, lines: log } = await received(page);
  for (const line of ['{"text":"level=info order=1"}', '{"text":"payment 1 received"}']) assert.ok(log.includes(line), log.join("\n"));
  await sheet.getByText("One format: JSON").waitFor();
  // What flows is told as text too.
  await page.getByRole("tab", { name: "Table" }).click();
  await page.locator("#table-traffic tbody tr", { hasText: "logs.example.com" }).first().waitFor();
});

pageTest("ambassador: the app talks to localhost, and the picture tells which database was chosen and why", { reducedMotion: "reduce" }, async ({ page }) => {
  await example(page, "Ambassador");
  const database = page.locator('.partner[data-party="dev-db.example.com"]');
  await database.waitFor({ timeout: 30_000 });
  await database.getByText("chosen by ambassador: DB_HOST=dev-db.example.com").waitFor();
  await page.getByText(/exchanges? on localhost/).waitFor();
  await database.click();
  await page.getByRole("region", { name: "What dev-db.example.com received" }).locator(".log-line", { hasText: "INSERT INTO orders" }).first().waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#sheet").waitFor({ state: "detached" });
});
