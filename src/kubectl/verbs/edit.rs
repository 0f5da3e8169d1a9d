//! `kubectl edit` (kubectl: cmd/util/editor/editoptions.go): a text for an editor, and what becomes of it.

use serde_json::Value;

use super::Read;
use super::submit::{self, Dry};
use crate::api::Object;
use crate::cluster::{Cluster, ObjectKey};
use crate::kubectl::args::Args;
use crate::kubectl::resources::Resource;
use crate::kubectl::{Failure, Output, made, print, resource, wire};

/// What stands above the object in the editor.
const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will \
                    abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant \
                    failures.\n#\n";

/// An object being edited.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    key: ObjectKey,
    /// The text without its head, as it was when the editor opened.
    body: String,
    /// What is shown in the editor.
    pub text: String,
    /// Whether it was refused before.
    refused: bool,
}

/// What saving led to.
#[derive(Clone, Debug)]
pub enum Saved {
    /// The command has ended.
    Ended(Output),
    /// The server refused; the editor opens again. The output is printed meanwhile.
    Again(Box<Edit>, Output),
    /// The edit was given up; the text is kept in this file.
    Kept {
        /// What is printed.
        output: Output,
        /// The file's name.
        file: String,
        /// Its text.
        text: String,
    },
}

/// `edit TYPE NAME`, `edit -f FILE`.
pub(super) fn edit(cluster: &Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let found = super::named(cluster, args, args.arguments(), read)?;
    if !found.missing.is_empty() {
        return Err(Failure(found.missing.trim_end().to_owned()));
    }
    let first = found.each().next().map(|(_, object)| object.clone());
    let mut output = Output::default();
    if let Some(object) = first
        && let Some(key) = ObjectKey::of(&object)
    {
        let body = print::yaml::print(&wire::object(&object));
        output.edit = Some(Box::new(Edit { key, text: format!("{HEAD}{body}"), body, refused: false }));
    }
    Ok(output)
}

fn full(key: &ObjectKey) -> String {
    format!("{} \"{}\"", Resource::of(key.kind).full(), key.name)
}

impl Edit {
    /// The editor was closed with this text.
    pub fn save(&self, cluster: &mut Cluster, text: &str) -> Saved {
        let body: String = text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        if body.trim_end() == self.body.trim_end() {
            return if self.refused {
                self.keep(text, "Edit cancelled, no valid changes were saved.")
            } else {
                Saved::Ended(Output::remark("Edit cancelled, no changes made.\n"))
            };
        }
        let value: Value = match serde_yaml::from_str(&body) {
            Ok(value @ Value::Object(_)) => value,
            Ok(_) => {
                return self.again(
                    &body,
                    "<nil>: Invalid value: \"The edited file failed validation\": Object 'Kind' is missing",
                );
            }
            Err(error) => {
                return self.again(
                    &body,
                    &format!("<nil>: Invalid value: \"The edited file failed validation\": yaml: {error}"),
                );
            }
        };
        let same = |path: &str, want: &str| value.pointer(path).and_then(Value::as_str) == Some(want);
        if !same("/metadata/name", &self.key.name)
            || !same("/kind", self.key.kind.name())
            || !same("/apiVersion", self.key.kind.api_version())
        {
            return self.keep(text, "At least one of apiVersion, kind and name was changed");
        }
        if cluster.store().get(&self.key).is_none() {
            let file = self.file();
            let output = Failure::usage(format!(
                "{} could not be found on the server\nThe edits you made on deleted resources have been saved to {file:?}",
                full(&self.key)
            ));
            return Saved::Kept { output: output.into(), file, text: text.to_owned() };
        }
        let object = match Object::from_json(self.key.kind, value) {
            Ok(object) => object,
            Err(error) => return self.again(&body, &format!("patch: Invalid value: {error}")),
        };
        match submit::put(cluster, Dry::No, object) {
            Ok(_) => Saved::Ended(Output::line(format!("{} edited", resource::label(&self.key)))),
            Err(error) if error.reason == "Invalid" => {
                let causes =
                    error.message.split_once(" is invalid: ").map_or(error.message.as_str(), |(_, causes)| causes);
                self.again(&body, causes)
            }
            Err(error) => {
                let file = self.file();
                let text = text.to_owned();
                let words = format!(
                    "{} could not be patched: {}\nYou can run `kubectl replace -f {file}` to try this update again.",
                    full(&self.key),
                    error.message
                );
                Saved::Kept { output: Failure::usage(words).into(), file, text }
            }
        }
    }

    /// The editor was closed without saving.
    pub fn cancel(&self) -> Saved {
        match self.refused {
            true => self.keep(&self.text, "Edit cancelled, no valid changes were saved."),
            false => Saved::Ended(Output::remark("Edit cancelled, no changes made.\n")),
        }
    }

    fn again(&self, body: &str, why: &str) -> Saved {
        let commented = why.replace('\n', "\n# ");
        let text = format!("{HEAD}# {} was not valid:\n# * {commented}\n#\n{body}", full(&self.key));
        let output = Output::remark(format!("error: {} is invalid\n", full(&self.key)));
        let edit = Edit { key: self.key.clone(), body: body.to_owned(), text, refused: true };
        Saved::Again(Box::new(edit), output)
    }

    fn keep(&self, text: &str, why: &str) -> Saved {
        let file = self.file();
        let stderr = format!("A copy of your changes has been stored to {file:?}\nerror: {why}\n");
        Saved::Kept { output: Output { stderr, exit_code: 1, ..Output::default() }, file, text: text.to_owned() }
    }

    /// A name for the copy: the same digits for the same text.
    fn file(&self) -> String {
        let letters = made::suffix(&self.text);
        let number = letters.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(u64::from(byte)));
        format!("/tmp/kubectl-edit-{}.yaml", number % 10_000_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Config;

    #[test]
    fn an_edit_is_saved_refused_or_dropped() {
        let mut cluster = Cluster::new(Config::default());
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let run = |cluster: &mut Cluster, line: &str| crate::kubectl::run_words(cluster, &words(line), &|_| None);
        run(&mut cluster, "create configmap a --from-literal=k=v");
        let edit = run(&mut cluster, "edit cm a").edit.unwrap();
        assert!(edit.text.starts_with("# Please edit"));
        let Saved::Ended(output) = edit.save(&mut cluster, &edit.text) else { panic!("it ends") };
        assert_eq!(output.stderr, "Edit cancelled, no changes made.\n");
        let Saved::Ended(output) = edit.save(&mut cluster, &edit.text.replace("k: v", "k: w")) else {
            panic!("it ends")
        };
        assert_eq!(output.stdout, "configmap/a edited\n");
        let Saved::Again(again, _) = edit.save(&mut cluster, &edit.text.replace("data:", "da ta: [")) else {
            panic!("again")
        };
        assert!(again.text.contains("# configmaps \"a\" was not valid:\n# * <nil>: Invalid value: \"The edited file"));
        let Saved::Kept { output, .. } = again.save(&mut cluster, &again.text) else { panic!("kept") };
        assert!(output.stderr.ends_with("error: Edit cancelled, no valid changes were saved.\n"), "{}", output.stderr);
        let Saved::Kept { output, .. } = edit.save(&mut cluster, &edit.text.replace("name: a", "name: b")) else {
            panic!("kept")
        };
        assert!(output.stderr.ends_with("error: At least one of apiVersion, kind and name was changed\n"));
    }
}
