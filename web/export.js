// Files of what the page shows: pictures of the stage and the timeline, a film of a run, texts. Fetched when somebody
// wants one.
//
// A picture is the element itself inside an SVG, with the page's style sheets. Everything in it is the page's own; the
// browser draws it as an image, so no script in it could run.

const SCALE = 2;
const FRAMES_A_SECOND = 12;
const LONGEST = 90_000;

const taken = {
  stage: () => document.querySelector("#show-stage"),
  time: () => document.querySelector(".pane-time"),
};

/** Lets the browser save `blob` as a file. */
function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The rules that hold in this window: inside a picture its own size would decide about media queries. */
function styles() {
  const rules = (list) =>
    [...list].flatMap((rule) => {
      if (rule instanceof CSSMediaRule) return matchMedia(rule.conditionText).matches ? rules(rule.cssRules) : [];
      return [rule.cssText];
    });
  return [...document.styleSheets].flatMap((sheet) => rules(sheet.cssRules)).join("\n");
}

/** The element as the text of an SVG, as it is now. */
function picture(element, css) {
  const copy = element.cloneNode(true);
  const canvases = element.querySelectorAll("canvas");
  copy.querySelectorAll("canvas").forEach((canvas, index) => {
    const image = document.createElement("img");
    image.src = canvases[index].toDataURL();
    image.className = canvas.className;
    image.style.cssText = `${canvas.style.cssText};width:${canvases[index].clientWidth}px;height:${canvases[index].clientHeight}px`;
    canvas.replaceWith(image);
  });
  // What one presses has no place in a picture.
  copy.querySelectorAll(".dock, [data-no-picture]").forEach((part) => part.remove());
  // What is scrolled away belongs to the picture too.
  const inner = [element, ...element.querySelectorAll("*")];
  const grown = (side, client) => Math.max(...inner.map((one) => one[side] - one[client]), 0);
  const { width: w, height: h } = element.getBoundingClientRect();
  const width = Math.ceil(w + grown("scrollWidth", "clientWidth"));
  const height = Math.ceil(h + grown("scrollHeight", "clientHeight"));
  const root = document.documentElement;
  const dark = root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const page = document.createElement("div");
  page.setAttribute("xmlns", "http://www.w3.org/1999/xhtml");
  page.style.cssText = `width:${width}px;height:${height}px;display:flex;flex-direction:column;overflow:hidden;color:var(--ink);background:var(--panel);font:0.875rem/var(--leading) var(--font)`;
  copy.style.cssText += ";flex:1;min-height:0;border-radius:0;box-shadow:none";
  page.append(copy);
  const style = document.createElement("style");
  style.textContent = `${css}\n*,::before,::after{animation:none!important;transition:none!important}`;
  page.prepend(style);
  const html = new XMLSerializer().serializeToString(page);
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" data-theme="${dark}" lang="${root.lang}"><foreignObject width="100%" height="100%">${html}</foreignObject></svg>`;
  return { text, width, height };
}

async function draw({ text, width, height }, canvas) {
  const image = new Image();
  // As data: an image from a blob would taint the canvas.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  const scale = Math.min(canvas.width / width, canvas.height / height);
  context.drawImage(image, 0, 0, width * scale, height * scale);
}

function canvasFor({ width, height }) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
  return canvas;
}

const blobOf = (canvas) =>
  new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/png"));

/** Films the stage while time flows; ends when it stops. */
async function film(element) {
  const type = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"].find((one) => globalThis.MediaRecorder?.isTypeSupported(one));
  if (!type) throw new Error("this browser records no films");
  const css = styles();
  const canvas = canvasFor(picture(element, css));
  await draw(picture(element, css), canvas);
  const recorder = new MediaRecorder(canvas.captureStream(FRAMES_A_SECOND), { mimeType: type, videoBitsPerSecond: 4_000_000 });
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const ended = new Promise((done, failed) => {
    recorder.addEventListener("stop", done);
    recorder.addEventListener("error", ({ error }) => failed(error));
  });
  recorder.start(500);
  const begun = performance.now();
  const flows = () => document.querySelector("main")?.dataset.playing === "true";
  // A moment may pass until time flows.
  while (performance.now() - begun < LONGEST && (flows() || performance.now() - begun < 700)) {
    const next = performance.now() + 1000 / FRAMES_A_SECOND;
    const now = taken.stage();
    if (!now) break;
    await draw(picture(now, css), canvas);
    await new Promise((done) => setTimeout(done, Math.max(0, next - performance.now())));
  }
  recorder.stop();
  await ended;
  return new Blob(parts, { type: type.split(";")[0] });
}

/** Saves `what`: "yaml" and "text" are given, "svg-stage", "png-stage", "svg-time", "png-time" and "film" are taken. */
export async function save(what, name, text) {
  if (what === "yaml") return download(`${name}.yaml`, new Blob([text], { type: "application/yaml" }));
  if (what === "text") return download(`${name}-timeline.txt`, new Blob([text], { type: "text/plain" }));
  // The page may still have to show what is taken.
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const [format, part] = what === "film" ? ["film", "stage"] : what.split("-");
  const element = taken[part]();
  if (!element) throw new Error(`nothing to take: ${part}`);
  if (format === "film") {
    const blob = await film(element);
    return download(`${name}.${blob.type.split("/")[1]}`, blob);
  }
  const shown = picture(element, styles());
  if (format === "svg") return download(`${name}-${part}.svg`, new Blob([shown.text], { type: "image/svg+xml" }));
  const canvas = canvasFor(shown);
  await draw(shown, canvas);
  download(`${name}-${part}.png`, await blobOf(canvas));
}
