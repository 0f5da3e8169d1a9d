// Fetches the editor's module when the page wants it. Relative to the document, so that it works in any sub-path.
export const loadEditor = () => import(new URL("editor.js", document.baseURI));
