// The terminal: commands at the playhead, pipes, completion, history, what goes on, an edit, a branch of time.
import assert from "node:assert/strict";
import { pageTest, setUp } from "./browser.mjs";

setUp();

const screen = (page) => page.getByRole("log");
const prompt = (page) => page.locator("#terminal-input");

/** Opens the terminal once the first example has run for a while. */
async function openTerminal(page) {
  await page.getByLabel("Speed").selectOption("100");
  await page.getByRole("button", { name: "Again" }).waitFor();
  await page.getByRole("tab", { name: "Terminal" }).click();
  await prompt(page).waitFor();
}

/** Types a line, runs it, and gives what it printed once `until` is seen there. */
async function run(page, line, until) {
  await prompt(page).fill(line);
  await prompt(page).press("Enter");
  const block = page.locator(".terminal-block").last();
  await block.getByText(until).first().waitFor();
  return block.innerText();
}

pageTest("kubectl answers at the playhead, through pipes and files", {}, async ({ page }) => {
  await openTerminal(page);
  const pods = await run(page, "kubectl get pods", "Running");
  assert.match(pods, /NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE/);
  assert.match(await run(page, "k get nodes -o name | wc -l", /^1\s*$/), /1/);
  assert.match(await run(page, "k run x --image=nginx --dry-run=client -o yaml > x.yaml; cat x.yaml", "kind: Pod"), /image: nginx/);
  assert.match(await run(page, "k get foo", "resource type"), /error: the server doesn't have a resource type "foo"/);
  assert.match(await run(page, "nonsense", "command not found"), /nonsense: command not found/);
});

pageTest("a change begins a branch of time; what waits ends; what never ends is ended", {}, async ({ page }) => {
  await openTerminal(page);
  await run(page, "k run probe --image=nginx && k wait pod/probe --for=condition=Ready; echo waited", /^waited$/m);
  assert.match(await screen(page).innerText(), /pod\/probe created\s+pod\/probe condition met\s+waited/);
  await run(page, "k get pods -w", "NAME");
  await page.getByRole("button", { name: "Ctrl-C" }).click();
  await page.locator(".terminal-block").last().getByText("^C").waitFor();
  await run(page, "k get pods --no-headers | grep probe", "Running");
});

pageTest("Tab completes, the arrows and Ctrl-R recall, Escape and Tab leave", {}, async ({ page }) => {
  await openTerminal(page);
  await prompt(page).fill("k desc");
  await prompt(page).press("Tab");
  assert.equal(await prompt(page).inputValue(), "k describe ");
  await run(page, "echo one", /^one\s*$/);
  await run(page, "echo two", /^two\s*$/);
  await prompt(page).press("ArrowUp");
  await prompt(page).press("ArrowUp");
  assert.equal(await prompt(page).inputValue(), "echo one");
  await prompt(page).press("Control+c");
  await prompt(page).fill("one");
  await prompt(page).press("Control+r");
  assert.equal(await prompt(page).inputValue(), "echo one");
  await prompt(page).press("Escape");
  await prompt(page).press("Tab");
  assert.notEqual(await page.evaluate(() => document.activeElement.id), "terminal-input");
});

pageTest("an edit that is refused comes back with the reason, and replace --force takes the copy", {}, async ({ page }) => {
  await openTerminal(page);
  await run(page, "k run ed --image=nginx:1.27", "pod/ed created");
  await prompt(page).fill("k edit pod ed");
  await prompt(page).press("Enter");
  const editor = page.getByLabel("The object being edited");
  await editor.waitFor();
  assert.match(await editor.inputValue(), /^# Please edit the object below/);
  await editor.fill((await editor.inputValue()).replace("name: ed\n  namespace", "name: other\n  namespace"));
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("At least one of apiVersion, kind and name was changed").waitFor();
  assert.match(await run(page, "ls", "kubectl-edit"), /kubectl-edit-\d+\.yaml/);
});
