// The editor: CodeMirror 6 behind a small interface that `src/ui` calls.
//
// Built into one local module, `dist/editor.js`, and imported relative to the document:
//
//     const { create } = await import(new URL("editor.js", document.baseURI));
//     const editor = create(parent, { text, dark, label, readOnly, onChange, onCursor, onRun, … });
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
  HighlightStyle, bracketMatching, codeFolding, foldAll, foldGutter, foldKeymap, indentOnInput, indentUnit,
  syntaxHighlighting, syntaxTree, unfoldAll,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import {
  Annotation, CharCategory, Compartment, EditorSelection, EditorState, Facet, MapMode, Prec, RangeSet, RangeValue,
  StateEffect, StateField, Text, Transaction, codePointAt, codePointSize, combineConfig, fromCodePoint,
} from "@codemirror/state";
import {
  Decoration, Direction, EditorView, MatchDecorator, ViewPlugin, WidgetType, crosshairCursor, drawSelection, getTooltip,
  highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, hoverTooltip, keymap, lineNumbers, logException,
  rectangularSelection, showTooltip,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** What assist.js and the completion in it use of CodeMirror (see build.mjs). */
globalThis[Symbol.for("podlab.codemirror")] = {
  "@codemirror/state": {
    Annotation, CharCategory, EditorSelection, Facet, MapMode, Prec, RangeSet, RangeValue, StateEffect, StateField, Text,
    Transaction, codePointAt, codePointSize, combineConfig, fromCodePoint,
  },
  "@codemirror/view": {
    Decoration, Direction, EditorView, ViewPlugin, WidgetType, getTooltip, hoverTooltip, keymap, logException, showTooltip,
  },
  "@codemirror/language": { indentUnit, syntaxTree },
};

/** Where a file of the build is: beside the document, or inside it when all is one file (single.mjs). */
const address = (name) => globalThis.podlabFiles?.[name] ?? new URL(name, document.baseURI).href;

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
      ".cm-gutters": { color: "var(--muted, #6e7781)", backgroundColor: "var(--panel, Canvas)", border: "none" },
      ".cm-activeLine": { backgroundColor: "var(--active-line, rgb(128 128 128 / 9%))" },
      ".cm-activeLineGutter": { backgroundColor: "var(--panel, Canvas)", color: "var(--code, inherit)" },
      ".cm-lit": { backgroundColor: "var(--accent-soft, rgb(37 99 235 / 12%))" },
      ".cm-tabChar": {
        backgroundImage: "linear-gradient(var(--fail, #cf222e), var(--fail, #cf222e))",
        backgroundSize: "calc(100% - 4px) 1px",
        backgroundPosition: "2px 55%",
        backgroundRepeat: "no-repeat",
      },
      ".cm-panels": { color: "var(--code, inherit)", backgroundColor: "var(--panel, var(--back, Canvas))" },
      ".cm-panel.cm-search :is(.cm-textfield, .cm-button), .cm-panel.cm-search [name=close]": { minHeight: "26px", minWidth: "26px" },
      ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", minHeight: "26px", fontSize: "0.78125rem" },
      ".cm-panel.cm-search": { padding: "6px 30px 6px 8px", fontFamily: "var(--font, sans-serif)" },
      ".cm-panel.cm-search .cm-button": {
        padding: "0 9px",
        border: "1px solid var(--line, #d0d7de)",
        borderRadius: "7px",
        backgroundImage: "none",
        backgroundColor: "var(--panel, Canvas)",
        fontSize: "0.78125rem",
      },
      ".cm-panel.cm-search .cm-button:hover": { borderColor: "var(--accent, #2557d6)", color: "var(--accent, #2557d6)" },
      ".cm-panel.cm-search .cm-textfield": {
        padding: "0 8px",
        border: "1px solid var(--line, #d0d7de)",
        borderRadius: "7px",
        backgroundColor: "var(--panel, Canvas)",
        fontFamily: "var(--mono, monospace)",
        fontSize: "0.78125rem",
      },
      ".cm-panel.cm-search input[type=checkbox]": { accentColor: "var(--accent, #2557d6)", margin: "0 4px 0 0" },
      ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line, #d0d7de)" },
      ".cm-tooltip": {
        color: "var(--code, inherit)",
        backgroundColor: "var(--panel, var(--back, Canvas))",
        border: "1px solid var(--line, #d0d7de)",
        borderRadius: "8px",
        boxShadow: "var(--shadow-high, 0 4px 16px rgb(0 0 0 / 15%))",
        maxWidth: "min(34rem, 90vw)",
      },
      ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono, monospace)", maxHeight: "min(16em, 40vh)" },
      ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 10px", color: "var(--code, inherit)" },
      ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
        color: "var(--code, inherit)",
        background: "var(--accent-soft, #eaf0fe)",
        boxShadow: "inset 3px 0 var(--accent, #2557d6)",
      },
      "li[aria-selected] .cm-completionDetail": { color: "var(--code, inherit)" },
      ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent, #2557d6)", fontWeight: "600" },
      ".cm-completionDetail": { marginLeft: "1.2em", fontStyle: "normal", color: "var(--muted, #6e7781)" },
      ".cm-required .cm-completionLabel::after": { content: "' *'", color: "var(--accent, #2557d6)" },
      ".cm-tooltip.cm-completionInfo": { padding: "8px 12px", marginInline: "4px", maxWidth: "22rem", fontFamily: "var(--font, sans-serif)" },
      // Where there is no room beside the list it would cover it; F1 tells the same.
      ".cm-completionInfo-right-narrow, .cm-completionInfo-left-narrow": { display: "none" },
      ".cm-field": { padding: "8px 12px", fontFamily: "var(--font, sans-serif)", fontSize: "0.8125rem", maxWidth: "30rem" },
      ".cm-field p": { margin: "0" },
      ".cm-field-head": { display: "flex", flexWrap: "wrap", gap: "0 10px", fontFamily: "var(--mono, monospace)", overflowWrap: "anywhere" },
      ".cm-field-head code": { color: "var(--muted, #6e7781)" },
      ".cm-field-doc:not(:empty)": { marginTop: "5px" },
      ".cm-field-notes": { marginTop: "5px", color: "var(--muted, #6e7781)", fontSize: "0.78125rem" },
      ".cm-foldPlaceholder": { color: "var(--muted, #6e7781)", backgroundColor: "transparent", border: "none" },
    },
    { dark },
  );

/** The sentences that explain fields, by `Struct.field`: a file for each language, fetched when first wanted. */
const sentences = new Map();
function docsIn(file) {
  if (!sentences.has(file)) {
    const read = async () => {
      const answer = await fetch(address(file));
      if (!answer.ok) throw new Error(answer.statusText);
      const lines = (await answer.text()).split("\n");
      return new Map(lines.filter((line) => /^[A-Z]/.test(line)).map((line) => {
        const end = line.indexOf(" ");
        return [line.slice(0, end), line.slice(end + 1)];
      }));
    };
    // Without a network there are none; the next one who asks tries again.
    sentences.set(file, read().catch(() => { sentences.delete(file); return new Map(); }));
  }
  return sentences.get(file);
}

/**
 * Makes an editor inside `parent`.
 *
 * Options: `text`, `selection` (`[anchor, head]`), `dark` (boolean), `label` (accessible name), `readOnly`, and the functions `onChange(text, cursor)`
 * after each change the user makes (it may return marks to show at once, as `setMarks` takes them), `onCursor(offset)`
 * when the cursor moves, `onRun()` for Ctrl-Enter (Cmd-Enter), `onCommand(name)` for the keys of "format", "list" and
 * "fixes", and `complete` and `explain` as `assist.js` takes them.
 */
export function create(
  parent,
  { text = "", selection, dark = false, label = "", readOnly = false, onChange, onCursor, onRun, onCommand, complete, explain } = {},
) {
  const themed = new Compartment();
  const phrased = new Compartment();
  const named = new Compartment();
  const locked = new Compartment();
  const assisted = new Compartment();
  let docsFile = "";
  const name = (label) => EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" });
  const lock = (readOnly) => EditorState.readOnly.of(readOnly);

  const run = () => {
    onRun?.();
    return true;
  };
  const report = EditorView.updateListener.of((update) => {
    const byPage = update.transactions.some((transaction) => transaction.annotation(fromPage));
    if (update.docChanged && !byPage) {
      const marks = onChange?.(update.state.doc.toString(), update.state.selection.main.head);
      if (Array.isArray(marks)) mark(marks);
    }
    if (update.selectionSet || update.docChanged) onCursor?.(update.state.selection.main.head);
  });

  const command = (name) => () => {
    onCommand?.(name);
    return true;
  };

  // Completion and explanations come when the editor is first used.
  let assistance;
  const assist = () => {
    assistance ??= import(address("assist.js")).then((module) => {
      const made = module.assistance({
        complete: (text, offset) => complete?.(text, offset),
        explain: (text, offset) => explain?.(text, offset),
        docs: async (key) => (await docsIn(docsFile)).get(key) ?? "",
      });
      view.dispatch({ effects: assisted.reconfigure(made.extension) });
      return made;
    });
    // Without a network one writes without help; the next focus tries again.
    assistance.catch(() => (assistance = undefined));
    return assistance;
  };

  const extensions = [
    assisted.of([]),
    EditorView.domEventHandlers({
      focus: () => {
        if (complete) assist();
      },
    }),
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
      { key: "Shift-Alt-f", run: command("format") },
      { key: "Shift-Alt-l", run: command("list") },
      { key: "Shift-Alt-m", run: command("fixes") },
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

  const range = selection && EditorSelection.range(...selection);
  const view = new EditorView({ parent, state: EditorState.create({ doc: text, selection: range, extensions }) });
  const inside = (offset) => Math.max(0, Math.min(offset, view.state.doc.length));
  const mark = (marks) => {
    // Advice about a whole script is marked at its first line: underlined from end to end nobody could read it.
    const first = (from, to) => {
      const line = view.state.doc.lineAt(from);
      return to <= line.to ? [from, to] : [line.from + line.text.search(/\S|$/), line.to];
    };
    const diagnostics = marks.map(({ from, to, severity, message }) => {
      let range = [inside(from), Math.max(inside(from), inside(to))];
      if (severity === "info" || severity === "hint") range = first(...range);
      return { from: range[0], to: range[1], severity, message };
    });
    diagnostics.sort((a, b) => a.from - b.from || a.to - b.to);
    view.dispatch(setDiagnostics(view.state, diagnostics));
  };
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

    /**
     * Shows the problems of `text`: `[{from, to, severity: "error"|"warning"|"info"|"hint", message}]`, in place of the
     * last ones. When the text has changed meanwhile they would lie beside their places: then the last ones, which move
     * with the text, stay until the next verdict.
     */
    setMarks(marks, text) {
      if (text === undefined || view.state.doc.toString() === text) mark(marks);
    },

    /** Lights the lines of the selected container; without arguments lights none. */
    litLines(from, to) {
      const effects = [setLit.of(from ? { from, to: to ?? from } : null)];
      // Whoever writes is not taken elsewhere.
      if (from && !view.hasFocus) {
        const { doc } = view.state;
        effects.push(EditorView.scrollIntoView(doc.line(Math.min(from, doc.lines)).from, { y: "nearest", yMargin: 60 }));
      }
      view.dispatch({ effects });
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

    /** Where the cursor is. */
    getCursor: () => view.state.selection.main.head,

    /** Folds everything, or unfolds it. */
    fold(all) {
      (all ? foldAll : unfoldAll)(view);
      view.focus();
    },

    /** Explains the field at the cursor, as F1 does. */
    explain() {
      view.focus();
      if (complete) assist().then(({ explainHere }) => explainHere(view), () => {});
    },

    /** The file, relative to the document, with the sentences that explain fields: lines of `Struct.field sentence`. */
    setDocs(file) {
      docsFile = file;
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

    /** Scrolls to pixels from the top and the left. */
    scrollTo(top, left) {
      Object.assign(view.scrollDOM, { scrollTop: top, scrollLeft: left });
    },

    /** Removes the editor from the page. */
    destroy: () => view.destroy(),
  };
}
