//! Advice about the scripts of containers: what the simulation cannot do of them as written, at their place in the text.

use std::borrow::Cow;

use k8s_openapi::api::core::v1::{Container, PodSpec};

use super::places;
use crate::api::{FieldPath, Object, Segment};
use crate::cluster::script_advice;
use crate::manifest::{Diagnostic, Judged, Severity, sim};

/// The spec of an object's Pods, and the fields that lead to it.
fn pod_spec(object: &Object) -> Option<(&PodSpec, &'static [&'static str])> {
    const TEMPLATE: &[&str] = &["spec", "template", "spec"];
    let spec = match object {
        Object::Pod(pod) => return Some((&pod.spec, &["spec"])),
        Object::Deployment(it) => it.spec.as_ref()?.template.spec.as_ref(),
        Object::StatefulSet(it) => it.spec.as_ref()?.template.spec.as_ref(),
        Object::DaemonSet(it) => it.spec.as_ref()?.template.spec.as_ref(),
        Object::ReplicaSet(it) => it.spec.as_ref()?.template.as_ref()?.spec.as_ref(),
        Object::Job(it) => it.spec.as_ref()?.template.spec.as_ref(),
        Object::CronJob(it) => {
            let spec = it.spec.job_template.spec.as_ref()?.template.spec.as_ref()?;
            return Some((spec, &["spec", "jobTemplate", "spec", "template", "spec"]));
        }
        _ => None,
    };
    Some((spec?, TEMPLATE))
}

/// What is to be said of the scripts of an object.
pub fn advice(text: &str, judged: &Judged) -> Vec<Diagnostic> {
    let Some((spec, fields)) = judged.object.as_ref().and_then(pod_spec) else { return Vec::new() };
    let init = spec.init_containers.iter().flatten().enumerate().map(|(number, it)| ("initContainers", number, it));
    let apps = spec.containers.iter().enumerate().map(|(number, it)| ("containers", number, it));
    let one = |(list, number, container): (&'static str, usize, &Container)| {
        let words = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
        let (command, args) = (words(&container.command), words(&container.args));
        let found = script_advice(container.image.as_deref().unwrap_or_default(), &command, &args);
        let (field, count) = if args.is_empty() { ("command", command.len()) } else { ("args", args.len()) };
        let mut path: Vec<Segment> = fields.iter().map(|name| Segment::Field(Cow::Borrowed(*name))).collect();
        path.extend([
            Segment::Field(Cow::Borrowed(list)),
            Segment::Index(number),
            Segment::Field(Cow::Borrowed(field)),
        ]);
        path.push(Segment::Index(count.saturating_sub(1)));
        let path = FieldPath(path);
        let span = if found.is_empty() { None } else { places::extent(text, judged.document, &path) };
        let diagnostics: Vec<Diagnostic> = found
            .into_iter()
            .filter_map(|it| {
                Some(Diagnostic {
                    code: sim::SCRIPT.into(),
                    severity: Severity::Advice,
                    span: span?,
                    path: path.to_string(),
                    message: format!("line {} of the script: {}", it.line, it.message),
                    related: Vec::new(),
                    fixes: Vec::new(),
                })
            })
            .collect();
        diagnostics
    };
    init.chain(apps).flat_map(one).collect()
}

#[cfg(test)]
mod tests {
    use crate::manifest::Severity;
    use crate::ui::judge::judge;

    #[test]
    fn a_script_is_looked_through_where_it_stands() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: a\n    image: busybox\n    \
                    command: [sh, -c, \"echo hi; curl web\"]\n";
        let (verdict, objects) = judge(text);
        assert!(verdict.accepted && objects.len() == 1);
        let problem = verdict.problems.iter().find(|it| it.diagnostic.code == "podlab/script").unwrap();
        assert_eq!((problem.diagnostic.severity, problem.line), (Severity::Advice, 9));
        assert!(problem.diagnostic.message.contains("`curl` is not in the image busybox"), "{problem:?}");
    }
}
