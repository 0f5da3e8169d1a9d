import { chromium } from "playwright-core";
import { findChromium } from "./chromium.mjs";
import { serve } from "./site.mjs";
import { link } from "./page.mjs";
const site = await serve("/");
const browser = await chromium.launch({ executablePath: findChromium(), args: ["--disable-gpu", "--no-sandbox"] });
const dep = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: nginx:1.27
          readinessProbe: { httpGet: { path: /, port: 80 }, periodSeconds: 2 }
        - { name: log-agent, image: "fluent/fluent-bit:3.1" }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
`;
for (const [n, w, h] of [["wide", 1440, 900], ["phone", 390, 844]]) {
  const context = await browser.newContext({ viewport: { width: w, height: h }, locale: "en", colorScheme: "light" });
  const page = await context.newPage();
  await page.goto(site.address + "#v1.bad");
  await page.locator("#knob").waitFor();
  await page.waitForTimeout(1500);
  await page.screenshot({ path: `/tmp/shots/toast-${n}.png` });
  await page.goto("about:blank");
  await page.goto(site.address + link({ yaml: dep }));
  await page.locator("#knob").waitFor();
  await page.waitForTimeout(5000);
  await page.screenshot({ path: `/tmp/shots/dep-${n}.png` });
  await context.close();
}
await browser.close(); await site.close();
