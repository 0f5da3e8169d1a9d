// The program's wasm comes in two parts (split.mjs). A first visit begins with the first of them, and the second comes at
// once after it. What a visitor does meanwhile waits for it, in order, and is done then; nothing is lost, and nothing stops
// the page. What is written in the editor waits in the editor (early.js).
import { address } from "./load.js";

/** What is kept and done again, and what is passed over: to hover, to drag or to zoom in these seconds does nothing. */
const KEPT = ["click", "keydown", "change", "input", "submit", "hashchange"];
const PASSED_OVER = ["pointerdown", "pointermove", "pointerleave", "wheel", "touchmove"];
/** How much is kept: whoever does more is not heard until the page answers. */
const MOST = 200;
/** After how many milliseconds the page says that something waits, and how long it waits at most before it asks again. */
const PATIENCE = 400;
const PAUSE = 15_000;

/** The exports of the first part, which runs. */
let first;
let coming;
const file = () => document.querySelector('meta[name="podlab-later"]')?.content.replace("./", "");
const whole = () => first.later_here?.value === 1 || !file();

/** Resolves when the program is there as a whole. */
let nowWhole;
export const wholeProgram = new Promise((done) => (nowWhole = done));

const waiting = [];
/** What the page says while something waits, and when the second part cannot be had. */
let words;
let said;
const say = (text) => {
  if (!text) return said?.remove();
  said ??= Object.assign(document.createElement("div"), { role: "status" });
  said.innerHTML = "<div class='toast'><span></span></div>";
  said.querySelector("span").textContent = text;
  document.body.append(said);
};

/** Whether the event is the editor's own business. */
const written = ({ target, type, key, ctrlKey, metaKey }) =>
  target.closest?.(".early") && !(type === "keydown" && (key === "F8" || (key === "Enter" && (ctrlKey || metaKey))));

/** What is being done again. */
const again = new WeakSet();
const hold = (event) => {
  if (again.has(event) || written(event)) return;
  const { type, target } = event;
  event.stopImmediatePropagation();
  if (!KEPT.includes(type) || event.repeat || waiting.length >= MOST) return;
  // A press or a form goes on when it is done again; a key keeps what it means to the browser.
  if (type === "click" || type === "submit") event.preventDefault();
  waiting.push(event);
  target.closest?.("button, a, select, input, [role]")?.setAttribute("aria-busy", "true");
  document.documentElement.dataset.waiting = "";
  if (waiting.length === 1) setTimeout(() => waiting.length && say(words.patience), PATIENCE);
};

const release = async () => {
  while (waiting.length) {
    const event = waiting[0];
    const { target } = event;
    target.closest?.("[aria-busy]")?.removeAttribute("aria-busy");
    if (target === window || target.isConnected) {
      const same = new event.constructor(event.type, event);
      again.add(same);
      target.dispatchEvent(same);
    }
    // What one did is painted before the next is done, as it was meant.
    await new Promise((done) => setTimeout(done));
    waiting.shift();
  }
  for (const type of [...KEPT, ...PASSED_OVER]) removeEventListener(type, hold, true);
  delete document.documentElement.dataset.waiting;
  say();
};

const arrived = () => {
  if (first.later_here) first.later_here.value = 1;
  document.documentElement.dataset.whole = "";
  dispatchEvent(new Event("podlab-whole"));
  nowWhole();
};

/** The first thing that the program says: its exports. */
export const begin = (exports) => {
  first = exports;
};

/** Brings the second part, beside what the page does meanwhile. Fails where it cannot be had; the next call tries again. */
export const loadLater = () => {
  coming ??= (async () => {
    if (whole()) return arrived();
    const response = await fetch(address(file()), { priority: "low" });
    if (!response.ok) throw new Error(`${response.status} for ${file()}`);
    const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), { first });
    if (instance && !whole()) arrived();
  })().catch((error) => {
    coming = undefined;
    throw error;
  });
  return coming;
};

/**
 * For a page that is there already: lets what is done wait, and asks for the second part until it is here. The words are
 * what to say while somebody waits, and when nothing comes.
 */
export const followLater = async (patience, failure) => {
  words = { patience, failure };
  if (!whole()) for (const type of [...KEPT, ...PASSED_OVER]) addEventListener(type, hold, { capture: true, passive: false });
  for (let pause = 500; ; pause = Math.min(2 * pause, PAUSE)) {
    try {
      await loadLater();
      break;
    } catch {
      say(words.failure);
      await new Promise((done) => {
        setTimeout(done, pause);
        addEventListener("online", done, { once: true });
      });
    }
  }
  await release();
};

/** The program needs the second part in the middle of a computation and cannot wait for anything else to happen. */
export const loadLaterNow = () => {
  if (whole()) return;
  const request = new XMLHttpRequest();
  request.open("GET", address(file()), false);
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`${request.status} for ${file()}`);
  const bytes = Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0));
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { first });
  arrived();
};
