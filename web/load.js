// Where a file of the build is: beside the document, in any sub-path; inside it when all is one file (single.mjs).
const address = (name) => globalThis.podlabFiles?.[name] ?? new URL(name, document.baseURI).href;

// Fetches the editor's module when the page wants it.
export const loadEditor = () => import(address("editor.js"));

// Fetches a text file.
export const loadText = async (name) => {
  const answer = await fetch(address(name));
  if (!answer.ok) throw new Error(`${answer.status} for ${name}`);
  return answer.text();
};

// Fetches what makes files of the page.
export const loadExport = () => import(address("export.js"));

// The program's wasm comes in two parts (split.mjs). `first` are the exports of the one that runs.
let first;
let coming;
const whole = () => first.later_here?.value === 1 || !later();
const later = () => document.querySelector('meta[name="podlab-later"]')?.content.replace("./", "");
const arrived = () => {
  if (first.later_here) first.later_here.value = 1;
  document.documentElement.dataset.whole = "";
};

// The first thing that the program says.
export const begin = (exports) => {
  first = exports;
};

// Brings the second part, beside what the page does meanwhile. Fails where it cannot be had; the next call tries again.
export const loadLater = () => {
  coming ??= (async () => {
    if (whole()) return arrived();
    const response = await fetch(address(later()), { priority: "low" });
    if (!response.ok) throw new Error(`${response.status} for ${later()}`);
    const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), { first });
    if (instance && !whole()) arrived();
  })().catch((error) => {
    coming = undefined;
    throw error;
  });
  return coming;
};

// The program needs the second part in the middle of a computation and cannot wait for anything else to happen.
export const loadLaterNow = () => {
  if (whole()) return;
  const request = new XMLHttpRequest();
  request.open("GET", address(later()), false);
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`${request.status} for ${later()}`);
  const bytes = Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0));
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { first });
  arrived();
};
