// The editor from the first moment on: a plain text area that can be written in at once, until the editor's module
// (editor.js) is here and takes over what stands in it, the cursor, the focus. Both take the same calls.
import { address } from "./load.js";
import { wholeProgram } from "./later.js";

/** Where the page keeps the text from visit to visit (src/ui/platform/settings.rs). */
const KEPT = "podlab.text";

/**
 * Makes an editor inside `parent`; `options` are those of `create` in editor.js. `onFail()` is called where the module
 * cannot be had.
 */
export const openEditor = (parent, options, onFail) => {
  const area = Object.assign(document.createElement("textarea"), {
    className: "early", value: options.text, spellcheck: false, autocapitalize: "off", autocomplete: "off", wrap: "off",
  });
  area.setAttribute("aria-label", options.label);
  parent.append(area);

  let editor;
  let whole = false;
  let told = area.value;
  // The program hears of the text when it is there as a whole: it has to judge it.
  const tell = () => {
    if (!whole || area.value === told) return;
    told = area.value;
    options.onChange(told, area.selectionEnd);
  };
  area.addEventListener("input", tell);
  // Whoever leaves before that finds the text again.
  const keep = () => {
    if (whole || area.value === told) return;
    try {
      sessionStorage.setItem(KEPT, area.value);
      localStorage.setItem(KEPT, area.value);
    } catch {
      // Storage is full or switched off: then nothing is kept, as ever.
    }
  };
  addEventListener("pagehide", keep);

  const early = {
    setText: (text) => void (area.value = told = text),
    getCursor: () => area.selectionEnd,
    focus: () => area.focus(),
    goTo(from, to = from) {
      area.focus();
      area.setSelectionRange(from, to);
    },
    edit(edits) {
      const from_end = [...edits].sort((a, b) => b.from - a.from);
      area.value = from_end.reduce((text, { from, to, insert }) => text.slice(0, from) + insert + text.slice(to), area.value);
      tell();
    },
    destroy() {
      area.remove();
      removed = true;
    },
  };
  let removed = false;
  // What the text area cannot do the editor does when it comes: the last of each kind.
  const wanted = new Map();
  const handle = new Proxy({}, {
    get: (_, name) => (...values) => (editor ?? early)[name]?.(...values) ?? (editor || early[name] ? undefined : void wanted.set(name, values)),
  });

  const composed = () =>
    composing ? new Promise((done) => area.addEventListener("compositionend", () => setTimeout(done), { once: true })) : undefined;
  let composing = false;
  area.addEventListener("compositionstart", () => (composing = true));
  area.addEventListener("compositionend", () => (composing = false));

  (async () => {
    const [module] = await Promise.all([import(address("editor.js")).catch(() => undefined), wholeProgram.then(() => {
      whole = true;
      tell();
    })]);
    removeEventListener("pagehide", keep);
    await composed();
    if (removed) return;
    if (!module) return onFail();
    const focused = document.activeElement === area;
    const { selectionStart, selectionEnd, scrollTop, scrollLeft } = area;
    editor = module.create(parent, { ...options, text: area.value, selection: [selectionStart, selectionEnd] });
    area.remove();
    editor.scrollTo(scrollTop, scrollLeft);
    if (focused) editor.focus();
    for (const [name, values] of wanted) editor[name](...values);
  })();
  return handle;
};
