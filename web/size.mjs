// Prints what the first load of dist/ weighs, compressed with brotli as a static server would, against the budget.
// Every file in dist/ counts: the page works offline after the first load, so all of it is loaded. Left out are what the
// pages of others load (embed.js), the compressed twins, and what helps in the editor: the page does not wait for that, it
// is fetched when somebody writes or asks. Its weight is printed by itself.
// With `--strict` the exit status is 1 when the sum is over the level that was reached: the page is over its budget
// still, and until it is within, it may only shrink. Whoever makes it smaller writes the new level here.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const BUDGET = 600_000;
const LEVEL = 1_245_000;
const dist = fileURLToPath(new URL("../dist/", import.meta.url));

const files = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });

const loaded = files(dist).filter((path) => !/\.(br|gz)$|[/\\]embed\.js$/.test(path));
const rows = loaded.map((path) => {
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return { name: relative(dist, path), raw: bytes.length, brotli: brotliCompressSync(bytes, { params }).length };
});
rows.sort((a, b) => b.brotli - a.brotli);

const later = rows.filter(({ name }) => /^((assist|export)\.js|(fields|lessons)\..*\.txt)$/.test(name));
for (const row of later) rows.splice(rows.indexOf(row), 1);
const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
const print = (name, raw, brotli) => console.log(`    ${String(raw).padStart(10)} ${String(brotli).padStart(10)}  ${name}`);
print("first load, bytes", "raw", "brotli");
for (const { name, raw, brotli } of rows) print(name, raw, brotli);
print("sum", sum("raw"), sum("brotli"));
print("when wanted", "raw", "brotli");
for (const { name, raw, brotli } of later) print(name, raw, brotli);

const share = ((100 * sum("brotli")) / BUDGET).toFixed(1);
const over = sum("brotli") > BUDGET;
console.log(`    ${over ? "OVER BUDGET" : "within budget"}: ${share} % of ${BUDGET} bytes, brotli`);
if (process.argv.includes("--strict") && sum("brotli") > Math.max(LEVEL, BUDGET)) {
  console.log(`    and over the level of ${LEVEL} bytes that was reached before`);
  process.exit(1);
}
