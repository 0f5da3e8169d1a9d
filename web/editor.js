// The editor: CodeMirror 6 behind a small interface that `src/ui` calls.
//
// Built into one local module, `dist/editor.js`, and imported relative to the document:
//
//     const { create } = await import(new URL("editor.js", document.baseURI));
//     const editor = create(parent, { text, dark, label, readOnly, onChange, onCursor, onRun });
//
// Offsets are UTF-16 code units in the text as `getText` gives it (lines end in "\n"); line numbers start at 1.
// Colours come from the page's CSS variables: --back, --code, --key, --str, --num, --com, --accent-soft, --fail,
// --warn, --line, --muted; each has a fall-back, so the editor also works on a bare page.
//
// Tab indents, as in every code editor. So that it does not trap a keyboard user, Escape followed by Tab (or
// Shift-Tab) moves the focus on, and Ctrl-M (Shift-Alt-M on macOS) switches between the two meanings for good.

import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { yamlLanguage } from "@codemirror/lang-yaml";
import {
  HighlightStyle, bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorSelection, EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration, EditorView, MatchDecorator, ViewPlugin, crosshairCursor, drawSelection, highlightActiveLine,
  highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, rectangularSelection,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Marks transactions made by the page, so that `onChange` reports only what the user does. */
const fromPage = Annotation.define();

/** The lines of the selected container: first and last line number, or null. */
const setLit = StateEffect.define();
const litLine = Decoration.line({ class: "cm-lit" });
const lit = StateField.define({
  create: () => Decoration.none,
  update(lines, transaction) {
    lines = lines.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setLit)) continue;
      if (!effect.value) return Decoration.none;
      const { doc } = transaction.state;
      const last = Math.min(effect.value.to, doc.lines);
      const ranges = [];
      for (let n = Math.max(1, effect.value.from); n <= last; n++) ranges.push(litLine.range(doc.line(n).from));
      lines = Decoration.set(ranges);
    }
    return lines;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** TAB characters are shown: YAML forbids them in indentation, and one cannot mend what one cannot see. */
const tabs = new MatchDecorator({ regexp: /\t/g, decoration: Decoration.mark({ class: "cm-tabChar" }) });
const showTabs = ViewPlugin.define(
  (view) => ({
    decorations: tabs.createDeco(view),
    update(update) {
      this.decorations = tabs.updateDeco(update, this.decorations);
    },
  }),
  { decorations: (plugin) => plugin.decorations },
);

const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--key, #0550ae)" },
    { tag: [tags.string, tags.special(tags.string), tags.attributeValue], color: "var(--str, #0a6b3d)" },
    { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--num, #8250df)" },
    { tag: [tags.comment, tags.lineComment], color: "var(--com, #6e7781)" },
    { tag: [tags.meta, tags.labelName, tags.typeName], color: "var(--num, #8250df)" },
    { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: "var(--muted, #6e7781)" },
    { tag: tags.invalid, color: "var(--fail, #cf222e)" },
  ]),
);

const theme = (dark) =>
  EditorView.theme(
    {
      "&": { height: "100%", color: "var(--code, inherit)", backgroundColor: "var(--back, transparent)" },
      "&.cm-focused": { outline: "none" },
      ".cm-scroller": { fontFamily: "var(--mono, ui-monospace, monospace)", lineHeight: "1.55" },
      ".cm-content": { caretColor: "var(--code, currentColor)" },
      ".cm-cursor": { borderLeftColor: "var(--code, currentColor)" },
      ".cm-gutters": { color: "var(--muted, #6e7781)", backgroundColor: "transparent", border: "none" },
      ".cm-activeLine": { backgroundColor: "var(--active-line, rgb(128 128 128 / 9%))" },
      ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--code, inherit)" },
      ".cm-lit": { backgroundColor: "var(--accent-soft, rgb(37 99 235 / 12%))" },
      ".cm-tabChar": {
        backgroundImage: "linear-gradient(var(--fail, #cf222e), var(--fail, #cf222e))",
        backgroundSize: "calc(100% - 4px) 1px",
        backgroundPosition: "2px 55%",
        backgroundRepeat: "no-repeat",
      },
      ".cm-panels": { color: "var(--code, inherit)", backgroundColor: "var(--panel, var(--back, Canvas))" },
      ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line, #d0d7de)" },
      ".cm-tooltip": {
        color: "var(--code, inherit)",
        backgroundColor: "var(--panel, var(--back, Canvas))",
        border: "1px solid var(--line, #d0d7de)",
        maxWidth: "min(34rem, 90vw)",
      },
      ".cm-foldPlaceholder": { color: "var(--muted, #6e7781)", backgroundColor: "transparent", border: "none" },
    },
    { dark },
  );

/**
 * Makes an editor inside `parent`.
 *
 * Options: `text`, `dark` (boolean), `label` (accessible name), `readOnly`, and the functions `onChange(text)` after
 * each change the user makes, `onCursor(offset)` when the cursor moves, `onRun()` for Ctrl-Enter (Cmd-Enter).
 */
export function create(parent, { text = "", dark = false, label = "", readOnly = false, onChange, onCursor, onRun } = {}) {
  const themed = new Compartment();
  const phrased = new Compartment();
  const named = new Compartment();
  const locked = new Compartment();
  const name = (label) => EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" });
  const lock = (readOnly) => EditorState.readOnly.of(readOnly);

  const run = () => {
    onRun?.();
    return true;
  };
  const report = EditorView.updateListener.of((update) => {
    const byPage = update.transactions.some((transaction) => transaction.annotation(fromPage));
    if (update.docChanged && !byPage) onChange?.(update.state.doc.toString());
    if (update.selectionSet || update.docChanged) onCursor?.(update.state.selection.main.head);
  });

  const extensions = [
    lineNumbers(),
    lintGutter(),
    foldGutter(),
    codeFolding(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    showTabs,
    history(),
    drawSelection(),
    EditorState.allowMultipleSelections.of(true),
    rectangularSelection(),
    crosshairCursor(),
    indentOnInput(),
    indentUnit.of("  "),
    EditorState.tabSize.of(2),
    bracketMatching(),
    highlightSelectionMatches(),
    search({ top: true }),
    yamlLanguage,
    colours,
    lit,
    keymap.of([
      { key: "Mod-Enter", run },
      { key: "Tab", run: indentMore, shift: indentLess },
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...lintKeymap,
      ...defaultKeymap,
    ]),
    themed.of(theme(dark)),
    phrased.of([]),
    named.of(name(label)),
    locked.of(lock(readOnly)),
    report,
  ];

  const stateOf = (text) => EditorState.create({ doc: text, extensions });
  const view = new EditorView({ parent, state: stateOf(text) });
  const inside = (offset) => Math.max(0, Math.min(offset, view.state.doc.length));
  const reconfigure = (compartment, extension) => view.dispatch({ effects: compartment.reconfigure(extension) });

  return {
    /** Replaces the whole text, as one step of the undo history; `onChange` is not called. */
    setText(text) {
      const { doc } = view.state;
      if (doc.toString() === text) return;
      view.dispatch({ changes: { from: 0, to: doc.length, insert: text }, annotations: fromPage.of(true) });
    },

    /** The text, with lines ending in "\n". */
    getText: () => view.state.doc.toString(),

    /** Shows the problems: `[{from, to, severity: "error"|"warning"|"info"|"hint", message}]`; replaces the last ones. */
    setMarks(marks) {
      const diagnostics = marks.map(({ from, to, severity, message }) => ({
        from: inside(from), to: Math.max(inside(from), inside(to)), severity, message,
      }));
      diagnostics.sort((a, b) => a.from - b.from || a.to - b.to);
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },

    /** Lights the lines of the selected container; without arguments lights none. */
    litLines(from, to) {
      view.dispatch({ effects: setLit.of(from ? { from, to: to ?? from } : null) });
    },

    /** Selects from `offset` to `end` (or puts the cursor there), scrolls it into view and focuses the editor. */
    goTo(offset, end = offset) {
      const range = EditorSelection.range(inside(offset), inside(end));
      view.dispatch({ selection: range, effects: EditorView.scrollIntoView(range, { y: "center" }) });
      view.focus();
    },

    /** Applies edits `[{from, to, insert}]`, all offsets in the present text, as one step of undo; calls `onChange`. */
    edit(edits) {
      view.dispatch({
        changes: edits.map(({ from, to, insert }) => ({ from: inside(from), to: inside(to), insert })),
        userEvent: "input.fix",
        scrollIntoView: true,
      });
    },

    /** Follows the page's theme; the colours themselves are the page's CSS variables. */
    setTheme: (dark) => reconfigure(themed, theme(dark)),

    /** The language of the editor's own words: an object from CodeMirror's English phrases to the translations. */
    setPhrases: (phrases) => reconfigure(phrased, EditorState.phrases.of(phrases)),

    /** The accessible name. */
    setLabel: (label) => reconfigure(named, name(label)),

    /** Forbids or allows editing. */
    setReadOnly: (readOnly) => reconfigure(locked, lock(readOnly)),

    focus: () => view.focus(),

    /** Removes the editor from the page. */
    destroy: () => view.destroy(),
  };
}
