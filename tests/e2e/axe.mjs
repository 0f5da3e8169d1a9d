// What axe says against a page, for WCAG 2.2 AA and the rules of good practice; targets below 24 by 24 pixels among them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The serious findings of axe on the page (or the frame) as it is, a line each. */
export async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((runOnly) => axe.run(document, { runOnly }), tags);
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary.split("\n")[1]?.trim()}`));
}
