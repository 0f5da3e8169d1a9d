// What helps while one types: completion, the explanation of a field, both asked of the library. Fetched when the editor
// first has the focus, so that the page does not wait for it.
//
// `assistance` takes: `complete(text, offset)`, which returns `{from, options: [{label, detail, type, doc, insert, again,
// required}]}` or null; `explain(text, offset)`, which returns `{from, to, path, kind, notes, doc}` or null; and
// `docs(key)`, a promise of the sentence kept under `Struct.field`.

import { acceptCompletion, autocompletion, closeCompletion, pickedCompletion, startCompletion } from "@codemirror/autocomplete";
import { Prec, StateEffect, StateField } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap, showTooltip } from "@codemirror/view";

const element = (name, className, text = "") => {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
};

/** Puts a completion in, with the cursor behind it; goes on where more can be completed. */
const apply = ({ insert, again }) => (view, completion, from, to) => {
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: from + insert.length },
    scrollIntoView: true,
    userEvent: "input.complete",
    annotations: pickedCompletion.of(completion),
  });
  if (again) setTimeout(() => startCompletion(view));
};

/** The box that explains a field. */
function box({ path, kind, notes, doc }, docs) {
  const dom = element("div", "cm-field");
  const head = dom.appendChild(element("p", "cm-field-head"));
  head.append(element("b", "", path), element("code", "", kind ? `<${kind}>` : ""));
  const sentence = dom.appendChild(element("p", "cm-field-doc"));
  if (notes.length > 0) dom.appendChild(element("p", "cm-field-notes", notes.join(" · ")));
  if (doc) docs(doc).then((text) => (sentence.textContent = text));
  return dom;
}

export function assistance({ complete, explain, docs }) {
  const source = ({ state, pos, explicit, view }) => {
    // Who went elsewhere meanwhile (into a menu, say) is not to find a list lying over it.
    if (view && !view.hasFocus) return null;
    const found = complete(state.doc.toString(), pos);
    if (!found || found.options.length === 0) return null;
    const typed = state.sliceDoc(found.from, pos);
    // What is there already needs no completion, and Enter is to begin a new line.
    if (!explicit && found.options.some(({ label }) => label === typed)) return null;
    const options = found.options.map((option, index) => ({
      label: option.label,
      detail: option.detail,
      type: option.type,
      sortText: String(index).padStart(4, "0"),
      apply: apply(option),
      info: option.doc && (() => docs(option.doc).then((text) => (text ? element("div", "", text) : null))),
      required: option.required,
    }));
    const labels = new Set(options.map(({ label }) => label));
    return { from: found.from, options, validFor: (text) => /^[\w./-]*$/.test(text) && !labels.has(text) };
  };

  // Behind a colon or a dash what can follow is shown without being asked for.
  const unasked = EditorView.updateListener.of(({ view, state, docChanged, transactions }) => {
    if (!docChanged || !transactions.some((transaction) => transaction.isUserEvent("input.type"))) return;
    const { head } = state.selection.main;
    if (/(: |(^|\s)- )$/.test(state.sliceDoc(Math.max(0, head - 4), head))) setTimeout(() => startCompletion(view));
  });

  // The same explanation without a mouse; it goes when the cursor moves or the text changes.
  const show = StateEffect.define();
  const shown = StateField.define({
    create: () => null,
    update(tip, transaction) {
      for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
      return transaction.docChanged || transaction.selection ? null : tip;
    },
    provide: (field) => showTooltip.from(field),
  });
  const tip = (found) => ({
    pos: found.from, end: found.to, above: true, create: () => ({ dom: box(found, docs) }),
  });
  const explainHere = (view) => {
    const found = explain(view.state.doc.toString(), view.state.selection.main.head);
    closeCompletion(view);
    const said = found ? [found.path, found.kind, ...found.notes].join(", ") : "";
    view.dispatch({ effects: [show.of(found ? tip(found) : null), EditorView.announce.of(said)] });
    if (found?.doc) docs(found.doc).then((text) => text && view.dispatch({ effects: EditorView.announce.of(text) }));
    return true;
  };
  const hideTip = (view) => {
    if (!view.state.field(shown)) return false;
    view.dispatch({ effects: show.of(null) });
    return true;
  };

  const extension = [
    autocompletion({
      override: [source],
      icons: false,
      optionClass: ({ required, type }) => `cm-${type}${required ? " cm-required" : ""}`,
    }),
    unasked,
    shown,
    hoverTooltip((view, pos) => {
      const found = explain(view.state.doc.toString(), pos);
      return found && pos >= found.from && pos <= found.to ? tip(found) : null;
    }),
    Prec.high(keymap.of([
      { key: "Tab", run: acceptCompletion },
      { key: "F1", run: explainHere },
      { key: "Escape", run: hideTip },
    ])),
  ];
  return { extension, explainHere };
}
