// Prints what the first load of dist/ weighs, compressed with brotli as a static server would, against the budget.
// The first load is all that is there before the first example runs on the stage and its text can be edited. Printed by
// themselves: what follows at once, the second part of the program (split.mjs) and the editor with its colours and marks,
// which takes the place of a plain text area (early.js); and what is fetched when somebody wants it.
// Left out are what the pages of others load (embed.js) and the compressed twins.
// With `--strict` the exit status is 1 when the first load is over its budget, or all together over the level that was reached.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const BUDGET = 600_000;
const LEVEL = { first: BUDGET, all: 2_150_000 };
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

// A page speaks one language: counted is the one that weighs more.
const spoken = rows.find(({ name }) => name.endsWith(".ftl"));
const group = ({ name }) => {
  if (name.endsWith("_later.wasm") || name === "editor.js") return "after it";
  const wanted = /^((assist|export)\.js|icon-.*\.png|(fields|lessons)\..*\.txt|fields\.json|.*\.ftl)$/;
  return wanted.test(name) && name !== spoken?.name ? "when wanted" : "first load";
};
const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);
const print = (name, raw, brotli) => console.log(`    ${String(raw).padStart(10)} ${String(brotli).padStart(10)}  ${name}`);
for (const name of ["first load", "after it", "when wanted"]) {
  const those = rows.filter((row) => group(row) === name);
  print(`${name}, bytes`, "raw", "brotli");
  for (const { name, raw, brotli } of those) print(name, raw, brotli);
  print("sum", sum(those, "raw"), sum(those, "brotli"));
}
const reached = { first: sum(rows.filter((row) => group(row) === "first load"), "brotli"), all: sum(rows, "brotli") };

const share = ((100 * reached.first) / BUDGET).toFixed(1);
console.log(`    ${reached.first > BUDGET ? "OVER BUDGET" : "within budget"}: ${share} % of ${BUDGET} bytes, brotli`);
for (const [what, level] of Object.entries(LEVEL)) {
  if (!process.argv.includes("--strict") || reached[what] <= level) continue;
  console.log(`    and ${what} is over its level of ${level} bytes (new code: node web/first-visit.mjs)`);
  process.exitCode = 1;
}
