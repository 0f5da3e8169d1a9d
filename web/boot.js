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
