//! Writing an annotation into a manifest, as a person would.

use serde_json::Value as Json;

use super::site::Site;
use crate::api::{FieldPath, Segment};
use crate::text::{TextEdit, apply};
use crate::yaml::{self, Values};

/// What makes the annotation `key` of the object at `path` (of the Pod itself, or of a template in it) in the document
/// numbered `document` say `value`; none takes it away. No edit where it says so already, none at all where the text
/// cannot be changed so that it does.
pub fn annotate(
    text: &str,
    document: usize,
    path: &FieldPath,
    key: &str,
    value: Option<&str>,
) -> Option<Vec<TextEdit>> {
    let mut whole: Vec<Segment> = path.0.clone();
    whole.extend(["metadata", "annotations"].map(|name| Segment::Field(name.into())));
    whole.push(Segment::Key(key.to_owned()));
    if said(text, document, &whole)? == value.map(str::to_owned) {
        return Some(Vec::new());
    }
    let edits = edits(text, document, &whole, value)?;
    // What is promised is what is read.
    (said(&apply(text, &edits), document, &whole)? == value.map(str::to_owned)).then_some(edits)
}

/// What is written at `path`, where the document can be read.
fn said(text: &str, document: usize, path: &[Segment]) -> Option<Option<String>> {
    let documents = yaml::split(text);
    let document = documents.into_iter().nth(document)?;
    let values = Values::resolve(&document.tree).ok()?;
    let site = Site { text, tree: &document.tree, values: &values, root: values.root()? };
    Some(site.text_at(path).map(str::to_owned))
}

fn edits(text: &str, document: usize, path: &[Segment], value: Option<&str>) -> Option<Vec<TextEdit>> {
    let documents = yaml::split(text);
    let document = documents.into_iter().nth(document)?;
    let values = Values::resolve(&document.tree).ok()?;
    let site = Site { text, tree: &document.tree, values: &values, root: values.root()? };
    let edit = match value {
        Some(value) => site.put(path, &Json::from(value), false)?,
        None => {
            let (_, entry) = site.at(path)?;
            // With its last annotation the whole list of them goes.
            let list = path.split_last()?.1;
            let key = match site.entries(list) {
                [_] => site.at(list)?.1?.key_node,
                _ => entry?.key_node,
            };
            site.remove(key)?
        }
    };
    Some(vec![edit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Path;

    const KEY: &str = "podlab.dev/sim.app";

    fn after(text: &str, path: &FieldPath, value: Option<&str>) -> String {
        apply(text, &annotate(text, 0, path, KEY, value).unwrap())
    }

    #[test]
    fn it_is_written_whatever_stands_there() {
        let pod = Path::ROOT.to_owned();
        let plain = "kind: Pod\nmetadata:\n  name: web # the name\nspec:\n  containers: []\n";
        let once = after(plain, &pod, Some("run=5 exit=1"));
        assert_eq!(
            once,
            "kind: Pod\nmetadata:\n  name: web # the name\n  annotations:\n    podlab.dev/sim.app: \"run=5 exit=1\"\nspec:\n  \
             containers: []\n"
        );
        assert_eq!(annotate(&once, 0, &pod, KEY, Some("run=5 exit=1")), Some(Vec::new()));
        assert!(after(&once, &pod, Some("run=inf")).contains("podlab.dev/sim.app: \"run=inf\"\n"));
        assert_eq!(after(&once, &pod, None), plain);
        let others = "metadata:\n  annotations:\n    a: b\n";
        assert_eq!(
            after(others, &pod, Some("run=5")),
            "metadata:\n  annotations:\n    a: b\n    podlab.dev/sim.app: \"run=5\"\n"
        );
        assert_eq!(after(&after(others, &pod, Some("run=5")), &pod, None), others);
        for flow in [
            "{metadata: {name: a}}",
            "{metadata: {}}",
            "{\"metadata\": {\"annotations\": {\"a\": \"b\"}}}",
            "metadata: {annotations: {}}\n",
        ] {
            let text = after(flow, &pod, Some("exit=1"));
            assert_eq!(
                said(
                    &text,
                    0,
                    &[
                        Segment::Field("metadata".into()),
                        Segment::Field("annotations".into()),
                        Segment::Key(KEY.into())
                    ]
                ),
                Some(Some("exit=1".into())),
                "{text}"
            );
        }
    }

    #[test]
    fn a_template_gets_it_with_whatever_is_missing() {
        let template = Path::ROOT.field("spec").field("template").to_owned();
        let text = "kind: Deployment\nspec:\n  template:\n    spec:\n      containers: []\n";
        let with = after(text, &template, Some("run=5"));
        assert!(with.contains("    metadata:\n      annotations:\n        podlab.dev/sim.app: \"run=5\"\n"), "{with}");
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        assert_eq!(annotate("a: [", 0, &Path::ROOT.to_owned(), KEY, Some("x")), None);
        assert_eq!(annotate("a: b", 3, &Path::ROOT.to_owned(), KEY, Some("x")), None);
    }
}
