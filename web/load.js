// Where a file of the build is: beside the document, in any sub-path; inside it when all is one file (single.mjs).
const address = (name) => globalThis.podlabFiles?.[name] ?? new URL(name, document.baseURI).href;

// Fetches the editor's module when the page wants it.
export const loadEditor = () => import(address("editor.js"));
