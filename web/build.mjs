// Bundles the editor into one local ES module, `target/web/editor.js`, which index.html hands to Trunk.
// Run by Trunk before each build (Trunk.toml) and by `npm run editor`. Prints the module's size.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("editor.js", import.meta.url));
const outfile = fileURLToPath(new URL("../target/web/editor.js", import.meta.url));

await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  legalComments: "none",
  logLevel: "warning",
});

const bytes = readFileSync(outfile);
const kB = (n) => `${(n / 1000).toFixed(1)} kB`;
console.log(`editor.js: ${kB(bytes.length)}, gzip ${kB(gzipSync(bytes, { level: 9 }).length)}, brotli ${kB(brotliCompressSync(bytes).length)}`);
