// Makes the built page fit to be published. Run by Trunk after each build (Trunk.toml), for release builds
// only (or with PODLAB_PUBLISH set, to try it on a quick build):
// - the wasm is cut in what a first visit runs and what comes later (split.mjs), and wasm-opt makes both small (optimize.mjs);
// - scripts and style sheets become one each, small (glue.mjs);
// - the words of each language get a name of this build, and what is fetched later an address, which index.html knows;
// - every inline script moves into a file of its own, and a Content-Security-Policy forbids any other;
// - `worker.js` gets the list of the build's files and their common version;
// - for a release, each text and wasm file gets a `.gz` and a `.br` beside it, for servers that send what is compressed already.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
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

let html = readFileSync(join(staging, "index.html"), "utf8");
if (release) {
  const { split } = await import("./split.mjs");
  const { optimize } = await import("./optimize.mjs");
  const { bundle, renamed, small } = await import("./glue.mjs");
  const { linked } = await import("./linked.mjs");
  const stem = readdirSync(staging).find((file) => file.endsWith("_bg.wasm")).replace("_bg.wasm", "");
  const bytes = readFileSync(join(staging, `${stem}_bg.wasm`));
  const parts = split(bytes, readFileSync(here("later.txt"), "utf8"), "loadLaterNow", readFileSync(linked));
  console.log(`split: ${bytes.length} bytes, of them ${parts.later.length} come later, behind ${parts.stubs} functions, ${parts.parts} of them parts of others`);
  console.log(`split: ${parts.data} bytes of memory, of them ${parts.withheld} come later`);
  const script = renamed(await bundle(join(staging, `${stem}.js`)), parts.names);
  // What belongs together has one name, which no other build has.
  const name = `podlab-page-${hash(`${hash(parts.first)} ${hash(parts.later)} ${hash(script)}`)}`;
  for (const file of [`${stem}_bg.wasm`, `${stem}.js`, "snippets"]) rmSync(join(staging, file), { recursive: true });
  put(`${name}_bg.wasm`, parts.first);
  put(`${name}_later.wasm`, parts.later);
  put(`${name}.js`, script);
  for (const file of [`${name}_bg.wasm`, `${name}_later.wasm`]) optimize(join(staging, file));
  html = html.replaceAll(stem, name).replace(/<link rel="modulepreload" href="\.\/snippets[^>]*>/g, "");
  html = html.replace("</head>", `  <meta name="podlab-later" content="./${name}_later.wasm" />\n  </head>`);
  html = html.replace(/<!--[\s\S]*?-->/g, "").replace(/\n\s*\n+/g, "\n");

  // One style sheet: together they compress better, and are asked for once.
  const sheets = [...html.matchAll(/<link rel="stylesheet" href="\.\/([^"]+)"[^>]*>/g)];
  const style = await small(sheets.map(([, file]) => readFileSync(join(staging, file), "utf8")).join("\n"), "css");
  const sheet = `style-${hash(style)}.css`;
  put(sheet, style);
  sheets.forEach(([link, file], at) => {
    rmSync(join(staging, file));
    html = html.replace(link, at === 0 ? `<link rel="stylesheet" href="./${sheet}" />` : "");
  });
  for (const file of ["boot.js", "offline.js"]) put(file, await small(readFileSync(join(staging, file), "utf8"), "js"));
}

html = html.replace(/<script([^>]*)>([\s\S]*?)<\/script>/g, (whole, attributes, text) => {
  if (!text.trim()) return whole;
  const file = `start-${hash(text)}.js`;
  put(file, text);
  return `<script${attributes} src="./${file}"></script>`;
});
// What the page cannot show itself without has a name of its own in each build: an old one in some cache never meets a new page.
const hashed = readdirSync(staging).filter((file) => file.endsWith(".ftl")).map((file) => {
  const name = file.replace(".ftl", `-${hash(readFileSync(join(staging, file)))}.ftl`);
  renameSync(join(staging, file), join(staging, name));
  return `${file}=${name}`;
});
// What is fetched later keeps its name, so that a tab of an older build still finds it, but has an address of its own in each
// build: a browser or a server between may keep one of the build before for a while.
const build = (file) => `${file}?${hash(readFileSync(join(staging, file))).slice(0, 8)}`;
const later = readdirSync(staging).filter((file) => /^((editor|assist|export)\.js|(fields|lessons)\..*\.txt)$/.test(file));
const addresses = [...hashed, ...later.map((file) => `${file}=${build(file)}`)];
html = html.replace(/(<meta charset[^>]*>)/, `$1\n    <meta name="podlab-files" content="${addresses.join(" ")}" />`);
html = html.replace(/src="\.\/((boot|offline)\.js)"/g, (_, file) => `src="./${build(file)}"`);
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
