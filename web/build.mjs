// Bundles the editor, what comes to it later, and the small script for pages that embed Podlab, each into one local ES module in `target/web/`,
// which index.html hands to Trunk.
// Run by Trunk before each build (Trunk.toml) and by `npm run editor`. Prints their sizes.
import { build } from "esbuild";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { icon } from "./icons.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const options = { bundle: true, minify: true, format: "esm", target: ["es2022"], legalComments: "none", logLevel: "warning" };
const kB = (n) => `${(n / 1000).toFixed(1)} kB`;


// What the editor brings is not bundled a second time, and must not be: CodeMirror compares its objects by identity.
// `assist.js` finds it where the editor left it (`shared` in editor.js).
const shared = {
  name: "shared",
  setup(build) {
    build.onResolve({ filter: /^@codemirror\/(state|view|language)$/ }, ({ path }) => ({ path, namespace: "shared" }));
    build.onLoad({ filter: /.*/, namespace: "shared" }, ({ path }) => ({
      contents: `module.exports = globalThis[Symbol.for("podlab.codemirror")]["${path}"];`,
    }));
  },
};

for (const name of ["editor.js", "assist.js", "export.js", "embed.js"]) {
  const outfile = here(`../target/web/${name}`);
  const plugins = name === "assist.js" ? [shared] : [];
  await build({ ...options, entryPoints: [here(name)], outfile, plugins });
  const bytes = readFileSync(outfile);
  const [gzip, brotli] = [gzipSync(bytes, { level: 9 }), brotliCompressSync(bytes)];
  if (name === "embed.js" && bytes.length >= 6000) throw new Error(`embed.js has ${bytes.length} bytes: 6000 is too much`);
  console.log(`${name}: ${kB(bytes.length)}, gzip ${kB(gzip.length)}, brotli ${kB(brotli.length)}`);
}

// The icon as PNG, for systems that know no SVG; drawn once, as it takes a moment.
for (const [name, size, radius] of [["icon-192", 192, 14], ["icon-512", 512, 14], ["icon-touch", 180, 0]]) {
  const outfile = here(`../target/web/${name}.png`);
  if (!existsSync(outfile)) writeFileSync(outfile, icon(size, radius));
}

// All lessons of a language in one file, which the page fetches when somebody opens them (src/lessons/lesson.rs reads it).
for (const lang of readdirSync(here("../lessons/"))) {
  const names = readdirSync(here(`../lessons/${lang}/`)).filter((name) => name.endsWith(".md")).sort();
  const texts = names.map((name) => `=== ${name.replace(/\.md$/, "")}\n${readFileSync(here(`../lessons/${lang}/${name}`), "utf8")}`);
  writeFileSync(here(`../target/web/lessons.${lang}.txt`), texts.join("\n"));
}
