// The service worker: keeps the whole build, so that the page opens offline. `BUILD` is written by web/publish.mjs.
const { version, files } = BUILD;
const ours = `podlab ${registration.scope} `;
const name = ours + version;
const page = new URL("./", registration.scope).href;

addEventListener("install", (event) => {
  // Past the browser's own cache: an unhashed name there may still be of the build before.
  const requests = files.map((file) => new Request(new URL(file, page), { cache: "no-cache" }));
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(requests)));
});

// Only when the person asked for it: until then the old build keeps working in every tab.
addEventListener("message", (event) => event.data === "take-over" && skipWaiting());

addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then((keys) => {
      // The build before stays: tabs that are open may still ask for a part of it.
      const old = keys.filter((key) => key.startsWith(ours) && key !== name).slice(0, -1);
      return Promise.all(old.map((key) => caches.delete(key)));
    }),
  );
});

const kept = async (request) => {
  const key = request.mode === "navigate" ? page : request;
  const own = await caches.open(name);
  const found = await own.match(key, { ignoreSearch: true });
  return found ?? (await caches.match(key, { ignoreSearch: true })) ?? fetch(request);
};

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, href } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || !href.startsWith(page)) return;
  // Other pages below ours are not ours.
  if (request.mode === "navigate" && ![new URL(page).pathname, `${new URL(page).pathname}index.html`].includes(pathname)) return;
  event.respondWith(kept(request));
});
