# The words of the page, in English. A message is `id = text`; see src/i18n/pattern.rs for what a text may hold.

## The frame
tagline = Kubernetes Pods, alive in your browser
examples = Examples
share = Share
share-title = Copy a link to this manifest and what you did
link-copied = The link is copied. It holds the whole manifest.
link-in-address = The link is in the address bar; copy it from there.
link-damaged = The link is cut off or damaged. Your own text is shown instead.
link-newer = The link was made by a newer Podlab. Your own text is shown instead.
link-too-large = The link holds more than this page reads. Your own text is shown instead.
update-ready = A newer Podlab is ready. Your text stays.
update-reload = Reload
update-later = Later
embed-open = Open in Podlab
embed-open-title = Open this manifest on a page of its own
language-switch = 切换到中文
language-other = 中文
theme-to-dark = Switch to dark
theme-to-light = Switch to light
help = Keyboard
help-about = Everything runs in this tab: nothing you write is sent anywhere. Time is virtual; the same manifest always gives the same run.
close = Close
pane-manifest = Manifest
pane-stage = Stage
pane-why = Why
panes = Panes

## Keys
key-play = Play or pause
key-step-on = To the next happening
key-step-back = To the happening before
key-start = To the start
key-zoom = Zoom the timeline
key-apply = Apply the manifest and run it from the start
key-problems = Next or previous problem
key-leave-editor = Leave the editor with the keyboard
key-undo = Undo in the editor
key-find = Find in the editor
key-help = This list

## The manifest
manifest = Manifest
simple-editor = Simple editor
full-editor = Full editor
simple-editor-title = A plain text area, for those who prefer one
reset = Reset
reset-title = Back to the example as it was
verdict-accepted = The cluster accepts this.
verdict-warnings = { $count ->
    [one] Accepted, with one warning.
   *[other] Accepted, with { $count } warnings.
}
verdict-refused = { $count ->
    [one] Refused: one problem.
   *[other] Refused: { $count } problems.
}
verdict-empty = There is no object in this text yet.
verdict-pending = checking…
verdict-large = This text is large: it is checked when you press Ctrl-Enter.
problems = Problems
problem-next = Next
problem-previous = Previous problem
problem-line = line { $line }
problem-related = See { $path }
problems-advice = { $count ->
    [one] One piece of advice
   *[other] { $count } pieces of advice
}
problems-hidden = { $count ->
    [one] One more problem is not shown.
   *[other] { $count } more problems are not shown.
}
severity-error = Error
severity-warning = Warning
severity-advice = Advice
editor-find = Find
editor-replace = Replace
editor-next = next
editor-previous = previous
editor-all = all
editor-match-case = match case
editor-by-word = by word
editor-regexp = regexp
editor-replace-one = replace
editor-replace-all = replace all

## Helping in the editor
edit = Edit
edit-fixes = Preview all fixes…
edit-fixes-what = See what would change before you accept it
edit-format = Format
edit-format-what = Even indentation; comments and quotes stay
edit-list = Turn the list around
edit-list-what = The list at the cursor: in brackets, or a line for each element
edit-explain = Explain the field
edit-explain-what = What the API says of the field at the cursor
edit-fold-all = Fold all
edit-fold-all-what = Show only the outermost lines
edit-unfold-all = Unfold all
edit-unfold-all-what = Show every line again
format-done = The text is laid out evenly already.
format-refused = The text is not valid YAML yet, so it is left as it is.
list-refused = There is no list at the cursor that can be turned around.
fixes-none = There is no fix for any of the problems.
diff-title = { $count ->
    [one] One fix
   *[other] { $count } fixes
}
diff-lines = What changes
diff-removed = removed
diff-added = added
diff-accept = Accept
diff-cancel = Leave it
editor-required = required
hover-default = default { $default }
hover-values = one of { $values }
hover-immutable = cannot be changed later
hover-unknown = no field of the API
editor-completions = Completions
editor-no-problems = No problems
editor-fold = Fold the line
editor-unfold = Unfold
editor-folded = folded lines
editor-folded-lines = Folded lines
editor-unfolded-lines = Unfolded lines
editor-to = to
editor-current-match = current match
editor-on-line = on line
key-complete = Complete in the editor
key-explain = Explain the field at the cursor
key-fixes = Preview all fixes
key-format = Format the manifest
key-list = Turn the list at the cursor around

## The stage
tab-stage = Stage
tab-events = Events
tab-yaml = YAML
tab-logs = Logs
tab-table = Table
tab-terminal = Terminal
tabs-stage = What the cluster shows
stale = The text is refused. You see the last accepted version.
refused-create = The API server refused to create an object: { $message }
stage-nothing = Once the cluster accepts the manifest, it comes to life here.
stage-nothing-yet = Nothing is there yet. Press play, or step to the first happening.
stage-all = All Pods
stage-init = Init containers, one after another
stage-sidecars = Starts first and stays
stage-init-and-sidecars = Started in this order; the striped ones stay
stage-apps = Containers
stage-apps-after = App containers, after everything above has let them start
stage-ephemeral = Added to debug
stage-network = one network for all containers
fact-ready = Ready
fact-restarts = Restarts
fact-node = Node
fact-ip = IP
pod-grace = Being deleted with { $grace } s of grace; { $left } left until what still runs is killed.
state-for = for { $span }
state-exit = exit code { $code }
state-assumed = taken for a server
state-attempt = try { $number }
timer-back-off = next try in { $left }
timer-grace = killed in { $left }
probe-ok = passes
probe-failed = fails { $failures }/{ $threshold }
probe-none = not asked yet
owner-counts = { $ready } ready, { $current } of { $desired }
owner-revision = revision { $revision }

## What is done on the stage, and what runs on
timer-any-moment = next try at any moment
state-ends = done in { $left }
state-left = { $left } left
state-waits = Waiting for { $name }
state-stops-after = stops after { $name }
tries = Tries
try-ended = Try { $number }: exit code { $code } ({ $reason }) at { $clock }
hook-running = { $hook } is running
hook-done = { $hook } is done
hook-failed = { $hook } failed
signal-at = SIG{ $name } at { $clock }
stop-term-to-come = SIGTERM next
stop-term-after-hook = SIGTERM after preStop
stop-term-sent = SIGTERM sent at { $clock }
stop-kill-left = SIGKILL in { $left }
stop-kill-sent = SIGKILL sent at { $clock }
probe-passed = passed
probe-gated = waits for startup
probe-off = off
probe-next = next in { $left }
conditions = Conditions
nodes = Nodes
node-none = Not on a node yet
node-lost = lost (still says { $word })
node-pods = { $count ->
    [one] 1 Pod
   *[other] { $count } Pods
}
break-it = Break it
break-title = Do something to the cluster at this moment
break-nothing = There is no Pod at this moment.
break-pod = Pod
break-container = Container
break-kill = Kill with
break-exit-code = exit code
break-probe = The { $probe } probe
break-probe-own = { $probe }: as is
break-probe-fail = { $probe }: fails
break-probe-pass = { $probe }: passes
break-image-off = Image missing
break-image-on = Image back
break-image-title = Whether { $name } can be pulled
break-delete = Delete
break-delete-title = kubectl delete pod: with its own grace
break-delete-now = Delete now
break-delete-now-title = kubectl delete pod --force --grace-period=0
break-evict = Evict
break-evict-title = As kubectl drain does
break-node-down = Lose { $name }
break-node-up = Bring { $name } back
deeds = What you did
deeds-lane = You
deed-kill = killed { $name } (exit code { $code })
deed-probe-fail = { $probe } of { $name } fails
deed-probe-pass = { $probe } of { $name } passes
deed-probe-own = { $probe } of { $name } as it is
deed-node-down = lost { $name }
deed-node-up = brought { $name } back
deed-image-off = { $name } is missing
deed-image-on = { $name } is back
deed-delete = deleted { $name }
deed-delete-grace = deleted { $name } with { $grace } s of grace
deed-evict = evicted { $name }
deed-undo = Take back: { $what }
act-refused = The API server refused that. The events say why.
act-branched = You acted in the past: from here the run goes another way, and what you had done later is dropped.
until = Run until
until-ready = Ready
until-ready-note = Every Pod that is not finished is ready
until-restart = The next restart
until-restart-note = A container is started again
until-error = An error
until-error-note = A container fails, or something new is warned of
until-end = The end
until-end-note = Nothing new happens any more
until-looking = Looking ahead: { $clock }
until-stop = Stop looking
never-ready = That moment never comes by itself: not everything becomes ready in what lies ahead.
never-restart = That moment never comes by itself: nothing is started again in what lies ahead.
never-error = That moment never comes by itself: nothing fails in what lies ahead.
never-end = It has no end: after four hours it still goes on.
never-more = This is the end: nothing new happens after this moment.
mark-event = Event
mark-warning = Warning
mark-probe-ok = Probe passes
mark-probe-failed = Probe fails
mark-hook = Hook
mark-signal = Signal
mark-exit = Exit
mark-action = You

## Words of states
word-Waiting = Waiting
word-Pulling = Pulling the image
word-Creating = Creating
word-Running = Running
word-Ready = Ready
word-Completed = Completed
word-Error = Error
word-Terminating = Terminating
word-PodInitializing = Waiting for init
word-ContainerCreating = Creating
word-Available = Available
word-Progressing = Progressing
word-Complete = Complete
word-Failed = Failed
word-Scaled-down = Scaled down
role-init = init
role-sidecar = sidecar
role-app = app
role-ephemeral = debug

## Why, events, YAML, logs, table
why = Why
why-next = Next:
why-when = at { $clock }, in { $left }
why-line = Show line { $line }
why-nothing = Select a Pod or a container to learn why it is in its state.
events-title = Latest events
events-none = No events yet.
yaml-none = Nothing is there yet at this moment.
# The terminal
terminal-output = What the commands printed
terminal-input = Command
terminal-hint = kubectl talks to the cluster at the playhead. Try “kubectl get pods -o wide”, “k describe pod NAME”, “k apply -f manifest.yaml”, or “help”.
terminal-keys = Tab completes; Escape and then Tab leaves the terminal. The up and down arrows walk through what was typed, Control-R searches it, Control-C ends what is running.
terminal-running = Running; Ctrl-C ends it
terminal-run = Run
terminal-older = The command before
terminal-newer = The command after
terminal-shell = A command for the container; exit or Ctrl-D leaves it
terminal-leave = Leave the container’s shell
terminal-branch = This changed the past: what came after this moment begins anew from here.
terminal-edit = The object being edited
terminal-save = Save
terminal-cancel = Close without saving

logs-none = No container has written anything yet.
column-time = Time
column-type = Type
column-reason = Reason
column-object = Object
column-message = Message
column-name = Name
column-status = Status
column-age = Age
column-pod = Pod
column-container = Container
column-role = Role
column-state = State
column-detail = Detail
column-from = From
column-to = To
table-pods = Pods at { $clock }
table-containers = Containers at { $clock }

## The timeline
timeline = Timeline
controls = Playback
play = Play
pause = Pause
replay = Again
to-start = To the start
step-back = To the happening before
step-on = To the next happening
speed = Speed
playhead = Moment
further = Run on
nothing-more = Nothing more happens by itself.
zoom-in = Zoom in
zoom-out = Zoom out
zoom-fit = Show everything
lanes-empty = The life of each container is drawn here.
lanes-hidden = { $count ->
    [one] One more Pod; select it on the stage to see its containers.
   *[other] { $count } more Pods; select one on the stage to see its containers.
}
span-seconds = { $s } s
span-minutes = { $min } min { $s } s
span-hours = { $h } h { $min } min

## When the program fails
mishap-title = Podlab has stopped
mishap-text = This is a fault of Podlab, not of your manifest. Your text is kept. Reload to go on; the details below help to mend it.
mishap-details = Details
mishap-copy = Copy details
mishap-reload = Reload

## Examples
example-web-with-init-title = A web Pod, from first to last
example-web-with-init-story = A native sidecar starts and stays, two init containers do their work in order, then web and cache start together and share volumes and localhost.
example-lesson-init-title = Lesson: an init container
example-lesson-init-story = The init container clones a repository and ends; only then does the app start.
example-lesson-tabs-title = Lesson: the manifest with TABs
example-lesson-tabs-story = YAML forbids TABs in indentation. See where and why, and mend it by one click: a web server and its log agent in one Pod.
example-init-chain-title = Init containers, one fails twice
example-init-chain-story = Three steps in order. The second fails, waits 10 s, fails again, waits 20 s, and succeeds; nothing after it starts before.
example-native-sidecar-title = A native sidecar
example-native-sidecar-story = The proxy is an init container that stays. What comes after it waits for its startup probe.
example-crash-loop-title = CrashLoopBackOff
example-crash-loop-story = A container that fails again and again, and the growing waits between its tries.
example-probes-title = Startup, readiness, liveness
example-probes-story = Three probes ask the same container three questions. One makes it wait, one takes it out, one restarts it.
example-image-missing-title = An image that does not exist
example-image-missing-story = ErrImagePull, then ImagePullBackOff: why the Pod never starts.
example-deployment-title = A Deployment of three
example-deployment-story = More users, more Pods: each new Pod brings the web server and its log agent.
example-job-with-sidecar-title = A Job with a sidecar
example-job-with-sidecar-story = The work ends, the sidecar is stopped, the Job is complete.

## State words of containers
word-Starting = Starting
word-Stopping = Stopping
word-PreStop = Running its preStop hook
word-PostStart = Running its postStart hook

## Explanations: why something is as it is
why-ask = Why?
why-scheduling-gated = Its scheduling gates are closed: no scheduler looks at it until they are removed.
why-unschedulable = No node can take it: { $message }
why-unscheduled = It was just created. The scheduler is about to choose a node.
why-waits-for-volume = The volume { $volume } cannot be mounted, and nothing starts before every volume is: { $message }
why-waits-for-init = It waits for { $init }: init containers run one after another, and each must succeed before the next begins.
why-waits-for-sidecar = It waits for the sidecar { $sidecar }, which has to be started (and pass its startup probe) before what comes after it.
why-waits-for-earlier = It waits for { $container }: the containers of a Pod are started in the order they are written.
why-waits-for-turn = Its turn comes next.
why-mounts-volumes = The node is mounting the Pod's volumes; nothing starts before they are all there.
why-sandbox-starting = The node is making the Pod's sandbox: the network that all its containers share.
why-sandbox-failed = The Pod's sandbox could not be made and is tried again: { $message }
why-pulling = The node is pulling the image { $image }.
why-creating = The node is making the Pod's sandbox and the container.
why-starting = Its process runs; its startup probe has not passed yet, so the other probes wait.
why-startup-probe = Its startup probe fails ({ $failures } of { $threshold } allowed): { $message }
why-running-init = It does its work and then ends. What comes after it waits.
why-running = Its process runs. It has no readiness probe, so running is enough to be ready.
why-not-ready-yet = Its process runs, but its readiness probe has not passed yet: Services send it nothing.
why-not-ready-probe = Its process runs, but its readiness probe fails ({ $failures } in a row), so Services send it nothing: { $message }
why-ready = It runs and is ready: Services may send it requests.
why-post-start = Its postStart hook is running; { $container } does not count as started before the hook ends.
why-pod-deleted = The Pod is being deleted.
why-pre-stop = Its preStop hook is running; SIGTERM follows when the hook ends.
why-stopping = It got SIGTERM and may finish until its grace is over; then SIGKILL ends it.
why-killed-by-probe = Its { $probe } probe failed { $threshold } times in a row, so the kubelet kills the container.
why-stops-after = Sidecars stop last and in reverse order: it waits for { $others }.
why-crash-back-off = It ended with exit code { $code } (try { $attempts }). The kubelet waits { $delay } before it starts it again; the wait doubles with each failure, up to 5 minutes.
why-image-back-off = The image could not be pulled. The kubelet waits { $delay } before it tries again; the wait doubles, up to 5 minutes. { $message }
why-pull-failed = The image cannot be pulled: { $message }
why-cannot-start = It cannot be started ({ $reason }): { $message }
why-init-done = It has done its work and ended with exit code 0, so what comes after it may go on.
why-completed = Its process ended with exit code 0.
why-failed = Its process ended with exit code { $code } ({ $reason }).
why-killed = SIGKILL ended it, with exit code { $code }: its process could not finish any more.
why-oom = It used more memory than its limit allows, and the system killed it (exit code { $code }).
why-liveness-failing = But its liveness probe fails ({ $failures } of { $threshold }): at { $threshold } in a row the container is killed. { $message }
why-readiness-failing = But its readiness probe fails ({ $failures } of { $threshold }): at { $threshold } in a row Services send it nothing more. { $message }
why-not-restarted = It stays as it is: restartPolicy is { $policy }.
why-pod-container = { $container } decides it.
why-pod-ready = Every container runs and is ready.
why-pod-succeeded = Every container ended with exit code 0 and none is started again: the Pod is finished.
why-pod-failed = The Pod has failed and is not started again. { $message }
next-retry-volume = the kubelet tries to mount the volume again
next-pull-again = the image of { $container } is pulled again
next-restart = { $container } is started again
next-start = { $container } is started
next-probe = the { $probe } probe asks again
next-kill = SIGKILL for what still runs
next-gone = the Pod goes away once everything has stopped
next-bound = the scheduler binds it to a node
next-ends = { $container } ends with exit code { $code }
next-hook = the { $hook } hook ends
next-its-turn = its own turn comes: SIGTERM
next-nothing = nothing by itself; it stays as it is

## Fixes
fix-tabs-to-spaces = Turn TABs into spaces
fix-space-after-colon = Put a blank behind the colon
fix-quote-value = Quote it: { $value }
fix-unquote-value = Write { $value }
fix-make-list = Make it a list
fix-no-list = Make it one object, without dashes
fix-run-in-shell = Run it in a shell
fix-quantity = Write { $value }
fix-field-case = Write { $value }
fix-field-name = Write { $value }
fix-move = Move it to { $value }
fix-match-labels = Put it under matchLabels
fix-drop-field = Remove { $value }
fix-kind = Write { $value }
fix-api-version = Use { $value }
fix-write = Write { $value }
fix-add = Add { $value }
fix-remove = Remove { $value }
fix-rename = Call it { $value }
fix-label-pods = Give the Pods the labels that are selected
fix-select-pods = Select the labels that the Pods have
fix-raise-limit = Raise the limit to { $value }
fix-lower-request = Lower the request to { $value }
fix-add-volume = Add an empty volume { $value }
fix-make-sidecar = Make it a sidecar that stays

## Rules in plain words. A rule without a message of its own is explained by its group's.
rule-yaml = The text is not YAML as Kubernetes reads it, so nothing in this document can be used.
rule-yaml-tab = YAML indents with spaces only. A TAB here looks right but has no width that YAML could count.
rule-yaml-duplicate-key = The same key stands twice in one place; only one of them can hold.
rule-yaml-anchor = An alias needs an anchor of that name before it.
rule-yaml-json = This document begins like JSON and is read as JSON, which is stricter than YAML.
rule-client = kubectl itself refuses this and sends nothing to the cluster.
rule-client-kind = Every object says what it is by apiVersion and kind, and the cluster must know that pair.
rule-client-type = This field expects a value of another type. A bare number or true/false is not text: put it in quotes.
rule-decode = The server cannot read this field.
rule-decode-type = This field expects a value of another type.
rule-decode-unknown-field = There is no such field here. Look for a slip in its name or in the indentation.
rule-admission = A rule of the cluster forbids this.
rule-server = The server has no place for this object.
rule-metadata = Names, labels and annotations follow fixed rules so that they can be used in addresses and selectors.
rule-metadata-name = A name is used in addresses: small letters, digits, "-" and ".", with a letter or digit at both ends.
rule-metadata-labels = A label is a short word of letters, digits, "-", "_" and "."; longer texts belong into annotations.
rule-pod = This field of the Pod breaks a rule.
rule-pod-containers = A Pod needs at least one container.
rule-pod-restart-policy = restartPolicy says what happens when a container ends: Always, OnFailure or Never.
rule-container = This field of a container breaks a rule.
rule-container-name = Each container has a name of small letters, digits and "-", by which logs and events speak of it.
rule-container-duplicate-name = Two containers of one Pod, init containers included, cannot share a name.
rule-container-image = A container needs an image to run.
rule-container-pull-policy = imagePullPolicy is Always, IfNotPresent or Never.
rule-container-restart-policy = Of init containers only Always is allowed here: it makes the container a sidecar that stays.
rule-probe = This probe cannot work as written.
rule-probe-number = The numbers of a probe cannot be negative; 0 stands for the default.
rule-probe-success-threshold = For startup and liveness one success has to be enough.
rule-handler = A probe or hook asks in exactly one way: exec, httpGet, tcpSocket, grpc or sleep.
rule-port = This port cannot be used.
rule-port-container-port = A port is a number from 1 to 65535.
rule-port-name = A port's name has at most 15 small letters, digits and "-", with a letter among them.
rule-mount = This mount does not fit.
rule-mount-name = A mount names a volume of the Pod, and there is none of this name under volumes.
rule-mount-path = A mount path is where the container sees the volume; each may be used once.
rule-volume = This volume is not complete.
rule-volume-name = Volumes have names of small letters, digits and "-", each once.
rule-volume-one-source = A volume comes from exactly one source, such as emptyDir or configMap.
rule-env = This environment variable is not complete.
rule-env-name = A variable needs a name.
rule-resources = Requests and limits are amounts like 500m (CPU) or 128Mi (memory).
rule-resources-request-above-limit = What is requested cannot be more than the limit.
rule-security = This security setting contradicts another, or has a value that is not known.
rule-affinity = This affinity cannot be evaluated.
rule-selector = This selector cannot be evaluated.
rule-toleration = This toleration does not fit any taint.
rule-spread = This spread constraint cannot be evaluated.
rule-dns = This DNS setting cannot be used.
rule-downward = This field cannot be passed to the container.
rule-claim = This claim is not complete.
rule-windows = This Windows setting does not fit.
rule-podlab = The cluster accepts this; Podlab has a word to say.
rule-podlab-sim = Podlab does not know this word of the annotation, so it takes the container for what its image says.
rule-podlab-not-simulated = The cluster would take this object. Podlab checks what it can and does not simulate it.
rule-advice = The cluster says nothing to this; it is advice for the running.
rule-advice-latest-tag = Without a fixed tag the image can change under the same name, and two Pods may run different programs.
rule-advice-no-resources = Without a request the scheduler takes the container for weightless, and it is the first to go when memory runs short.
rule-advice-job-sidecar = This helper never ends, so the Job is never complete. As an init container with restartPolicy: Always it is stopped when the work is done.
rule-init-container = This field is only for some init containers.
rule-init-container-only-for-sidecars = Only an init container that stays (restartPolicy: Always) can have this; another one runs once to its end.
rule-ephemeral-container = An ephemeral container is for debugging and may not have this.
rule-scheduling = This scheduling setting works otherwise than it reads.
# Changes of objects that are there already.
rule-update = An object that is there already cannot be changed in this way.
rule-update-identity = Name, namespace and uid make an object the one it is; with others it would be another object.
rule-update-pod-spec = A Pod keeps nearly everything it was started with. Delete it and make a new one, or let a Deployment do that.
rule-update-selector = With another selector the controller would lose its own Pods and take others.
rule-update-immutable = What says immutable: true never changes again; make a new one under another name.

rule-namespace = This field of the Namespace breaks a rule.
rule-statefulset = This field of the StatefulSet breaks a rule.
rule-statefulset-selector-matches-template = The selector has to fit the labels of the template, or the Pods it makes would not be its own.
rule-statefulset-restart-policy = Pods of this kind are kept running, so their restartPolicy can only be Always.
rule-workload = This number or name does not fit.
rule-hpa = This autoscaler cannot work as written.
rule-cronjob = This field of the CronJob breaks a rule.
rule-deployment = This field of the Deployment breaks a rule.
rule-deployment-selector-matches-template = The selector has to fit the labels of the template, or the Pods it makes would not be its own.
rule-deployment-restart-policy = Pods of this kind are kept running, so their restartPolicy can only be Always.
rule-daemonset = This field of the DaemonSet breaks a rule.
rule-daemonset-selector-matches-template = The selector has to fit the labels of the template, or the Pods it makes would not be its own.
rule-daemonset-restart-policy = Pods of this kind are kept running, so their restartPolicy can only be Always.
rule-job = This field of the Job breaks a rule.
rule-service = This field of the Service breaks a rule.
rule-config = This ConfigMap or Secret cannot hold that.
rule-secret = A Secret of this type has to hold certain keys.
rule-ip = Write the address in its usual form.
rule-job-restart-policy = A Job ends some day, so the restartPolicy of its Pods is OnFailure or Never.
rule-cronjob-schedule = A schedule has five fields: minute, hour, day of the month, month, day of the week.
rule-service-ports = A Service needs at least one port.
