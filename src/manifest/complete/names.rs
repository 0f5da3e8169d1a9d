//! Names that stand elsewhere in the text: what a reference may refer to.

use super::probe::MARK;
use super::{Completion, CompletionKind, Place};
use crate::api::Segment;
use crate::api::schema::{FieldType, served_kinds};
use crate::manifest::cursor::{At, Shape, Spot, Step};

/// The ways from an object to its Pod spec.
const POD_SPECS: [&[&str]; 4] = [
    &["spec", "template", "spec"],
    &["spec", "jobTemplate", "spec", "template", "spec"],
    &["template", "spec"],
    &["spec"],
];

/// The keys of resources that containers ask for.
const RESOURCES: [&str; 4] = ["cpu", "memory", "ephemeral-storage", "hugepages-2Mi"];

/// Names that were found, each once, in the order of the text.
#[derive(Default)]
struct Found<'f> {
    names: Vec<(&'f str, &'static str)>,
}

impl<'f> Found<'f> {
    fn add(&mut self, name: Option<&'f str>, what: &'static str) {
        if let Some(name) = name.filter(|name| !name.is_empty() && !name.contains(MARK))
            && !self.names.iter().any(|(known, _)| *known == name)
        {
            self.names.push((name, what));
        }
    }

    fn all(&mut self, names: impl Iterator<Item = &'f str>, what: &'static str) {
        for name in names {
            self.add(Some(name), what);
        }
    }
}

fn containers<'t, 'a>(pod: At<'t, 'a>) -> impl Iterator<Item = At<'t, 'a>> {
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .filter_map(move |list| pod.get(list))
        .flat_map(At::items)
}

fn names_in<'t>(list: Option<At<'t, '_>>) -> impl Iterator<Item = &'t str> {
    list.into_iter().flat_map(At::items).filter_map(|item| item.text_of("name"))
}

/// The Pod spec of an object and the labels its Pods carry.
fn pod_of<'t, 'a>(object: At<'t, 'a>) -> Option<(At<'t, 'a>, Option<At<'t, 'a>>)> {
    POD_SPECS.iter().find_map(|way| {
        let spec = object.at(way)?;
        spec.get("containers")?;
        let owner = object.at(way.split_last()?.1)?;
        Some((spec, owner.at(&["metadata", "labels"])))
    })
}

impl<'t> Place<'_, 't> {
    /// Every object of the text, also those in Lists.
    fn objects(&self) -> impl Iterator<Item = At<'_, 't>> {
        self.documents.iter().filter_map(|document| Some(At::new(&document.tree, document.tree.root()?))).flat_map(
            |root| {
                let items = root.get("items").into_iter().flat_map(At::items);
                items.chain([root])
            },
        )
    }

    fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = At<'_, 't>> {
        self.objects().filter(move |object| object.text_of("kind") == Some(kind))
    }

    fn named(&self, kind: &'static str) -> impl Iterator<Item = &str> {
        self.of_kind(kind).filter_map(|object| object.at(&["metadata", "name"])?.text())
    }

    fn pods(&self) -> impl Iterator<Item = (At<'_, 't>, Option<At<'_, 't>>)> {
        self.objects().filter_map(pod_of)
    }

    /// What could stand as the scalar that `spot` is, from elsewhere in the text.
    pub fn names(&self, spot: &Spot<'_, '_>) -> Vec<Completion> {
        let mut found = Found::default();
        // An element of a list is what the field is that holds the list.
        let Some(at) = spot.steps.iter().rposition(|step| !matches!(step.segment, Segment::Index(_))) else {
            return Vec::new();
        };
        let Some(step) = spot.steps.get(at) else { return Vec::new() };
        // The field that holds the struct, through lists.
        let outer = spot.steps.get(..at).and_then(|steps| steps.iter().rfind(|step| !step.field().is_empty()));
        let outer = outer.map_or("", Step::field);
        let pod = spot.inside("PodSpec");
        match (step.holder(), step.field()) {
            ("VolumeMount" | "VolumeDevice", "name") => {
                found.all(names_in(pod.and_then(|pod| pod.get("volumes"))), "Volume");
                let claims = spot.object().and_then(|object| object.at(&["spec", "volumeClaimTemplates"]));
                let claims = claims.into_iter().flat_map(At::items);
                found.all(claims.filter_map(|claim| claim.at(&["metadata", "name"])?.text()), "PersistentVolumeClaim");
            }
            (holder, "name") if holder.starts_with("ConfigMap") => found.all(self.named("ConfigMap"), "ConfigMap"),
            (holder, "name") if holder.starts_with("Secret") => found.all(self.named("Secret"), "Secret"),
            ("SecretVolumeSource", "secretName") => found.all(self.named("Secret"), "Secret"),
            ("LocalObjectReference", "name") if outer == "imagePullSecrets" => {
                found.all(self.named("Secret"), "Secret")
            }
            ("ConfigMapKeySelector", "key") => self.keys("ConfigMap", step.from.text_of("name"), &mut found),
            ("SecretKeySelector", "key") => self.keys("Secret", step.from.text_of("name"), &mut found),
            ("KeyToPath", "key") => {
                let source = spot.inside("ConfigMapVolumeSource").or_else(|| spot.inside("ConfigMapProjection"));
                match source {
                    Some(source) => self.keys("ConfigMap", source.text_of("name"), &mut found),
                    None => {
                        let volume = spot.inside("SecretVolumeSource").and_then(|it| it.text_of("secretName"));
                        let name = volume.or_else(|| spot.inside("SecretProjection")?.text_of("name"));
                        self.keys("Secret", name, &mut found);
                    }
                }
            }
            ("PersistentVolumeClaimVolumeSource", "claimName") => {
                found.all(self.named("PersistentVolumeClaim"), "PersistentVolumeClaim");
            }
            ("PodSpec", "serviceAccountName") => {
                found.all(self.named("ServiceAccount"), "ServiceAccount");
                found.add(Some("default"), "ServiceAccount");
            }
            ("StatefulSetSpec", "serviceName") => found.all(self.named("Service"), "Service"),
            ("ObjectMeta", "namespace") => {
                found.all(self.named("Namespace"), "Namespace");
                found.add(Some("default"), "Namespace");
            }
            ("Container" | "EphemeralContainer", "image") => {
                let images = self.pods().flat_map(|(pod, _)| containers(pod)).filter_map(|it| it.text_of("image"));
                found.all(images, "image");
            }
            ("HTTPGetAction" | "TCPSocketAction", "port") => {
                let container = spot.inside("Container").or_else(|| spot.inside("EphemeralContainer"));
                ports(container.into_iter(), &mut found);
            }
            ("ServicePort", "targetPort") => {
                let selector = spot.object().and_then(|object| object.at(&["spec", "selector"]));
                let all: Vec<_> = self.pods().collect();
                let fits = |labels: Option<At<'_, '_>>| {
                    selector.is_none_or(|selector| {
                        selector
                            .entries()
                            .all(|(key, value)| labels.and_then(|labels| labels.text_of(key)) == value.text())
                    })
                };
                let chosen = all.iter().filter(|(_, labels)| fits(*labels)).flat_map(|(pod, _)| containers(*pod));
                ports(chosen, &mut found);
            }
            ("ResourceFieldSelector" | "PodFailurePolicyOnExitCodesRequirement", "containerName")
            | ("EphemeralContainer", "targetContainerName") => {
                found.all(pod.into_iter().flat_map(containers).filter_map(|it| it.text_of("name")), "Container");
            }
            ("ContainerResourceMetricSource", "container") => {
                let all = self.pods().flat_map(|(pod, _)| containers(pod));
                found.all(all.filter_map(|it| it.text_of("name")), "Container");
            }
            ("CrossVersionObjectReference", "name") => {
                for kind in ["Deployment", "StatefulSet", "ReplicaSet"] {
                    if step.from.text_of("kind").is_none_or(|wanted| wanted == kind) {
                        found.all(self.named(kind), kind);
                    }
                }
            }
            ("CrossVersionObjectReference", "apiVersion") => {
                let kind = step.from.text_of("kind");
                let served = served_kinds().iter().rfind(|served| Some(served.kind) == kind);
                found.add(served.map(|served| served.api_version), "");
            }
            ("LabelSelectorRequirement", "key") => {
                let labels = self.labels(spot);
                found.all(labels.iter().map(|(key, _)| *key), "label");
            }
            ("", _) => {
                // The value of a label.
                if let (true, Segment::Key(key)) = (is_labels(outer), &step.segment) {
                    let labels = self.labels(spot);
                    found.all(labels.iter().filter(|(known, _)| known == key).map(|(_, value)| *value), "label");
                }
            }
            _ => {}
        }
        let numeric = matches!(spot.shape, Shape::Type(FieldType::IntOrString));
        let completion = |(name, what): &(&str, &'static str)| {
            let insert = if numeric { (*name).to_owned() } else { self.scalar_text(name) };
            self.completion(CompletionKind::Name, name, what, insert)
        };
        found.names.iter().map(completion).collect()
    }

    /// What could stand as a key of the map that the last step of `spot` starts from.
    pub fn map_keys(&self, spot: &Spot<'_, '_>) -> Vec<Completion> {
        let Some((last, before)) = spot.steps.split_last() else { return Vec::new() };
        let holder = before.last().map_or("", |step| step.holder());
        let field = before.last().map_or("", Step::field);
        let present = |key: &str| last.from.get(key).is_some();
        let mut found: Vec<(String, String)> = Vec::new();
        match (holder, field) {
            (_, field) if is_labels(field) => {
                let labels = self.labels(spot);
                found.extend(labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
                for usual in ["app", "app.kubernetes.io/name", "app.kubernetes.io/instance"] {
                    found.push((usual.to_owned(), String::new()));
                }
            }
            ("ResourceRequirements" | "VolumeResourceRequirements", _) => {
                let keys: &[&str] = if holder == "ResourceRequirements" { &RESOURCES } else { &["storage"] };
                found.extend(keys.iter().map(|key| ((*key).to_owned(), String::new())));
            }
            ("PodSpec", "nodeSelector") => {
                for key in ["kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch"] {
                    found.push((key.to_owned(), String::new()));
                }
            }
            ("ObjectMeta", "annotations") => {
                let pods = spot.object().into_iter().filter_map(pod_of);
                let names = pods.flat_map(|(pod, _)| containers(pod)).filter_map(|it| it.text_of("name"));
                let names = names.filter(|name| !name.contains(MARK));
                found.extend(names.map(|name| (format!("podlab.dev/sim.{name}"), String::new())));
            }
            _ => {}
        }
        let mut done: Vec<&str> = Vec::new();
        let mut completions = Vec::new();
        for (key, value) in &found {
            if present(key) || done.contains(&key.as_str()) {
                continue;
            }
            done.push(key);
            let opened = format!(" {value}");
            let kind = CompletionKind::Name;
            completions.push(self.completion(kind, key, value, self.key(key, "", &opened)));
        }
        completions
    }

    /// The labels and their values that Pods of the text carry; those that the object of `spot` speaks of come first.
    fn labels(&self, spot: &Spot<'_, '_>) -> Vec<(&str, &str)> {
        let own = |object: &At<'_, '_>| spot.object().is_some_and(|it| it.is(*object));
        let mut objects: Vec<At<'_, 't>> = self.objects().collect();
        collections::sort_by_key(&mut objects, |object| !own(object));
        let mut labels: Vec<(&str, &str)> = Vec::new();
        for (key, value) in objects.into_iter().flat_map(label_maps).flat_map(At::entries) {
            let Some(value) = value.text() else { continue };
            let mine = key.contains(MARK) || value.contains(MARK) || value.is_empty();
            if !mine && !labels.contains(&(key, value)) {
                labels.push((key, value));
            }
        }
        labels
    }

    fn keys<'f>(&'f self, kind: &'static str, name: Option<&str>, found: &mut Found<'f>) {
        for object in self.of_kind(kind) {
            let own = object.at(&["metadata", "name"]).and_then(At::text);
            if name.is_none_or(|name| own == Some(name)) {
                for map in ["data", "stringData", "binaryData"] {
                    found.all(object.get(map).into_iter().flat_map(At::entries).map(|(key, _)| key), kind);
                }
            }
        }
    }
}

/// The labels of an object's Pods, and those it selects Pods by.
fn label_maps<'t, 'a>(object: At<'t, 'a>) -> Vec<At<'t, 'a>> {
    let selectors: [&[&str]; 2] = [&["spec", "selector", "matchLabels"], &["spec", "selector"]];
    let mut maps: Vec<At<'t, 'a>> = pod_of(object).and_then(|(_, labels)| labels).into_iter().collect();
    maps.extend(selectors.iter().find_map(|way| object.at(way)));
    maps
}

/// Whether a field holds labels.
fn is_labels(field: &str) -> bool {
    matches!(field, "labels" | "matchLabels" | "selector")
}

/// The names of ports, then their numbers.
fn ports<'f>(containers: impl Iterator<Item = At<'f, 'f>>, found: &mut Found<'f>) {
    let ports: Vec<At<'f, 'f>> = containers.filter_map(|it| it.get("ports")).flat_map(At::items).collect();
    found.all(ports.iter().filter_map(|port| port.text_of("name")), "ContainerPort");
    found.all(ports.iter().filter_map(|port| port.text_of("containerPort")), "ContainerPort");
}
