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

pageTest("what a command printed last is in sight, however long it is", {}, async ({ page }) => {
  await openTerminal(page);
  for (const [line, last] of [["kubectl create --help", "applies to all commands"], ["kubectl get pods", "Running"], ["kubectl rollout --help", "applies to all commands"]]) {
    await run(page, line, last);
    const hidden = () => screen(page).evaluate((it) => it.scrollHeight - it.clientHeight - it.scrollTop);
    assert.ok((await hidden()) <= 1, `${line}: ${await hidden()} pixels lie below`);
  }
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

pageTest("a shell in a container takes lines until it is left", {}, async ({ page }) => {
  await openTerminal(page);
  const sign = page.locator(".terminal-sign");
  await run(page, "k run box --image=busybox -- sleep 3600 && k wait pod/box --for=condition=Ready", "condition met");
  await prompt(page).fill("k exec -it box -- sh");
  await prompt(page).press("Enter");
  await sign.getByText("/ #").waitFor();
  assert.match(await run(page, "cd /tmp; pwd", /^\/tmp\s*$/m), /\/ # cd \/tmp; pwd/);
  await sign.getByText("/tmp #").waitFor();
  await prompt(page).fill("X=kept");
  await prompt(page).press("Enter");
  await run(page, "echo $X > f; cat f", /^kept\s*$/m);
  await run(page, "exit 3", "command terminated with exit code 3");
  await sign.getByText("$").waitFor();
  await run(page, "k exec box -- cat /tmp/f", /^kept\s*$/m);
});

pageTest("a container that crashes takes no exec, and a debug container beside it does", {}, async ({ page }) => {
  await openTerminal(page);
  const sign = page.locator(".terminal-sign");
  await run(page, "k run bad --image=busybox -- sh -c 'exit 1'; k wait pod/bad --for=jsonpath='{.status.containerStatuses[0].state.waiting.reason}'=CrashLoopBackOff", "condition met");
  assert.match(await run(page, "k exec bad -- ls", "container not found"), /unable to upgrade connection: container not found \("bad"\)/);
  await run(page, "k debug -it bad --image=busybox --target=bad", "try pressing enter");
  await sign.getByText("/ #").waitFor();
  assert.match(await run(page, "echo beside", /^beside\s*$/m), /beside/);
  await page.screenshot({ path: "target/screenshots/terminal-debug.png" });
  await page.getByRole("button", { name: "Ctrl-D" }).click();
  await page.locator(".terminal-block").last().getByText("Session ended, the ephemeral container will not be restarted").waitFor();
  await run(page, "k get pod bad -o jsonpath='{.spec.ephemeralContainers[*].targetContainerName}'", /^bad\s*$/m);
});

pageTest("what an edit may not change comes back, is kept, and is taken by replace --force", {}, async ({ page }) => {
  await openTerminal(page);
  await run(page, "k run ed --image=nginx:1.27", "pod/ed created");
  await prompt(page).fill("k edit pod ed");
  await prompt(page).press("Enter");
  const editor = page.getByLabel("The object being edited");
  await editor.waitFor();
  await editor.fill((await editor.inputValue()).replace("restartPolicy: Always", "restartPolicy: Never"));
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText('error: pods "ed" is invalid').waitFor();
  const again = await editor.inputValue();
  assert.match(again, /# pods "ed" was not valid:\n# \* spec: Forbidden: pod updates may not change fields other than/);
  assert.ok(await page.locator("#pane-manifest .edit-pane").isVisible());
  await page.screenshot({ path: "target/screenshots/terminal-edit.png" });
  await page.getByRole("button", { name: "Save" }).click();
  const kept = page.getByText("A copy of your changes has been stored to");
  await kept.waitFor();
  const file = (await kept.innerText()).match(/"(\/tmp\/kubectl-edit-\d+\.yaml)"/)[1];
  assert.match(await run(page, `k replace --force -f ${file}`, "pod/ed replaced"), /pod "ed" deleted from default namespace/);
  await run(page, "k get pod ed -o jsonpath='{.spec.restartPolicy}'", /^Never\s*$/m);
});

pageTest("a forwarded port takes requests until it is ended", {}, async ({ page }) => {
  await openTerminal(page);
  await run(page, "k run site --image=nginx --port=80 && k wait pod/site --for=condition=Ready", "condition met");
  await run(page, "k port-forward pod/site 8080:80", "Forwarding from 127.0.0.1:8080 -> 80");
  await page.locator(".terminal-sign").getByText("GET").waitFor();
  const panel = page.getByRole("group", { name: "Requests to Pod site, port 80, through 127.0.0.1:8080" });
  await panel.locator("textarea").fill("/");
  await panel.getByRole("button", { name: "Send" }).click();
  const answer = page.locator(".terminal-block").last();
  await answer.getByText("Handling connection for 8080").waitFor();
  assert.match(await answer.innerText(), /nginx/);
  await page.screenshot({ path: "target/screenshots/terminal-request.png" });
  assert.match(await run(page, "/nosuch", "Handling connection for 8080"), /404/);
  await page.getByRole("button", { name: "Ctrl-C" }).click();
  await page.locator("#request-head").waitFor({ state: "detached" });
  await run(page, "echo after", /^after\s*$/m);
});

pageTest("a megabyte is pasted and the page lives on", {}, async ({ page }) => {
  await openTerminal(page);
  await prompt(page).evaluate((area, text) => {
    area.value = text;
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }, `echo ${"x".repeat(1 << 20)} | wc -c`);
  await prompt(page).press("Enter");
  await page.locator(".terminal-block").last().getByText(/^1048577\s*$/m).first().waitFor();
  await run(page, "k explain pod.spec.restartPolicy", "Restart policy for all containers");
});

pageTest("an empty terminal offers commands, and its help speaks the language of the page", { locale: "zh-CN" }, async ({ page }) => {
  await page.locator("#show-tab-terminal").click();
  await page.getByRole("button", { name: "kubectl get pods -o wide" }).click();
  await page.locator(".terminal-block").getByText("NOMINATED NODE").waitFor();
  assert.equal(await page.locator(".terminal-try").count(), 0);
  assert.match(await run(page, "help", "播放头"), /k get pods -o wide/);
});
