// The watch that every page test ends with can fail: each thing it looks for is done here and must be found.
import assert from "node:assert/strict";
import { open, setUp, uncheckedTest, watch } from "./browser.mjs";

setUp();

const misdeeds = {
  "console error": [() => console.error("a"), /^console error: a$/],
  "console warning": [() => console.warn("b"), /^console warning: b$/],
  "uncaught error": [() => setTimeout(() => { throw new Error("c"); }), /^uncaught: .*c/s],
  "another origin": [() => fetch("http://localhost:9/x").catch(() => {}), /^request to another origin: http:\/\/localhost:9\/x$/],
  "missing file": [() => fetch("no-such-file").catch(() => {}), /^404 for .*no-such-file$/],
};

for (const [name, [misdeed, expected]] of Object.entries(misdeeds)) {
  uncheckedTest(`found: ${name}`, {}, async ({ page, address }) => {
    const watched = watch(page, new URL(address).origin);
    await open(page, address);
    watched.check();
    await page.evaluate(misdeed);
    await page.waitForTimeout(200);
    assert.ok(watched.wrong.some((text) => expected.test(text)), `${expected} not in ${JSON.stringify(watched.wrong)}`);
    assert.throws(watched.check);
  });
}
