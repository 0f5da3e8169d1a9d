// The licences of what is inside the built page, as one text for the release archive: the crates that are compiled in, and
// the npm packages that are bundled. Many say the same but for a line: each text stands once, below the names it is for.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const isLicence = (name) => /^(licen[cs]e|copying|copyright|notice)/i.test(name);

/** The texts of the licences that lie in a package's folder; one may be a folder of its own. */
const texts = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => isLicence(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];
    })
    .map((path) => readFileSync(path, "utf8").replace(/\r\n/g, "\n").trim());

/** Every crate that is compiled into the page: not what only builds it. */
function crates() {
  const metadata = ["metadata", "--format-version", "1", "--locked", "--filter-platform", "wasm32-unknown-unknown"];
  const { packages, resolve } = JSON.parse(execFileSync("cargo", metadata, { cwd: root, maxBuffer: 1 << 28 }));
  const known = new Map(packages.map((one) => [one.id, one]));
  const needs = new Map(resolve.nodes.map(({ id, deps }) => [id, deps.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null)).map(({ pkg }) => pkg)]));
  const found = new Set();
  const visit = (id) => {
    const builds = known.get(id).targets.some(({ kind }) => kind.includes("proc-macro"));
    if (found.has(id) || builds) return;
    found.add(id);
    needs.get(id).forEach(visit);
  };
  visit(packages.find(({ name, source }) => name === "podlab" && !source).id);
  // Those without a source are our own.
  return [...found].map((id) => known.get(id)).filter(({ source }) => source)
    .map(({ name, version, license, manifest_path }) => ({ name: `${name} ${version}`, license, texts: texts(dirname(manifest_path)) }));
}

/** Every npm package that is bundled: the editor's, and what those need. */
function bundled() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    Object.keys(packages[`node_modules/${name}`].dependencies ?? {}).forEach(visit);
  };
  Object.keys(packages[""].devDependencies).filter((name) => /^@(codemirror|lezer)\//.test(name)).forEach(visit);
  return [...found].map((name) => {
    const { version, license } = packages[`node_modules/${name}`];
    return { name: `${name} ${version}`, license, texts: texts(join(root, "node_modules", name)) };
  });
}

/** The whole text. */
export function notices() {
  const all = [...crates(), ...bundled()].sort((a, b) => a.name.localeCompare(b.name));
  const names = new Map();
  for (const { name, texts } of all) for (const text of new Set(texts)) names.set(text, [...(names.get(text) ?? []), name]);
  const list = all.map(({ name, license }) => `${name}: ${license ?? "see below"}`).join("\n");
  const blocks = [...names].map(([text, of]) => `${"-".repeat(100)}\n${of.join(", ")}\n\n${text}\n`);
  return `Podlab's page holds code of these packages, under these licences:\n\n${list}\nRust's standard library: MIT OR Apache-2.0\n\n${blocks.join("\n")}`;
}
