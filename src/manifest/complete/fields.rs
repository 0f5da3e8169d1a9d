//! Fields of a struct, with what opens their values.

use super::{Completion, CompletionKind, Place};
use crate::api::schema::{Field, FieldType, TypeId};
use crate::manifest::cursor::{Shape, Spot, Step};
use crate::manifest::hover::{doc_key, type_name};

/// Fields that are written most, in the order in which people write them; the others follow by name.
const USUAL: &str = "apiVersion kind metadata name generateName namespace labels annotations spec data stringData type \
     replicas selector matchLabels matchExpressions template schedule jobTemplate containers initContainers image \
     command args workingDir ports containerPort port targetPort protocol env envFrom value valueFrom resources \
     requests limits volumeMounts mountPath subPath readOnly readinessProbe livenessProbe startupProbe lifecycle \
     httpGet exec tcpSocket grpc path initialDelaySeconds periodSeconds volumes emptyDir configMap secret \
     persistentVolumeClaim claimName restartPolicy imagePullPolicy securityContext terminationGracePeriodSeconds \
     serviceAccountName scaleTargetRef minReplicas maxReplicas metrics";

fn rank(name: &str) -> usize {
    USUAL.split_whitespace().position(|usual| usual == name).unwrap_or(usize::MAX)
}

/// What the server writes, and nobody in a manifest.
const OF_THE_SERVER: [&str; 9] = [
    "status",
    "managedFields",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "resourceVersion",
    "selfLink",
    "uid",
];

impl Place<'_, '_> {
    /// The fields of the struct that `step` starts from, without those that are there already.
    pub fn fields(&self, step: &Step<'_, '_>, prefix: &str) -> Vec<Completion> {
        let present = |name: &str| step.from.get(name).is_some();
        match step.structure {
            Some(id) => self.of_struct(id, prefix, step.shape == Shape::Object, present),
            None if step.shape == Shape::Object => self.of_object(present),
            None => Vec::new(),
        }
    }

    /// What every manifest begins with.
    pub fn fields_of_nothing(&self) -> Vec<Completion> {
        self.of_object(|_| false)
    }

    fn of_object(&self, present: impl Fn(&str) -> bool) -> Vec<Completion> {
        let Some(id) = TypeId::named("Pod") else { return Vec::new() };
        let known = ["apiVersion", "kind", "metadata"];
        let mut found = self.of_struct(id, "", true, present);
        found.retain(|completion| known.contains(&completion.label.as_str()));
        found
    }

    /// The elements of a list, where a mapping was begun in its place: `- ` is missing.
    pub fn items(&self, spot: &Spot<'_, '_>, items: &'static FieldType) -> Vec<Completion> {
        if self.probe.flow {
            return Vec::new();
        }
        match items {
            FieldType::Struct(id) => self.of_struct(*id, "- ", false, |_| false),
            _ => {
                let mut found = self.scalars(spot, items);
                for completion in &mut found {
                    completion.insert.insert_str(0, "- ");
                }
                found
            }
        }
    }

    fn of_struct(&self, id: TypeId, prefix: &str, object: bool, present: impl Fn(&str) -> bool) -> Vec<Completion> {
        let required = |field: &Field| {
            field.required || object && matches!(field.name, "apiVersion" | "kind") || is_needed(id.name(), field.name)
        };
        let wanted = |field: &&Field| !present(field.name) && !OF_THE_SERVER.contains(&field.name);
        let mut fields: Vec<&Field> = id.fields().iter().filter(wanted).collect();
        collections::sort_by_key(&mut fields, |field| (!required(field), rank(field.name), field.name));
        let completion = |field: &&Field| {
            let opened = self.opened(&field.kind, prefix.len());
            Completion {
                required: required(field),
                doc: doc_key(id, field.name),
                again: !self.probe.colon && opens_more(&field.kind),
                ..self.completion(
                    CompletionKind::Field,
                    field.name,
                    &type_name(&field.kind),
                    self.key(field.name, prefix, &opened),
                )
            }
        };
        fields.iter().map(completion).collect()
    }

    /// A key as it is put in: with the quote it began with, a colon and what opens its value.
    pub fn key(&self, name: &str, prefix: &str, opened: &str) -> String {
        let quote = self.probe.quote.map(String::from).unwrap_or_default();
        if self.probe.colon {
            return name.to_owned();
        }
        if self.probe.flow {
            return format!("{prefix}{name}{quote}: ");
        }
        format!("{prefix}{name}{quote}:{opened}")
    }

    /// What stands behind the colon of a field of this type: a blank, or the next line with its indentation.
    fn opened(&self, kind: &FieldType, shift: usize) -> String {
        let column = self.probe.column + shift;
        let next = |by: usize| format!("\n{}", " ".repeat(column + by));
        match kind {
            FieldType::Struct(_) | FieldType::Map(..) => next(2),
            FieldType::List(items) => {
                let dash = format!("{}- ", next(dash_offset(self.text)));
                // Where a list holds structs, the field that each of them needs is begun.
                let first = match &**items {
                    FieldType::Struct(id) => {
                        id.fields().iter().filter(|field| field.required).min_by_key(|f| rank(f.name))
                    }
                    _ => None,
                };
                match first.filter(|field| scalar(&field.kind)) {
                    Some(field) => format!("{dash}{}: ", field.name),
                    None => dash,
                }
            }
            _ => " ".to_owned(),
        }
    }
}

/// What OpenAPI does not require and the server does.
fn is_needed(holder: &str, field: &str) -> bool {
    const NEEDED: [(&str, &str); 12] = [
        ("Container", "image"),
        ("ObjectMeta", "name"),
        ("Pod", "metadata"),
        ("Pod", "spec"),
        ("Deployment", "spec"),
        ("StatefulSet", "spec"),
        ("DaemonSet", "spec"),
        ("Job", "spec"),
        ("CronJob", "spec"),
        ("Service", "spec"),
        ("ServiceSpec", "ports"),
        ("PodTemplateSpec", "spec"),
    ];
    NEEDED.contains(&(holder, field))
}

fn scalar(kind: &FieldType) -> bool {
    !matches!(kind, FieldType::Struct(_) | FieldType::Map(..) | FieldType::List(_))
}

/// Whether a list of completions is of use behind the key: free text has none.
fn opens_more(kind: &FieldType) -> bool {
    match kind {
        FieldType::List(items) => opens_more(items),
        FieldType::Int32 | FieldType::Int64 | FieldType::Float64 | FieldType::Time | FieldType::MicroTime => false,
        _ => true,
    }
}

/// How much deeper than its key the text writes the dashes of a list: 0 or 2, whichever it does more often.
fn dash_offset(text: &str) -> usize {
    let (mut same, mut deeper) = (0_usize, 0_usize);
    let mut key: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let column = line.len() - content.len();
        if let (Some(key), true) = (key, content.starts_with("- ")) {
            match column == key {
                true => same += 1,
                false => deeper += 1,
            }
        }
        let item = content.trim_start_matches("- ");
        key = content.ends_with(':').then_some(column + content.len() - item.len());
    }
    if deeper > same { 2 } else { 0 }
}
