//! What commands say, each of a small cluster in which nothing has happened yet.

use crate::cluster::{Cluster, Config};

const WEB: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {app: web}}\n---\napiVersion: v1\nkind: \
                   Pod\nmetadata: {name: p, labels: {app: db}}\nspec: {containers: [{name: c, image: nginx}]}\n";
const NEW: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n---\napiVersion: apps/v1\nkind: Deployment\n\
                   metadata: {name: d}\nspec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: \
                   {labels: {a: b}}, spec: {containers: [{name: c, image: nginx}]}}}\n";

const SLICE: &str = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s}\naddressType: IPv4\n\
                     endpoints: []\nports: [{port: 80}, {port: 81, name: x, protocol: UDP}]\n";

const PAIR: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: pair}\nspec: {containers: [{name: z, image: busybox, \
                    command: [sleep, '1000']}, {name: a, image: busybox, command: [sleep, '1000']}]}\n";

/// What is said on both streams.
fn said(cluster: &mut Cluster, line: &str) -> String {
    let read = |name: &str| match name {
        "web.yaml" => Some(WEB.to_owned()),
        "new.yaml" => Some(NEW.to_owned()),
        "slice.yaml" => Some(SLICE.to_owned()),
        "pair.yaml" => Some(PAIR.to_owned()),
        "mixed.yaml" => Some(
            WEB.replace("ConfigMap", "Foo")
                + "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: z}}\n---\na: b: c\n",
        ),
        "broken.yaml" => Some(WEB.to_owned() + "---\na: b: c\n"),
        "empty.yaml" => Some("# nothing\n".to_owned()),
        _ => None,
    };
    let output = crate::kubectl::run_with(cluster, line, &read);
    output.stdout + &output.stderr
}

fn cluster() -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    assert_eq!(said(&mut cluster, "create -f web.yaml"), "configmap/a created\npod/p created\n");
    cluster
}

/// The commands one after the other, each with what it says.
fn all_say(cluster: &mut Cluster, commands: &[(&str, &str)]) {
    for (line, want) in commands {
        assert_eq!(said(cluster, line), *want, "{line}");
    }
}

#[test]
fn a_selector_chooses_among_the_objects_of_files() {
    let none = "error: no objects passed to apply\n";
    all_say(
        &mut cluster(),
        &[
            (
                "delete -f web.yaml -l app=web --dry-run=client",
                "configmap \"a\" deleted from default namespace (dry run)\n",
            ),
            ("delete -f web.yaml -l app=x", "No resources found\n"),
            ("label -f web.yaml -l app=db x=y", "pod/p labeled\n"),
            ("annotate -f web.yaml -l app=web x=y", "configmap/a annotated\n"),
            ("get -f web.yaml -l app=web -o name", "configmap/a\n"),
            // What is fetched as a table has no labels.
            ("get -f web.yaml -l app=web", "No resources found in default namespace.\n"),
            ("apply -f web.yaml -l app=x", none),
            ("create -f web.yaml -l app=web --dry-run=client", "configmap/a created (dry run)\n"),
            (
                "apply -f web.yaml -l 'a b'",
                "error: the provided selector \"a b\" is not valid: unable to parse requirement: found 'b', expected: \
                 in, notin, =, ==, !=, gt, lt\n",
            ),
            ("diff -f empty.yaml", ""),
        ],
    );
}

#[test]
fn commands_on_files_look_for_all_their_objects_first() {
    let missing = "Error from server (NotFound): configmaps \"new\" not found\n";
    let mut cluster = cluster();
    said(&mut cluster, "create -f new.yaml");
    said(&mut cluster, "delete cm new");
    all_say(
        &mut cluster,
        &[
            ("set env -f new.yaml A=b", missing),
            ("scale -f new.yaml --replicas=3", missing),
            ("edit -f new.yaml", missing),
            ("rollout pause -f new.yaml -l a=nosuch", missing),
            ("get pods -f nosuch.yaml", "error: the path \"nosuch.yaml\" does not exist\n"),
            (
                "delete pod p -f web.yaml",
                "error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments as \
                 well\n",
            ),
            ("exec -f new.yaml -- ls", "error: cannot exec into multiple objects at a time\n"),
            (
                "rollout restart -f web.yaml",
                "error: configmaps \"a\" restarting is not supported\nerror: pods \"p\" restarting is not supported\n",
            ),
            (
                "rollout status -f web.yaml",
                "no status viewer has been implemented for ConfigMap\nno status viewer has been implemented for Pod\n",
            ),
        ],
    );
}

#[test]
fn what_is_waited_for_is_read_as_kubectl_reads_it() {
    let format = "error: jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
                  --for=jsonpath='{.status.readyReplicas}'\n";
    let nested = "error: jsonpath leads to a nested object or list which is not supported\n";
    all_say(
        &mut cluster(),
        &[
            ("wait pod/p --for=jsonpath=.metadata.name=p", "pod/p condition met\n"),
            ("wait pod/p --for=jsonpath='{.spec.containers[?(@.name==\"c\")].image}'=nginx -o name", "pod/p\n"),
            (
                "wait -f web.yaml --for=jsonpath=.kind=Pod --timeout=0",
                "pod/p condition met\nerror: condition not met for configmaps/a\n",
            ),
            ("wait pod/p --for=jsonpath=", "error: jsonpath expression cannot be empty\n"),
            (
                "wait pod/p --for=jsonpath='{.a}'=",
                "error: jsonpath wait has to have a value after equal sign, like \
                 --for=jsonpath='{.status.readyReplicas}'=3\n",
            ),
            ("wait pod/p --for=jsonpath='{.a}={.x}=Running'", format),
            ("wait pod/p --for=jsonpath='{.metadata}'=x", nested),
            (
                "wait pod/p --for=jsonpath='{.metadata.*}'=x",
                "error: given jsonpath expression matches more than one value\n",
            ),
            (
                "wait pod/p --for=jsonpath=.kind=Pod --for=jsonpath=.kind=Job --timeout=0",
                "error: condition not met for pods/p\n",
            ),
            ("wait pod -l app=nosuch --for=delete", ""),
            ("wait pod --for=delete", "error: resource(s) were provided, but no name was specified\n"),
            ("wait foo --for=delete", "error: the server doesn't have a resource type \"foo\"\n"),
        ],
    );
}

#[test]
fn words_are_refused_as_kubectl_refuses_them() {
    all_say(
        &mut cluster(),
        &[
            ("get pod \"\"", "error: resource name may not be empty\n"),
            ("get pod .", "error: invalid resource name \".\": [may not be '.']\n"),
            ("get pods --show-labels -o name", "error: --show-labels option cannot be used with name printer\n"),
            ("get pods -n nosuch --ignore-not-found", ""),
            ("get crd,pdb", "No resources found\n"),
            ("get -o name pod -- p", "pod/p\n"),
            ("logs p --since=-1s", "error: --since must be greater than 0\n"),
            (
                "taint node n a=b:",
                "error: invalid taint effect: , unsupported taint effect\nSee 'kubectl taint -h' for help and \
                 examples\n",
            ),
            (
                "create role r --verb=get --resource=pods --dry-run=client",
                "role.rbac.authorization.k8s.io/r created (dry run)\n",
            ),
            (
                "delete cm a --cascade=true",
                "configmap \"a\" deleted from default namespace\nwarning: --cascade=true is deprecated (boolean value) \
                 and can be replaced with --cascade=background.\n",
            ),
        ],
    );
}

#[test]
fn the_last_annotation_that_goes_takes_the_map_with_it() {
    let mut cluster = cluster();
    said(&mut cluster, "annotate cm a x=y");
    said(&mut cluster, "patch cm a --type=merge -p '{\"metadata\":{\"annotations\":{\"x\":null}}}'");
    assert_eq!(said(&mut cluster, "get cm a -o jsonpath='{.metadata.annotations}'"), "");
}

#[test]
fn the_ports_of_a_slice_have_defaults() {
    let mut cluster = cluster();
    said(&mut cluster, "create -f slice.yaml");
    let ports = said(&mut cluster, "get endpointslice s -o jsonpath='{.ports[*].protocol}|{.ports[0].name}|'");
    assert_eq!(ports, "TCP UDP||");
}

#[test]
fn labels_and_numbers_are_told_as_they_became() {
    all_say(
        &mut cluster(),
        &[
            ("label po p a=b app-", "pod/p modified\n"),
            ("label po p a=b", "pod/p not labeled\n"),
            ("label po p a-", "pod/p unlabeled\n"),
            ("label po p =b", "error: at least one label update is required\n"),
            ("label po p a=b x", "error: all resources must be specified before label changes: x\n"),
            ("create -f new.yaml", "configmap/new created\ndeployment.apps/d created\n"),
            ("diff -f new.yaml", ""),
            ("scale deploy d --replicas=3 -o jsonpath={.spec.replicas}/{.metadata.generation}", "3/1"),
            (
                "patch po p --type=json -p '[{op: replace, path: /spec/containers/0/image, value: x}]'",
                "pod/p patched\n",
            ),
            ("get po -n '' -o name", "pod/p\n"),
        ],
    );
}

#[test]
fn an_autoscaler_of_the_older_version_knows_a_share_of_the_cpu() {
    let mut cluster = cluster();
    said(&mut cluster, "create -f new.yaml");
    let failed = |why: &str| {
        format!(
            "error: failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: {why}\n"
        )
    };
    let (empty, nil) = (failed("empty input"), failed("%!w(<nil>)"));
    let exists = "Error from server (AlreadyExists): horizontalpodautoscalers.autoscaling \"d\" already exists\n";
    let target = "--dry-run=client -o jsonpath={..averageValue}";
    all_say(
        &mut cluster,
        &[
            ("autoscale deploy d --max=3 --cpu=abc", "error: invalid resource cpu value: abc\n"),
            ("autoscale deploy d --max=3 --memory=x", "error: invalid resource memory value: x\n"),
            (&format!("autoscale deploy d --max=3 --memory=1.5 {target}"), "1536Ki"),
            ("autoscale deploy d --max=3", "horizontalpodautoscaler.autoscaling/d autoscaled\n"),
            ("autoscale deploy d --max=3", &empty),
            ("autoscale deploy d --max=3 --memory=5Mi --dry-run=server", &empty),
            ("autoscale deploy d --max=3 --cpu=50", &nil),
            ("autoscale deploy d --max=3 --cpu=50% --memory=5Mi", &nil),
            ("autoscale deploy d --max=3 --cpu=50%", exists),
        ],
    );
}

#[test]
fn a_deletion_asks_and_needs_what_goes_together() {
    let asks = "You are about to delete the following 1 resource(s):\npod/p\nDo you want to continue? (y/N): ";
    all_say(
        &mut cluster(),
        &[
            (
                "delete po p --now --force",
                "error: --force and --grace-period greater than 0 cannot be specified together\n",
            ),
            ("delete po p -i", &format!("{asks}deletion is cancelled\n")),
            ("get po p -o name", "pod/p\n"),
            ("delete -f new.yaml --all", ""),
            (
                "delete -k /none",
                "error: unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory \
                 '/none'\n",
            ),
            (
                "replace -f web.yaml --subresource=foo",
                &"Error from server (NotFound): error when replacing \"web.yaml\": the server could not find the \
                requested resource\n"
                    .repeat(2),
            ),
        ],
    );
}

#[test]
fn what_goes_into_containers() {
    let mut cluster = cluster();
    said(&mut cluster, "run two --image=busybox --command -- sleep 1000");
    said(&mut cluster, "apply -f pair.yaml");
    cluster.run_until(crate::cluster::Time::from_secs_f64(60.0));
    let format = "error: filespec must match the canonical format: [[namespace/]pod:]file/path\n";
    let empty = "error: filepath can not be empty\n";
    let target = "Targeting container \"y\". If you don't see processes from this container it may be because the container \
                  runtime doesn't support this feature.\n";
    all_say(
        &mut cluster,
        &[
            ("cp web.yaml two:/tmp/", ""),
            ("exec two -- ls /tmp", "web.yaml\n"),
            ("cp a/b/c:/x y", format),
            ("cp :/x y", format),
            ("cp two: .", empty),
            ("cp web.yaml two:", empty),
            ("debug two -it --image=busybox --attach=false -c x", ""),
            ("logs pair --all-pods", ""),
            ("logs pair", "Defaulted container \"z\" out of: z, a\n"),
        ],
    );
    let on_node = said(&mut cluster, "debug node/node-1 --image=busybox --target=y");
    assert!(on_node.starts_with(&format!("{target}Creating debugging pod")), "{on_node}");
    let top = said(&mut cluster, "top pod pair --containers --no-headers");
    let names: Vec<_> = top.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(names, ["a", "z"], "{top}");
}

#[test]
fn what_the_reader_of_a_file_met_does_not_stop_the_rest() {
    let foo = "resource mapping not found for name: \"a\" namespace: \"\" from \"mixed.yaml\": no matches for kind \"Foo\" in \
               version \"v1\"\nensure CRDs are installed first";
    let parsing = |file: &str| {
        let why = "error converting YAML to JSON: yaml: mapping values are not allowed in this context";
        format!("error parsing {file}: {why}")
    };
    let (mixed, broken) = (parsing("mixed.yaml"), parsing("broken.yaml"));
    let missing = "Error from server (NotFound): configmaps \"z\" not found";
    let deleting = "Error from server (NotFound): error when deleting \"mixed.yaml\": configmaps \"z\" not found";
    all_say(
        &mut cluster(),
        &[
            ("get -f mixed.yaml -o name", &format!("pod/p\n{foo}\n{missing}\n{mixed}\n")),
            ("label -f broken.yaml x=y", &format!("configmap/a labeled\npod/p labeled\nerror: {broken}\n")),
            (
                "delete -f mixed.yaml",
                &format!("pod \"p\" deleted from default namespace\n{deleting}\n[{foo}, {mixed}]\n"),
            ),
        ],
    );
}

#[test]
fn what_was_done_is_recorded_where_that_is_asked_for() {
    let mut cluster = cluster();
    let told = "Flag --record has been deprecated, --record will be removed in the future\n";
    assert_eq!(said(&mut cluster, "label cm a x=y --record"), format!("configmap/a labeled\n{told}"));
    let cause = "get cm a -o jsonpath={.metadata.annotations.kubernetes\\\\.io/change-cause}";
    assert_eq!(said(&mut cluster, cause), "kubectl label cm a x=y --record=true");
    let line = "create -f new.yaml --record --save-config";
    assert_eq!(said(&mut cluster, line), format!("configmap/new created\ndeployment.apps/d created\n{told}"));
    let kept = said(&mut cluster, "get cm new -o yaml");
    assert!(kept.contains("change-cause: kubectl create --filename=new.yaml --record=true"), "{kept}");
    assert!(said(&mut cluster, "set env deploy/d A=b --record").starts_with("error: unknown flag: --record\n"));
    assert!(!said(&mut cluster, "label -h").contains("--record"));
}

#[test]
fn delete_sends_its_request_without_a_look() {
    let mut cluster = cluster();
    let missing = "Error from server (NotFound): configmaps \"x\" not found\n";
    assert_eq!(said(&mut cluster, "delete cm x -n nosuch"), missing);
    let dry = "delete cm x -n nosuch --dry-run=client";
    assert_eq!(said(&mut cluster, dry), "configmap \"x\" deleted from nosuch namespace (dry run)\n");
    // What is missing ends it before it waits for the rest.
    let words = ["delete", "pod", "p", "q"].map(str::to_owned);
    let output = crate::kubectl::run_words(&mut cluster, &words, &|_| None);
    assert!(output.exit_code == 1 && output.follow.is_none());
}

#[test]
fn a_kind_that_is_said_twice_is_listed_once() {
    let mut cluster = cluster();
    let once = said(&mut cluster, "get cm");
    assert_eq!(said(&mut cluster, "get cm,configmaps"), once);
    assert_eq!(said(&mut cluster, "get cm a -o NAME"), "configmap/a\n");
    assert_eq!(said(&mut cluster, "help get"), said(&mut cluster, "get --help"));
    assert!(said(&mut cluster, "help nosuch").starts_with("Unknown help topic [`nosuch`]\n"));
}
