// The watch that every page test ends with can fail: each thing it looks for is done here and must be found.
import assert from "node:assert/strict";
import { open, setUp, uncheckedTest, watch } from "./browser.mjs";

setUp();

const misdeeds = {
  "console error": [() => console.error("a"), /^console error: a$/],
  "console warning": [() => console.warn("b"), /^console warning: b$/],
  "uncaught error": [() => setTimeout(() => { throw new Error("c"); }), /^uncaught: .*c/s],
  // The page's policy stops a fetch before it becomes a request; the console says so.
  "a fetch the policy refuses": [() => fetch("http://localhost:9/x").catch(() => {}), /^console error: .*Content Security Policy/s],
  // A navigation the policy knows nothing of: what leaves the page is seen all the same.
  "another origin": [() => void (location.href = "http://localhost:9/x"), /^request to another origin: http:\/\/localhost:9\/x$/],
  "missing file": [() => fetch("no-such-file").catch(() => {}), /^404 for .*no-such-file$/],
};

for (const [name, [misdeed, expected]] of Object.entries(misdeeds)) {
  uncheckedTest(`found: ${name}`, {}, async ({ page, address }) => {
    const watched = watch(page, new URL(address).origin);
    await open(page, address);
    watched.check();
    await page.evaluate(misdeed);
    const found = () => watched.wrong.some((text) => expected.test(text));
    for (let tries = 0; tries < 50 && !found(); tries += 1) await page.waitForTimeout(100);
    assert.ok(found(), `${expected} not in ${JSON.stringify(watched.wrong)}`);
    assert.throws(watched.check);
  });
}
