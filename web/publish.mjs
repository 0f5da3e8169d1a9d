// Makes the built page fit to be published. Run by Trunk after each build (Trunk.toml), for release builds
// only (or with PODLAB_PUBLISH set, to try it on a quick build):
// - the wasm is cut in what a first visit runs and what comes later (split.mjs), and wasm-opt makes both small (optimize.mjs);
// - every inline script moves into a file of its own, and a Content-Security-Policy forbids any other;
// - `worker.js` gets the list of the build's files and their common version;
// - for a release, each text and wasm file gets a `.gz` and a `.br` beside it, for servers that send what is compressed already.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const release = process.env.TRUNK_PROFILE === "release";
if (!release && !process.env.PODLAB_PUBLISH) process.exit(0);

const staging = process.env.TRUNK_STAGING_DIR;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);
const put = (name, text) => writeFileSync(join(staging, name), text);

// `'wasm-unsafe-eval'` allows WebAssembly and nothing else. Styles are inline because the editor and the stage write
// them; no text of a user ever reaches a style.
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

let later;
if (release) {
  const { split } = await import("./split.mjs");
  const { optimize } = await import("./optimize.mjs");
  const wasm = readdirSync(staging).find((file) => file.endsWith("_bg.wasm"));
  const bytes = readFileSync(join(staging, wasm));
  const names = new Set(readFileSync(here("later.txt"), "utf8").split("\n"));
  const parts = split(bytes, names, "loadLaterNow");
  later = wasm.replace("_bg.wasm", "_later.wasm");
  put(wasm, parts.first);
  put(later, parts.later);
  console.log(`split: ${bytes.length} bytes, of them ${parts.later.length} come later, behind ${parts.stubs} functions`);
  for (const file of [wasm, later]) optimize(join(staging, file));
}

let html = readFileSync(join(staging, "index.html"), "utf8");
html = html.replace(/<script([^>]*)>([\s\S]*?)<\/script>/g, (whole, attributes, text) => {
  if (!text.trim()) return whole;
  const file = `start-${hash(text)}.js`;
  put(file, text);
  return `<script${attributes} src="./${file}"></script>`;
});
if (later) html = html.replace("</head>", `  <meta name="podlab-later" content="./${later}" />\n  </head>`);
html = html.replace(/(<meta charset[^>]*>)/, `$1\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`);
if (!html.includes("Content-Security-Policy") || /<script(?![^>]*\ssrc=)/.test(html)) {
  throw new Error("index.html still has an inline script, or no policy");
}
put("index.html", html);

const list = (folder) =>
  readdirSync(folder)
    .flatMap((name) => (statSync(join(folder, name)).isDirectory() ? list(join(folder, name)) : [join(folder, name)]))
    .sort();
const name = (path) => relative(staging, path).split(sep).join("/");

// What a page of ours asks for; `embed.js` is for the pages of others.
const own = list(staging).filter((path) => !["embed.js", "worker.js"].includes(name(path)));
const version = hash(own.map((path) => `${name(path)} ${hash(readFileSync(path))}`).join("\n"));
const files = ["./", ...own.map(name).filter((file) => file !== "index.html")];
const worker = readFileSync(here("worker.js"), "utf8").replace("} = BUILD;", () => `} = ${JSON.stringify({ version, files })};`);
put("worker.js", worker);

for (const path of (release ? list(staging) : []).filter((path) => /\.(html|css|js|json|wasm|svg|webmanifest|ftl|yaml|md|txt)$/.test(path))) {
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
}
console.log(`publish: build ${version}, ${files.length} files for the service worker`);
