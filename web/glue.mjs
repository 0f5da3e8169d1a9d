// The JavaScript between the program and the browser, small: what wasm-bindgen wrote and what it imports (load.js, later.js,
// early.js) in one module; and style sheets.
import { build, transform } from "esbuild";

const options = { minify: true, target: ["es2022"], legalComments: "none", logLevel: "error" };

/** The module at `path` and what it imports. */
export async function bundle(path) {
  const { outputFiles } = await build({ ...options, entryPoints: [path], bundle: true, format: "esm", write: false });
  return outputFiles[0].text;
}

/** A text without what only people read; `loader` is `js` or `css`. */
export const small = async (text, loader) => (await transform(text, { ...options, target: ["esnext"], loader })).code;

/** The text with the names of what wasm imports from it changed: `names` has the new ones by the old. */
export function renamed(text, names) {
  const missing = new Set(names.keys());
  const changed = text.replace(/\b__wb(?:g|indgen)_\w+/g, (name) => (missing.delete(name), names.get(name) ?? name));
  if (missing.size > 0) throw new Error(`the program imports what its script has not: ${[...missing].join(", ")}`);
  return changed;
}
