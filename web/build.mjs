// Bundles the editor, and the small script for pages that embed Podlab, each into one local ES module in `target/web/`,
// which index.html hands to Trunk.
// Run by Trunk before each build (Trunk.toml) and by `npm run editor`. Prints their sizes.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const options = { bundle: true, minify: true, format: "esm", target: ["es2022"], legalComments: "none", logLevel: "warning" };
const kB = (n) => `${(n / 1000).toFixed(1)} kB`;

for (const name of ["editor.js", "embed.js"]) {
  const outfile = here(`../target/web/${name}`);
  await build({ ...options, entryPoints: [here(name)], outfile });
  const bytes = readFileSync(outfile);
  const [gzip, brotli] = [gzipSync(bytes, { level: 9 }), brotliCompressSync(bytes)];
  console.log(`${name}: ${kB(bytes.length)}, gzip ${kB(gzip.length)}, brotli ${kB(brotli.length)}`);
}
