// Writes dist-single/podlab.html: the whole of dist/ in one file, which opens from a folder (file://) without any server.
// Modules become one classic bundle; wasm and the files that are loaded when wanted travel gzipped in base64.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const out = fileURLToPath(new URL("../dist-single/", import.meta.url));
const read = (name) => readFileSync(join(dist, name));
const text = (name) => read(name).toString("utf8");

const list = (folder) =>
  readdirSync(folder).flatMap((name) =>
    statSync(join(folder, name)).isDirectory() ? list(join(folder, name)) : [relative(dist, join(folder, name)).split(sep).join("/")],
  );
const files = list(dist).filter((name) => !/\.(br|gz)$/.test(name));
const glue = files.find((name) => /^podlab-page-[0-9a-f]+\.js$/.test(name));
const wasm = files.find((name) => name.endsWith("_bg.wasm"));
if (!glue || !wasm) throw new Error("dist/ has no built page: cargo xtask build");

// What a page asks for by name while it runs.
const parts = files.filter((name) => !/^(index\.html|embed\.js|offline\.js|worker\.js|boot\.js|podlab\.webmanifest|icon\.svg|icon-.*\.png|start-.*|fields\.json|snippets\/.*|.*\.css)$/.test(name) && name !== glue);
const types = { js: "text/javascript", json: "application/json", wasm: "application/wasm" };
const packed = Object.fromEntries(
  parts.map((name) => [name.replace(/-[0-9a-f]+\.ftl$/, ".ftl"), { type: types[name.split(".").pop()] ?? "text/plain", gzip: gzipSync(read(name), { level: 9 }).toString("base64") }]),
);

const start = `
import init, * as bindings from "./${glue}";
const packed = JSON.parse(document.getElementById("files").textContent);
const unpack = async ({ gzip, type }) => {
  const bytes = Uint8Array.from(atob(gzip), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Blob([await new Response(stream).arrayBuffer()], { type });
};
const begin = async () => {
  globalThis.podlabFiles = {};
  for (const [name, file] of Object.entries(packed)) {
    if (name !== "${wasm}") globalThis.podlabFiles[name] = URL.createObjectURL(await unpack(file));
  }
  const wasm = await init({ module_or_path: await (await unpack(packed["${wasm}"])).arrayBuffer() });
  globalThis.wasmBindings = bindings;
  dispatchEvent(new CustomEvent("TrunkApplicationStarted", { detail: { wasm } }));
};
begin();
`;
const bundle = await build({
  stdin: { contents: start, resolveDir: dist, loader: "js" },
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  define: { "import.meta.url": "document.baseURI" },
  write: false,
  logLevel: "warning",
});

// A script's text must not end its element.
const script = (source) => source.replace(/<\/(script)/gi, "<\\/$1");
const scripts = [text("boot.js"), bundle.outputFiles[0].text].map(script);
const hashes = scripts.map((source) => `'sha256-${createHash("sha256").update(source).digest("base64")}'`).join(" ");
const policy = `default-src 'none'; script-src ${hashes} blob: 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; connect-src blob:; base-uri 'none'; form-action 'none'`;

let html = text("index.html");
const order = [...html.matchAll(/<link[^>]*rel="stylesheet"[^>]*href="\.\/([^"]+)"/g)].map((found) => found[1]);
const icon = `data:image/svg+xml,${encodeURIComponent(text("icon.svg"))}`;
html = html
  .replace(/<meta (http-equiv="Content-Security-Policy"|name="podlab-files")[^>]*>/g, "")
  .replace(/<script[\s\S]*?<\/script>/g, "")
  .replace(/<link[^>]*rel="(stylesheet|modulepreload|preload|manifest|icon|apple-touch-icon)"[^>]*>/g, "")
  .replace(/<!--[\s\S]*?-->/g, "")
  .replace(/(<meta charset[^>]*>)/, () => `<meta charset="utf-8" />\n<meta http-equiv="Content-Security-Policy" content="${policy}" />`)
  .replace("</head>", () => `<link rel="icon" href="${icon}" />\n<style>${order.map(text).join("\n")}</style>\n</head>`)
  .replace("</body>", () => {
    const data = JSON.stringify(packed);
    return `<script>${scripts[0]}</script>\n<script type="application/json" id="files">${data}</script>\n<script>${scripts[1]}</script>\n</body>`;
  })
  .replace(/\n\s*\n+/g, "\n");

mkdirSync(out, { recursive: true });
// Renamed when it is whole: another one may read it meanwhile.
writeFileSync(join(out, `podlab.${process.pid}`), html);
renameSync(join(out, `podlab.${process.pid}`), join(out, "podlab.html"));
console.log(`dist-single/podlab.html: ${html.length} bytes, ${parts.length} files inside`);
