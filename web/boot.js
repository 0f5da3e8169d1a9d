// Runs before everything else: says what went wrong when the program cannot start.
const failed = (event) => {
  const boot = document.getElementById("boot");
  if (!boot) return;
  const why = event.reason ?? event.error ?? event.message ?? event.target?.src ?? "";
  boot.textContent = `Podlab could not start: ${why}. Podlab 无法启动。`;
};
addEventListener("error", failed, true);
addEventListener("unhandledrejection", failed);
addEventListener("podlab-started", () => {
  removeEventListener("error", failed, true);
  removeEventListener("unhandledrejection", failed);
  document.getElementById("boot")?.remove();
});

// The words of the page's language are asked for before the program is here that reads them. Which language that is the
// program decides in the same way (src/ui/platform/settings.rs); should it want another one, it fetches that.
{
  const names = document.querySelector('meta[name="podlab-files"]')?.content.split(" ") ?? [];
  const spoken = () => {
    try {
      return localStorage.getItem("podlab.lang");
    } catch {
      return null;
    }
  };
  const wanted = new URLSearchParams(location.search).get("lang") ?? spoken() ?? navigator.language;
  const words = /^zh\b/i.test(wanted) ? "zh-CN.ftl" : "en.ftl";
  const there = names.map((pair) => pair.split("=")).find(([name]) => name === words)?.[1];
  if (there) {
    const text = async () => {
      const answer = await fetch(new URL(there, document.baseURI));
      return answer.ok ? answer.text() : undefined;
    };
    globalThis.podlabEarly = { [words]: text().catch(() => undefined) };
  }
}
