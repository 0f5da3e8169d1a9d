//! What commands say, each of a small cluster in which nothing has happened yet.

use crate::cluster::{Cluster, Config};

const WEB: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {app: web}}\n---\napiVersion: v1\nkind: \
                   Pod\nmetadata: {name: p, labels: {app: db}}\nspec: {containers: [{name: c, image: nginx}]}\n";
const NEW: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n---\napiVersion: apps/v1\nkind: Deployment\n\
                   metadata: {name: d}\nspec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: \
                   {labels: {a: b}}, spec: {containers: [{name: c, image: nginx}]}}}\n";

const SLICE: &str = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s}\naddressType: IPv4\n\
                     endpoints: []\nports: [{port: 80}, {port: 81, name: x, protocol: UDP}]\n";

/// What is said on both streams.
fn said(cluster: &mut Cluster, line: &str) -> String {
    let read = |name: &str| match name {
        "web.yaml" => Some(WEB.to_owned()),
        "new.yaml" => Some(NEW.to_owned()),
        "slice.yaml" => Some(SLICE.to_owned()),
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
