//! The codes of what is found before any rule is asked, with what they mean. `tests/rule_docs.rs` judges the examples.

/// `yaml/tab`: YAML indents with spaces; a TAB has no width that it could count.
///
/// Bad (the second line begins with a TAB):
/// ```yaml
/// metadata:
/// 	name: web
/// ```
/// Good:
/// ```yaml
/// metadata:
///   name: web
/// ```
#[expect(clippy::tabs_in_doc_comments, reason = "the example is about them")]
pub(super) const TAB: &str = "yaml/tab";

/// `yaml/syntax`: the text is no YAML. The line is the one that kubectl names; the fault may stand before it.
///
/// Bad:
/// ```yaml
/// metadata: {name: web
/// ```
/// Good:
/// ```yaml
/// metadata: {name: web}
/// ```
pub(super) const SYNTAX: &str = "yaml/syntax";

/// `yaml/anchor`: an alias needs an anchor of its name before it, and must not stand inside what it names.
///
/// Bad:
/// ```yaml
/// metadata: {labels: *labels}
/// ```
/// Good:
/// ```yaml
/// metadata: {labels: &labels {app: web}, annotations: *labels}
/// ```
pub(super) const ANCHOR: &str = "yaml/anchor";

/// `yaml/control-character`: characters below the blank, other than TAB and line breaks, cannot stand in a manifest.
///
/// They come from copying out of terminals and word processors. In double quotes they can be written as `\x07`.
pub(super) const CONTROL_CHARACTER: &str = "yaml/control-character";

/// `yaml/value`: the text is YAML, and says something that JSON cannot: a list as a key, a number without end.
///
/// kubectl sends JSON, so what JSON cannot say cannot be sent.
///
/// Bad:
/// ```yaml
/// metadata: {[a, b]: c}
/// ```
/// Good:
/// ```yaml
/// metadata: {annotations: {a: c, b: c}}
/// ```
pub(super) const VALUE: &str = "yaml/value";

/// `yaml/separator`: three dashes separate documents only if nothing but a comment follows them on their line.
///
/// Bad:
/// ```yaml
/// kind: Pod
/// --- next
/// kind: Pod
/// ```
/// Good:
/// ```yaml
/// kind: Pod
/// ---
/// kind: Pod
/// ```
pub(super) const SEPARATOR: &str = "yaml/separator";

/// `yaml/json`: a document that begins with a brace is read as JSON, which knows no comments and no bare words.
pub(super) const JSON: &str = "yaml/json";

/// `yaml/duplicate-key`: a key stands twice in one object. kubectl keeps the last one and says nothing.
///
/// Bad:
/// ```yaml
/// metadata: {labels: {app: a, app: b}}
/// ```
/// Good:
/// ```yaml
/// metadata: {labels: {app: b}}
/// ```
///
/// At run time only the last one counts, which is rarely the one that was read.
pub(super) const DUPLICATE_KEY: &str = "yaml/duplicate-key";

/// `client/type`: `apiVersion` and `kind` have to be there and to be text, and `metadata` has to have its types.
///
/// kubectl looks at them itself, before it sends anything.
///
/// Bad:
/// ```yaml
/// metadata: {labels: {version: 1.0}}
/// ```
/// Good:
/// ```yaml
/// metadata: {labels: {version: "1.0"}}
/// ```
pub(super) const TYPE_META: &str = "client/type";

/// `client/wide-colon`: a colon of full width (`：`), as keyboards for Chinese write it, is a letter like any other: what
/// stands around it is no key and value.
///
/// Bad:
/// ```yaml
/// kind：Pod
/// ```
/// Good:
/// ```yaml
/// kind: Pod
/// ```
pub(super) const WIDE_COLON: &str = "client/wide-colon";

/// `client/kind`: no cluster of this version serves such a kind in such a version.
///
/// Bad:
/// ```yaml
/// apiVersion: v1
/// kind: Deployment
/// ```
/// Good:
/// ```yaml
/// apiVersion: v1
/// kind: Pod
/// ```
pub(super) const KIND: &str = "client/kind";

/// `client/list`: the items of a `List` are checked by kubectl itself, against the published schema.
pub(super) const LIST: &str = "client/list";

/// `client/namespace`: a namespace becomes a part of the address that kubectl asks, so it can hold no `/` and no `%`.
///
/// Bad:
/// ```yaml
/// metadata: {namespace: a/b}
/// ```
/// Good:
/// ```yaml
/// metadata: {namespace: default}
/// ```
pub(super) const CLIENT_NAMESPACE: &str = "client/namespace";

/// `server/namespace`: an object can be made only in a namespace that is there, or that an earlier document makes.
///
/// Bad:
/// ```yaml
/// metadata: {namespace: shop}
/// ```
/// Good:
/// ```yaml
/// metadata: {namespace: default}
/// ```
pub(super) const SERVER_NAMESPACE: &str = "server/namespace";

/// `server/exists`: there is an object of this name, so it cannot be created again: an earlier document makes it, or every
/// cluster has it from its first minute on.
///
/// It can be changed all the same: `kubectl apply` patches what is there.
///
/// Bad:
/// ```yaml
/// apiVersion: v1
/// kind: ConfigMap
/// metadata: {name: a}
/// ---
/// apiVersion: v1
/// kind: ConfigMap
/// metadata: {name: a}
/// ```
/// Good:
/// ```yaml
/// apiVersion: v1
/// kind: ConfigMap
/// metadata: {name: a}
/// ---
/// apiVersion: v1
/// kind: ConfigMap
/// metadata: {name: b}
/// ```
pub(super) const EXISTS: &str = "server/exists";

/// `server/too-large`: the server reads no request that is longer than 3 MiB.
///
/// The store behind it takes less still: what is that large belongs into a volume or an image.
pub(super) const TOO_LARGE: &str = "server/too-large";

/// `decode/type`: a field holds a value of another type than the API has there.
///
/// A bare `20` is a number, a bare `yes` a truth value; where text is wanted they need quotes.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{name: a, image: busybox, command: [sleep, 20]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{name: a, image: busybox, command: [sleep, "20"]}]}
/// ```
pub(super) const TYPE: &str = "decode/type";

/// `decode/quantity`: an amount of memory, cpu or storage is written in a way that is none.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{name: a, image: busybox, resources: {limits: {memory: 1Gb}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{name: a, image: busybox, resources: {limits: {memory: 1Gi}}}]}
/// ```
pub(super) const QUANTITY: &str = "decode/quantity";

/// `decode/unknown-field`: the API has no field of this name here: a slip of the pen, or of the indentation.
///
/// Bad:
/// ```yaml
/// spec: {contianers: [{name: a, image: nginx}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{name: a, image: nginx}]}
/// ```
///
/// Older clusters dropped such fields without a word, and ran something else than was written.
pub(super) const UNKNOWN_FIELD: &str = "decode/unknown-field";

/// `admission/forbidden`: an admission plug-in of a fresh cluster refuses the object.
///
/// Bad:
/// ```yaml
/// spec: {priorityClassName: no-such-class}
/// ```
/// Good:
/// ```yaml
/// spec: {priorityClassName: system-node-critical}
/// ```
pub(super) const FORBIDDEN: &str = "admission/forbidden";

/// `podlab/not-simulated`: the cluster would take the object. Podlab checks what it can and does not simulate its kind.
pub(super) const NOT_SIMULATED: &str = "podlab/not-simulated";
