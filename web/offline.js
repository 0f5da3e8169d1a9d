// Registers the service worker (web/worker.js), so that the page opens without a network after its first visit.
//
// A newer build waits until the person asks for it: the page hears `podlab-update` and offers a reload; it answers with
// `podlab-reload`. Nothing is taken from a tab that is open: the worker keeps the files of the build before.
// In the page of somebody else nothing is kept: its reader did not come for Podlab. The worker fetches all of the build, so
// it begins when the page has what it needs itself.
const embedded = new URLSearchParams(location.search).has("embed");
if (!embedded && isSecureContext && "serviceWorker" in navigator && location.protocol.startsWith("http")) {
  const offer = (worker) => {
    // The first visit has nothing older to replace.
    if (!worker || !navigator.serviceWorker.controller) return;
    addEventListener("podlab-reload", () => worker.postMessage("take-over"), { once: true });
    document.dispatchEvent(new CustomEvent("podlab-update"));
  };
  let asked = false;
  addEventListener("podlab-reload", () => (asked = true));
  navigator.serviceWorker.addEventListener("controllerchange", () => asked && location.reload());
  const keep = () =>
    navigator.serviceWorker
      .register(new URL("worker.js", document.baseURI))
      .then((registration) => {
        offer(registration.waiting);
        registration.addEventListener("updatefound", () => {
          const worker = registration.installing;
          worker?.addEventListener("statechange", () => worker.state === "installed" && offer(worker));
        });
      })
      // Without one (a private window, a full disk) the page works as long as the network does.
      .catch(() => undefined);
  if ("whole" in document.documentElement.dataset) keep();
  else addEventListener("podlab-whole", keep, { once: true });
}
