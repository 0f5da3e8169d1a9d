// Writes dist-release/: what a release offers for download. `podlab-site.tar.gz` is the folder `podlab/` to be put into any
// static site, with its licence and those of what is inside it; `podlab.html` is the page in one file.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { notices } from "./notices.mjs";

const here = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const out = here("dist-release");
rmSync(out, { recursive: true, force: true });
mkdirSync(out);

const stage = mkdtempSync(join(tmpdir(), "podlab-release-"));
const site = join(stage, "podlab");
cpSync(here("dist"), site, { recursive: true });
copyFileSync(here("LICENSE"), join(site, "LICENSE"));
copyFileSync(here("docs/embedding.md"), join(site, "EMBEDDING.md"));
writeFileSync(join(site, "THIRD-PARTY.txt"), notices());
execFileSync("tar", ["-czf", join(out, "podlab-site.tar.gz"), "-C", stage, "podlab"]);
rmSync(stage, { recursive: true });
copyFileSync(here("dist-single/podlab.html"), join(out, "podlab.html"));
for (const name of ["podlab-site.tar.gz", "podlab.html"]) console.log(`dist-release/${name}: ${statSync(join(out, name)).size} bytes`);
