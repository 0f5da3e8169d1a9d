// The browser of these tests: a real Chromium, one context per test, and a watch that fails the test on anything a
// reader of the console would call wrong.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { findChromium } from "./chromium.mjs";
import { serve } from "./site.mjs";

// A test browser asks nobody for anything but the page: no updates, no look-ups. Root in a container has no sandbox.
const quiet = [
  "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--disable-gpu", "--disable-dev-shm-usage",
];

let browser;
let site;
let below;

/** Call once in each test file, at the top level: starts and stops the browser and the two servers. */
export function setUp() {
  before(async () => {
    const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const executablePath = findChromium();
    assert.ok(executablePath, "no Chromium: run `cargo xtask test`, or set CHROME");
    browser = await chromium.launch({ executablePath, args: [...quiet, ...sandbox] });
    site = await serve("/");
    below = await serve("/docs/1.36/play/");
  });
  after(async () => {
    await browser?.close();
    await site?.close();
    await below?.close();
  });
}

/** Watches a page for whatever must not happen, from now on: `wrong` lists it, `check()` fails with it. */
export function watch(page, origin) {
  const wrong = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) wrong.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrong.push(`uncaught: ${error.stack ?? error.message}`));
  page.on("crash", () => wrong.push("the page crashed"));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (["http:", "https:", "ws:", "wss:"].includes(url.protocol) && url.origin !== origin) {
      wrong.push(`request to another origin: ${request.url()}`);
    }
  });
  page.on("response", (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()} for ${response.url()}`);
  });
  return { wrong, check: () => assert.deepEqual(wrong, [], "the page's console or network is not clean") };
}

/**
 * A test with a page of its own, loaded and started, in a browser context of its own (empty storage).
 *
 * Options: `subPath` (serve below a sub-path), `hash` ("#…"), `start: false` (do not load the page), and every option
 * of Playwright's `newContext`: `viewport`, `colorScheme`, `locale`, `reducedMotion`, `hasTouch` …
 * `run` receives `{ page, address, context }`. The test fails on any console error or warning, any uncaught error,
 * any answer of 400 or more and any request to another origin.
 */
export function pageTest(name, options, run) {
  const { hash = "", start = true, ...rest } = options;
  uncheckedTest(name, rest, async ({ page, address, context }) => {
    const watched = watch(page, new URL(address).origin);
    if (start) await open(page, address + hash);
    await run({ page, address, context });
    watched.check();
  });
}

/** A test with an empty page of its own that nobody watches, for what goes wrong on purpose. */
export function uncheckedTest(name, options, run) {
  const { subPath = false, ...contextOptions } = options;
  test(name, { timeout: 120_000 }, async () => {
    const address = (subPath ? below : site).address;
    const context = await browser.newContext({ viewport: sizes.wide, locale: "en", ...contextOptions });
    try {
      await run({ page: await context.newPage(), address, context });
    } finally {
      await context.close();
    }
  });
}

/** Loads an address and waits until the program has taken over the page, and is there as a whole. */
export async function open(page, address) {
  await page.goto(address);
  const there = () => !document.getElementById("boot") && "whole" in document.documentElement.dataset;
  await page.waitForFunction(there, null, { timeout: 30_000 });
}

/** The three sizes every picture is taken at. */
export const sizes = {
  wide: { width: 1440, height: 900 },
  tablet: { width: 820, height: 1180 },
  phone: { width: 390, height: 844 },
};

/** Each size in light and dark, English and Chinese: `[{ name, options }]` for `pageTest`. */
export const looks = Object.entries(sizes).flatMap(([size, viewport]) =>
  ["light", "dark"].flatMap((colorScheme) =>
    ["en", "zh-CN"].map((locale) => ({
      name: `${size}-${colorScheme}-${locale}`,
      options: { viewport, colorScheme, locale, hasTouch: size !== "wide", reducedMotion: "reduce" },
    })),
  ),
);

const pictures = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));

/** Takes a picture into target/screenshots/, for a person to look at. */
export async function screenshot(page, name) {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}
