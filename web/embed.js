// <pod-lab>: a Podlab playground in any page. A module without dependencies; docs/embedding.md is its manual.
//
//   <script type="module" src="podlab/embed.js" data-blocks="marked"></script>
//   <pod-lab src="pod.yaml" view="stage" height="420"></pod-lab>
//
// Nothing of Podlab is fetched before a reader touches a playground, or sees one whose `start` is "seen".

const page = new URL("./", import.meta.url);
const words = {
  en: { run: "Run in Podlab", title: "Podlab playground", failed: "Podlab could not read", empty: "There is no manifest in this <pod-lab>." },
  zh: { run: "在 Podlab 中运行", title: "Podlab 演练场", failed: "Podlab 无法读取", empty: "这个 <pod-lab> 里没有清单。" },
};

// The theme of the page around us: what it says of itself first, what its background looks like last.
const themeOf = (element) => {
  for (const root of [document.documentElement, document.body]) {
    const said = [root.dataset.mdColorScheme, root.dataset.theme, root.dataset.bsTheme, root.className].join(" ");
    if (/\b(slate|dark|coal|navy|ayu)\b/.test(said)) return "dark";
    if (/\b(default|light|rust)\b/.test(said)) return "light";
  }
  for (let at = element; at; at = at.parentElement) {
    const [r, g, b, a = 1] = (getComputedStyle(at).backgroundColor.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
    if (a > 0.5) return r * 0.3 + g * 0.59 + b * 0.11 < 128 ? "dark" : "light";
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
};

const langOf = (element) => element.closest("[lang]")?.lang || navigator.language || "en";

class PodLab extends HTMLElement {
  static observedAttributes = ["theme", "lang", "src"];
  // They start one after the other: the first loads what the others then find in the browser's cache.
  static #queue = Promise.resolve();
  #frame;
  #begun;
  #ready = false;
  #waiting = [];
  #text;

  connectedCallback() {
    if (this.#text !== undefined) return;
    const inline = this.querySelector('script[type="text/yaml"]') ?? this.querySelector("template");
    this.#text = inline ? strip(inline.content?.textContent ?? inline.textContent) : strip(this.textContent);
    this.style.cssText = `display:block;margin:1em 0;border:1px solid #8884;border-radius:12px;overflow:hidden;${this.style.cssText}`;
    this.#still();
    const start = this.getAttribute("start") ?? (this.hasAttribute("autoplay") ? "seen" : "touch");
    if (start === "seen") {
      const seen = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        seen.disconnect();
        this.start();
      });
      seen.observe(this);
    }
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#frame || before === now) return;
    if (name === "src") this.#fetch().then((yaml) => yaml !== undefined && this.load(yaml));
    else this.#follow();
  }

  // The text and a button, until the playground is wanted.
  #still() {
    const said = words[langOf(this).slice(0, 2)] ?? words.en;
    const pre = document.createElement("pre");
    pre.textContent = this.#text || this.getAttribute("src") || "";
    pre.tabIndex = 0;
    pre.style.cssText = "margin:0;overflow:auto;max-height:24em;padding:12px 14px;font:13px/1.55 ui-monospace,monospace";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `▶ ${said.run}`;
    button.style.cssText =
      "margin:12px 14px;padding:6px 14px;min-height:32px;border:0;border-radius:8px;background:#2563eb;color:#fff;font:600 14px system-ui;cursor:pointer";
    button.addEventListener("click", () => this.start({ focus: true }));
    if (pre.textContent || this.getAttribute("link")) this.replaceChildren(...(pre.textContent ? [pre] : []), button);
    else this.replaceChildren(note(said.empty), button);
  }

  /** Starts the playground now. */
  async start({ focus = false } = {}) {
    if (this.#frame) return;
    const frame = (this.#frame = document.createElement("iframe"));
    const query = new URLSearchParams({ embed: "1", view: this.getAttribute("view") ?? "split" });
    query.set("lang", this.getAttribute("lang") || langOf(this));
    query.set("theme", this.getAttribute("theme") ?? themeOf(this));
    for (const name of ["at", "speed"]) if (this.hasAttribute(name)) query.set(name, this.getAttribute(name));
    // Whoever presses the button wants to see it run.
    if (!focus && !this.hasAttribute("autoplay")) query.set("paused", "1");
    frame.title = this.getAttribute("title") ?? (words[langOf(this).slice(0, 2)] ?? words.en).title;
    frame.allow = "clipboard-write";
    const height = this.getAttribute("height") ?? "560";
    frame.style.cssText = `display:block;width:100%;border:0;height:${/^\d+$/.test(height) ? `${height}px` : "560px"}`;
    addEventListener("message", this.#hear);
    const link = this.getAttribute("link");
    const yaml = this.#text || (link ? "" : await this.#fetch());
    if (yaml === undefined) return;
    // What a link says is in the frame's own address; a text is told when the frame listens.
    if (yaml || !link) this.#send({ type: "load", yaml });
    PodLab.#queue = PodLab.#queue.then(() => {
      if (!this.isConnected) return;
      frame.src = `${page.href}?${query}${link && !yaml ? `#${link.replace(/^.*#/, "")}` : ""}`;
      this.replaceChildren(frame);
      if (focus) frame.focus();
      return new Promise((done) => {
        this.#begun = done;
        setTimeout(done, 10_000);
      });
    });
    new MutationObserver(() => this.#follow()).observe(document.documentElement, { attributes: true });
    new MutationObserver(() => this.#follow()).observe(document.body, { attributes: true });
  }

  async #fetch() {
    const src = this.getAttribute("src");
    try {
      if (!src) return "";
      const answer = await fetch(new URL(src, document.baseURI));
      if (!answer.ok) throw new Error(answer.status);
      return await answer.text();
    } catch (error) {
      const said = words[langOf(this).slice(0, 2)] ?? words.en;
      this.#frame = undefined;
      this.replaceChildren(note(`${said.failed} ${src}: ${error.message}`));
    }
  }

  #follow() {
    this.#send({ type: "theme", theme: this.getAttribute("theme") ?? themeOf(this) });
    this.#send({ type: "lang", lang: this.getAttribute("lang") || langOf(this) });
  }

  #hear = ({ source, data }) => {
    if (!this.#frame || source !== this.#frame.contentWindow || data?.podlab !== 1) return;
    if (data.type === "ready") {
      this.#ready = true;
      this.#begun?.();
      for (const message of this.#waiting.splice(0)) this.#send(message);
    }
    this.dispatchEvent(new CustomEvent(`podlab-${data.type}`, { detail: data, bubbles: true }));
  };

  #send(message) {
    if (this.#ready) this.#frame.contentWindow?.postMessage({ podlab: 1, ...message }, page.origin === "null" ? "*" : page.origin);
    else this.#waiting.push(message);
  }

  /** Puts another manifest in. */
  load(yaml) {
    this.#send({ type: "load", yaml });
  }
  /** Moves the playhead, in virtual seconds. */
  seek(at) {
    this.#send({ type: "seek", at });
  }
  /** Lets time flow, at `speed` virtual seconds a second when it is given. */
  play(speed) {
    this.#send({ type: "play", speed });
  }
  /** Stops time. */
  pause() {
    this.#send({ type: "pause" });
  }
}

// What the element says in place of a playground.
const note = (text) => {
  const p = Object.assign(document.createElement("p"), { textContent: text });
  p.style.cssText = "margin:0;padding:12px 14px;font:14px/1.5 system-ui";
  return p;
};

// Takes away what all lines are indented by, and the line break of the opening tag.
const strip = (text) => {
  const lines = text.replace(/^\s*\n|\s+$/g, "").split("\n");
  const indent = Math.min(...lines.filter((line) => line.trim()).map((line) => line.match(/^ */)[0].length));
  return lines.map((line) => line.slice(Number.isFinite(indent) ? indent : 0)).join("\n");
};

/** Turns code blocks below `root` into playgrounds: those marked `podlab`, or with `all` every Kubernetes manifest. */
export const upgrade = (root = document, { all = false } = {}) => {
  for (const code of root.querySelectorAll("pre code, pre.podlab")) {
    const block = code.closest("pre");
    const outer = block.closest(".highlight, [class*=language-]") ?? block;
    const classes = [code, block, outer].map((element) => element.className).join(" ");
    const marked = /(^|[\s,{.])(language-)?podlab(?=$|[\s,}])/.test(classes);
    const text = code.textContent;
    const manifest = /\b(language-)?ya?ml\b/.test(classes) && /^kind:/m.test(text) && /^apiVersion:/m.test(text);
    if (!(marked || (all && manifest)) || outer.closest("pod-lab")) continue;
    const lab = document.createElement("pod-lab");
    lab.textContent = text;
    outer.replaceWith(lab);
  }
};

customElements.get("pod-lab") ?? customElements.define("pod-lab", PodLab);
const choice =
  document.querySelector("script[data-blocks]")?.dataset.blocks ?? document.querySelector("meta[name=podlab-blocks]")?.content;
if (choice !== "none") {
  const run = () => upgrade(document, { all: choice === "all" });
  run();
  // Pages that replace their content without loading anew (MkDocs Material's instant loading, Docusaurus).
  new MutationObserver(run).observe(document.body, { childList: true, subtree: true });
}
