// Shrinks wasm with wasm-opt, for release builds only.
//
// The same wasm-opt for everyone: the one npm installs (`binaryen`). A wasm-opt on PATH is taken instead when it is the
// same version, because the native program is several times faster.
import { spawnSync } from "node:child_process";
import { readFileSync, renameSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

// What rustc turns on for wasm32-unknown-unknown. Without these flags wasm-opt refuses the module.
const features = [
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-call-indirect-overlong",
  "--enable-multivalue",
  "--enable-mutable-globals",
  "--enable-nontrapping-float-to-int",
  "--enable-reference-types",
  "--enable-sign-ext",
];

const modules = fileURLToPath(new URL("../node_modules/", import.meta.url));
const wanted = JSON.parse(readFileSync(join(modules, "binaryen/package.json"), "utf8")).version.split(".")[0];
const bundled = [process.execPath, [join(modules, "binaryen/bin/wasm-opt")]];
const version = spawnSync("wasm-opt", ["--version"], { encoding: "utf8" });
const [program, before] = version.stdout?.includes(`version ${wanted}`) ? ["wasm-opt", []] : bundled;

/** Shrinks the file at `path`, in place. */
export function optimize(path) {
  const small = `${path}.small`;
  const was = statSync(path).size;
  const started = performance.now();
  const strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
  const ran = spawnSync(program, [...before, "-Oz", ...features, ...strip, "-o", small, path], { stdio: "inherit" });
  if (ran.status !== 0) throw new Error(`wasm-opt failed on ${path}${ran.error ? `: ${ran.error.message}` : ""}`);
  renameSync(small, path);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`wasm-opt ${wanted}: ${basename(path)} ${was} -> ${statSync(path).size} bytes in ${seconds} s`);
}
