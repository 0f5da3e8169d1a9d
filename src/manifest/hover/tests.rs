use super::*;
use crate::api::schema::TypeId;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels: {app: a}\nspec:\n  restartPolicy: Never\n  containers:\n  - name: a\n    image: nginx\n    imagePullPolicy: Never\n    command: [sh, -c]\n    resources:\n      limits: {cpu: 1}\n    foo: bar\n";

fn at(text: &str, word: &str) -> Option<Hover> {
    hover(text, text.find(word).unwrap() + 1)
}

#[test]
fn a_key_tells_its_path_type_and_facts() {
    let found = at(POD, "restartPolicy").unwrap();
    assert_eq!((found.path.as_str(), found.kind.as_str()), ("spec.restartPolicy", "string"));
    assert_eq!((found.doc.as_str(), found.default, found.immutable), ("PodSpec.restartPolicy", Some("Always"), true));
    assert_eq!(found.values, ["Always", "OnFailure", "Never"]);
    assert_eq!(&POD[found.span.start..found.span.end], "restartPolicy");
    let found = at(POD, "containers").unwrap();
    assert_eq!((found.kind.as_str(), found.required), ("[]Container", true));
    let found = at(POD, "image: nginx").unwrap();
    assert_eq!((found.path.as_str(), found.doc.as_str()), ("spec.containers[0].image", "Container.image"));
}

#[test]
fn values_elements_and_keys_of_maps_tell_of_their_field() {
    assert_eq!(at(POD, "nginx").unwrap().doc, "Container.image");
    let found = at(POD, "sh,").unwrap();
    assert_eq!(
        (found.path.as_str(), found.kind.as_str(), found.doc.as_str()),
        ("spec.containers[0].command[0]", "string", "Container.command")
    );
    let found = at(POD, "cpu").unwrap();
    assert_eq!(
        (found.path.as_str(), found.kind.as_str(), found.doc.as_str()),
        ("spec.containers[0].resources.limits[cpu]", "Quantity", "")
    );
    assert_eq!(at(POD, "1}").unwrap().doc, "ResourceRequirements.limits");
}

#[test]
fn the_pull_policy_follows_the_tag() {
    let of = |image: &str| at(&POD.replace("nginx", image), "imagePullPolicy").unwrap().default;
    assert_eq!(of("nginx"), Some("Always"));
    assert_eq!(of("nginx:1.27"), Some("IfNotPresent"));
    assert_eq!(of("localhost:5000/nginx"), Some("Always"));
}

#[test]
fn unknown_fields_have_a_path_and_broken_texts_answers() {
    let found = at(POD, "foo").unwrap();
    assert_eq!((found.path.as_str(), found.kind.as_str(), found.doc.as_str()), ("spec.containers[0].foo", "", ""));
    assert_eq!(at(&POD.replace("name: web", "name: \"web"), "restartPolicy").unwrap().doc, "PodSpec.restartPolicy");
    assert_eq!(hover(POD, 9999), None);
    assert_eq!(hover("", 0), None);
    assert_eq!(hover("# kind: Pod\n", 3), None);
}

#[test]
fn every_fact_is_of_a_field() {
    for line in include_str!("facts.txt").lines() {
        let (doc, rest) = line.split_once(' ').unwrap();
        let (holder, field) = doc.split_once('.').unwrap();
        assert!(TypeId::named(holder).and_then(|id| id.field(field)).is_some(), "{doc}");
        assert!(rest.starts_with(['!', '=']), "{line}");
    }
}
