use super::*;

/// Completes a text at its `▮`.
fn at(marked: &str) -> (String, Vec<Completion>) {
    let offset = marked.find('▮').unwrap();
    let text = marked.replace('▮', "");
    let found = complete(&text, offset);
    for completion in &found {
        assert!(text.get(completion.span.start..completion.span.end).is_some(), "{completion:?}");
        assert!(completion.span.touches(offset), "{completion:?}");
    }
    (text, found)
}

/// The labels of what begins with the word at the cursor.
fn labels(marked: &str) -> Vec<String> {
    let (text, found) = at(marked);
    let word = |it: &Completion| text[it.span.start..it.span.end].to_owned();
    found.iter().filter(|it| it.label.starts_with(&word(it))).map(|it| it.label.clone()).collect()
}

/// The first few labels.
fn first(marked: &str, count: usize) -> Vec<String> {
    labels(marked).into_iter().take(count).collect()
}

/// The text after the completion of this label.
fn after(marked: &str, label: &str) -> String {
    let (text, found) = at(marked);
    let chosen = found.iter().find(|it| it.label == label);
    let chosen = chosen.unwrap_or_else(|| panic!("{label} is not among {:?}", labels(marked)));
    let edit = crate::text::TextEdit::replace(chosen.span, format!("{}▮", chosen.insert));
    // The cursor of the test stands where the word ends.
    crate::text::apply(&text, &[edit])
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n";

fn pod(rest: &str) -> String {
    format!("{POD}{rest}")
}

#[test]
fn an_empty_text_begins_with_version_kind_and_metadata() {
    assert_eq!(labels("▮"), ["apiVersion", "kind", "metadata"]);
    assert_eq!(labels("apiVersion: v1\nk▮"), ["kind"]);
    assert_eq!(labels("apiVersion: v1\nkind: Pod\n---\n▮\n"), ["apiVersion", "kind", "metadata"]);
    assert_eq!(after("▮", "apiVersion"), "apiVersion: ▮");
}

#[test]
fn kinds_and_versions_fit_together() {
    assert_eq!(first("kind: ▮", 3), ["Pod", "Deployment", "Service"]);
    assert_eq!(first("apiVersion: apps/v1\nkind: ▮\n", 2), ["Deployment", "StatefulSet"]);
    assert_eq!(first("apiVersion: ▮\nkind: CronJob\n", 1), ["batch/v1"]);
    assert_eq!(first("kind: HorizontalPodAutoscaler\napiVersion: ▮", 2), ["autoscaling/v2", "autoscaling/v1"]);
}

#[test]
fn fields_come_by_type_what_is_required_first_and_none_twice() {
    assert_eq!(first(&pod("spec:\n  ▮\n"), 2), ["containers", "initContainers"]);
    let container = pod("spec:\n  containers:\n  - name: a\n    ▮\n    command: [x]\n");
    assert_eq!(first(&container, 3), ["image", "args", "workingDir"]);
    assert!(!labels(&container).contains(&"command".to_owned()));
    assert_eq!(labels(&pod("spec:\n  containers:\n  - name: a\n    imageP▮\n    image: x\n")), ["imagePullPolicy"]);
    assert!(!labels(&pod("▮")).contains(&"status".to_owned()));
    let (_, found) = at(&pod("spec:\n  ▮\n"));
    let containers = &found[0];
    assert_eq!((containers.detail.as_str(), containers.required), ("[]Container", true));
    assert_eq!(containers.doc, "PodSpec.containers");
}

#[test]
fn a_field_opens_its_value() {
    assert_eq!(after(&pod("sp▮"), "spec"), pod("spec:\n  ▮"));
    assert_eq!(after(&pod("spec:\n  ▮\n"), "containers"), pod("spec:\n  containers:\n  - name: ▮\n"));
    let deeper = pod("spec:\n  initContainers:\n    - name: a\n  ▮\n");
    assert_eq!(
        after(&deeper, "containers"),
        pod("spec:\n  initContainers:\n    - name: a\n  containers:\n    - name: ▮\n")
    );
    let container = "spec:\n  containers:\n  - name: a\n    ▮\n";
    assert_eq!(after(&pod(container), "image"), pod("spec:\n  containers:\n  - name: a\n    image: ▮\n"));
    assert_eq!(
        after(&pod(container), "resources"),
        pod("spec:\n  containers:\n  - name: a\n    resources:\n      ▮\n")
    );
    assert_eq!(after(&pod(container), "command"), pod("spec:\n  containers:\n  - name: a\n    command:\n    - ▮\n"));
    assert_eq!(
        after(&pod(container), "ports"),
        pod("spec:\n  containers:\n  - name: a\n    ports:\n    - containerPort: ▮\n")
    );
    assert_eq!(after(&pod("spec:\n  containers:\n  - ▮\n"), "name"), pod("spec:\n  containers:\n  - name: ▮\n"));
    let renamed = pod("spec:\n  containers:\n  - name: a\n    ima▮: nginx\n");
    assert_eq!(after(&renamed, "image"), pod("spec:\n  containers:\n  - name: a\n    image▮: nginx\n"));
}

#[test]
fn an_element_can_be_begun_without_its_dash() {
    assert_eq!(after(&pod("spec:\n  containers:\n    ▮\n"), "name"), pod("spec:\n  containers:\n    - name: ▮\n"));
    assert_eq!(
        first(&pod("spec:\n  containers:\n  ▮\n"), 1),
        ["initContainers"],
        "at the key's own level are its siblings"
    );
}

#[test]
fn closed_values_are_offered() {
    assert_eq!(labels(&pod("spec:\n  restartPolicy: ▮\n")), ["Always", "OnFailure", "Never"]);
    assert_eq!(labels(&pod("spec:\n  restartPolicy: O▮\n")), ["OnFailure"]);
    assert_eq!(labels(&pod("spec:\n  restartPolicy:\n    ▮\n")), ["Always", "OnFailure", "Never"]);
    assert_eq!(labels(&pod("spec:\n  hostNetwork: ▮\n")), ["true", "false"]);
    let port = pod("spec:\n  containers:\n  - name: a\n    ports:\n    - containerPort: 80\n      protocol: ▮\n");
    assert_eq!(labels(&port), ["TCP", "UDP", "SCTP"]);
    let operator = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  selector:\n    matchExpressions:\n    - {key: a, operator: ▮}\n";
    assert_eq!(labels(operator), ["In", "NotIn", "Exists", "DoesNotExist"]);
    let drop = pod(
        "spec:\n  containers:\n  - name: a\n    securityContext:\n      capabilities:\n        drop:\n        - ▮\n",
    );
    assert_eq!(first(&drop, 1), ["ALL"]);
    assert_eq!(labels(&drop.replace("\n        - ▮", " [A▮]")), ["ALL"]);
    assert_eq!(labels(&pod("spec:\n  containers:\n  - name: ▮\n")), [""; 0]);
}

#[test]
fn flow_style_is_completed_too() {
    assert_eq!(first(&pod("spec: {▮"), 1), ["containers"]);
    assert_eq!(first(&pod("spec: {▮}\n"), 1), ["containers"]);
    assert_eq!(first(&pod("spec:\n  containers: [{name: a, im▮"), 2), ["image", "imagePullPolicy"]);
    assert_eq!(
        labels(&pod("spec:\n  containers:\n  - {name: a, imagePullPolicy: ▮}\n")),
        ["Always", "IfNotPresent", "Never"]
    );
    assert_eq!(after(&pod("spec: {containers: [{▮}]}\n"), "image"), pod("spec: {containers: [{image: ▮}]}\n"));
    assert_eq!(first(&pod("spec: {\n  containers: [\n    {name: a,\n     ▮\n"), 1), ["image"]);
}

#[test]
fn json_keeps_its_quotes() {
    let text = "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"spec\": {\n    \"rest▮\n  }\n}\n";
    assert_eq!(first(text, 1), ["restartPolicy"]);
    assert!(after(text, "restartPolicy").contains("    \"restartPolicy\": ▮\n"));
    let text = text.replace("\"rest▮", "\"restartPolicy\": \"▮\"");
    assert_eq!(labels(&text), ["Always", "OnFailure", "Never"]);
    assert!(after(&text, "Never").contains("\"restartPolicy\": \"Never▮\"\n"));
}

#[test]
fn volumes_are_offered_to_mounts() {
    let text = pod(
        "spec:\n  volumes:\n  - name: data\n    emptyDir: {}\n  - name: conf\n    configMap: {name: c}\n  containers:\n  - name: a\n    image: x\n    volumeMounts:\n    - name: ▮\n      mountPath: /d\n",
    );
    assert_eq!(labels(&text), ["data", "conf"]);
    assert_eq!(labels(&text.replace("name: ▮\n      ", "{name: d▮\n      ")), ["data"]);
    let set = "kind: StatefulSet\nspec:\n  volumeClaimTemplates:\n  - metadata: {name: store}\n  template:\n    spec:\n      containers:\n      - name: a\n        volumeMounts:\n        - name: ▮\n";
    assert_eq!(labels(set), ["store"]);
}

const CONFIG: &str = "---\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  colour: red\n  size: big\n---\nkind: Secret\nmetadata: {name: keys}\nstringData: {token: x}\n";

#[test]
fn references_find_their_objects_and_keys() {
    let env = |source: &str| {
        pod(&format!(
            "spec:\n  containers:\n  - name: a\n    env:\n    - name: X\n      valueFrom:\n        {source}\n{CONFIG}"
        ))
    };
    assert_eq!(labels(&env("configMapKeyRef:\n          name: ▮")), ["settings"]);
    assert_eq!(labels(&env("configMapKeyRef:\n          name: settings\n          key: ▮")), ["colour", "size"]);
    assert_eq!(labels(&env("secretKeyRef: {name: keys, key: ▮}")), ["token"]);
    assert_eq!(labels(&env("secretKeyRef: {name: ▮")), ["keys"]);
    let volume = pod(&format!(
        "spec:\n  volumes:\n  - name: v\n    configMap:\n      name: settings\n      items:\n      - key: ▮\n{CONFIG}"
    ));
    assert_eq!(labels(&volume), ["colour", "size"]);
    let claim = "kind: PersistentVolumeClaim\nmetadata: {name: disk}\n---\nkind: Pod\nspec:\n  volumes:\n  - name: v\n    persistentVolumeClaim:\n      claimName: ▮\n";
    assert_eq!(labels(claim), ["disk"]);
    assert_eq!(
        labels("kind: ServiceAccount\nmetadata: {name: robot}\n---\nkind: Pod\nspec:\n  serviceAccountName: ▮\n"),
        ["robot", "default"]
    );
}

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector:\n    matchLabels: {app: web}\n  template:\n    metadata:\n      labels:\n        app: web\n        tier: front\n    spec:\n      containers:\n      - name: a\n        image: nginx:1.27\n        ports:\n        - {name: http, containerPort: 8080}\n";

#[test]
fn ports_and_labels_are_found() {
    let service = |rest: &str| format!("{DEPLOYMENT}---\nkind: Service\nspec:\n{rest}");
    assert_eq!(
        labels(&service("  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: ▮\n")),
        ["http", "8080"]
    );
    assert_eq!(labels(&service("  selector:\n    app: other\n  ports:\n  - port: 80\n    targetPort: ▮\n")), [""; 0]);
    assert_eq!(first(&service("  selector:\n    ▮\n"), 2), ["app", "tier"]);
    assert_eq!(after(&service("  selector:\n    ▮\n"), "tier"), service("  selector:\n    tier: front▮\n"));
    assert_eq!(labels(&service("  selector:\n    app: ▮\n")), ["web"]);
    assert_eq!(labels(&service("  selector: {tier: ▮}\n")), ["front"]);
    let probe = format!("{DEPLOYMENT}        readinessProbe:\n          httpGet:\n            port: ▮\n");
    assert_eq!(labels(&probe), ["http", "8080"]);
    let scaler = format!(
        "{DEPLOYMENT}---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec:\n  scaleTargetRef:\n    kind: Deployment\n    name: ▮\n"
    );
    assert_eq!(labels(&scaler), ["web"]);
    let own = DEPLOYMENT.replace("{app: web}", "\n      ▮");
    assert_eq!(first(&own, 2), ["app", "tier"]);
}

#[test]
fn maps_with_known_keys_offer_them() {
    let container = "spec:\n  containers:\n  - name: main\n    image: x\n    resources:\n      limits:\n        ▮\n";
    assert_eq!(first(&pod(container), 2), ["cpu", "memory"]);
    let annotations =
        "kind: Pod\nmetadata:\n  annotations:\n    ▮\nspec:\n  containers:\n  - name: main\n    image: x\n";
    assert_eq!(labels(annotations), ["podlab.dev/sim.main"]);
}

#[test]
fn faults_elsewhere_do_not_matter() {
    let broken = "spec:\n  volumes:\n  - name: data\n    emptyDir: {\n  containers:\n  - name: \"a\n    im▮\n    ports: foo: bar\n  nodeSel\n";
    assert_eq!(labels(&pod(broken)), ["image", "imagePullPolicy"]);
    let tabs = "apiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\nspec:\n\trestart▮\n";
    assert_eq!(labels(tabs), ["restartPolicy"]);
    assert_eq!(first(&format!("a: [\n---\n{}", pod("spec:\n  ▮\n")), 1), ["containers"]);
}

#[test]
fn nothing_is_offered_where_nothing_is_known() {
    let script = pod("spec:\n  containers:\n  - name: a\n    command:\n    - sh\n    - -c\n    - |\n      im▮\n");
    for text in [
        "# k▮",
        "kind: Pod # ▮",
        script.as_str(),
        "kind: Custom\nspec:\n  ▮\n",
        "--▮-\n",
        "kind: Pod\nmetadata: {name: \"a ▮\"}\n",
    ] {
        assert_eq!(labels(text), [""; 0], "{text}");
    }
    assert!(complete("kind: Pod\n你", 11).is_empty(), "inside a character");
    assert!(complete("", 9).is_empty());
}

#[test]
fn items_of_lists_are_objects() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec:\n    restartPolicy: ▮\n";
    assert_eq!(labels(text), ["Always", "OnFailure", "Never"]);
    assert_eq!(labels("kind: List\nitems:\n- ▮\n"), ["apiVersion", "kind", "metadata"]);
}
