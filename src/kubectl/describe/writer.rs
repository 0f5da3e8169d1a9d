//! Lines with levels of indentation and tabs between their cells, laid out at the end.

use collections::Map as BTreeMap;
use std::fmt::Write;

use crate::kubectl::tabwriter;

/// Collects lines; two blanks for each level.
#[derive(Default)]
pub(super) struct Writer(String);

impl Writer {
    /// `name:` and a value.
    pub fn line(&mut self, level: usize, name: &str, value: &str) {
        self.raw(level, &format!("{name}:\t{value}"));
    }

    /// A line as it is; cells are separated by tabs.
    pub fn raw(&mut self, level: usize, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{}{text}", "  ".repeat(level));
    }

    /// A map, one entry a line (`app=web`), or `<none>`.
    pub fn map(&mut self, name: &str, map: Option<&BTreeMap<String, String>>, between: &str) {
        let entries: Vec<String> =
            map.into_iter().flatten().map(|(key, value)| format!("{key}{between}{value}")).collect();
        self.list(name, &entries);
    }

    /// Values one below the other, or `<none>`.
    pub fn list(&mut self, name: &str, values: &[String]) {
        self.list_at(0, name, values);
    }

    /// The same, further in; only the first line is.
    pub fn list_at(&mut self, level: usize, name: &str, values: &[String]) {
        match values.split_first() {
            None => self.line(level, name, "<none>"),
            Some((first, rest)) => {
                self.line(level, name, first);
                rest.iter().for_each(|value| self.raw(0, &format!("\t{value}")));
            }
        }
    }

    /// Annotations: long ones are cut, what `apply` keeps for itself is hidden
    /// (kubectl: describe.go printAnnotationsMultiline).
    pub fn annotations(&mut self, annotations: Option<&BTreeMap<String, String>>) {
        self.annotations_at(0, annotations);
    }

    /// The same, further in; only the first line is.
    pub fn annotations_at(&mut self, level: usize, annotations: Option<&BTreeMap<String, String>>) {
        let shown: Vec<_> = annotations
            .into_iter()
            .flatten()
            .filter(|(key, _)| key.as_str() != "kubectl.kubernetes.io/last-applied-configuration")
            .collect();
        if shown.is_empty() {
            return self.line(level, "Annotations", "<none>");
        }
        let head = format!("{}Annotations:", "  ".repeat(level));
        let mut name = head.as_str();
        for (key, value) in shown {
            if key.len() + value.len() + 2 > 140 || value.contains('\n') {
                self.raw(0, &format!("{name}\t{key}:"));
                for line in value.trim_end_matches('\n').split('\n') {
                    let cut = line.char_indices().nth(138).map_or(line.len(), |(at, _)| at);
                    let dots = if cut < line.len() { "..." } else { "" };
                    self.raw(0, &format!("\t  {}{dots}", line.get(..cut).unwrap_or(line)));
                }
            } else {
                self.raw(0, &format!("{name}\t{key}: {value}"));
            }
            name = "";
        }
    }

    /// The text as it is, tabs and all.
    pub fn unaligned(self) -> String {
        self.0
    }

    /// The text, laid out.
    pub fn finish(self) -> String {
        tabwriter::format(&self.0, 0, 2)
    }
}
