// Where this machine's Chromium is: $CHROME first, then PATH, then where macOS keeps applications.
// Run by itself it prints the place, or exits with 1; `cargo xtask test` asks that way before it installs one.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const applications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

function runs(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function findChromium() {
  if (process.env.CHROME) return process.env.CHROME;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...applications].find(runs);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = findChromium();
  if (!found || !runs(found)) process.exit(1);
  console.log(found);
}
