// Where a file of the build is: beside the document, in any sub-path, under its name in this build (publish.mjs); inside the
// document when all is one file (single.mjs).
const names = () => Object.fromEntries((document.querySelector('meta[name="podlab-files"]')?.content ?? "").split(" ").map((pair) => pair.split("=")));
export const address = (name) => globalThis.podlabFiles?.[name] ?? new URL(names()[name] || name, document.baseURI).href;

// Fetches a text file; what boot.js has asked for already is not asked for again.
export const loadText = async (name) => {
  const early = await globalThis.podlabEarly?.[name];
  if (early) return early;
  const answer = await fetch(address(name));
  if (!answer.ok) throw new Error(`${answer.status} for ${name}`);
  return answer.text();
};

// Fetches what makes files of the page.
export const loadExport = () => import(address("export.js"));
