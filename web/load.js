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
