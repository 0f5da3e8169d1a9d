//! The output formats of kubectl.

pub(super) mod columns;
pub(super) mod json;
pub(super) mod jsonpath;
pub(super) mod rows;
pub(super) mod template;
pub(super) mod yaml;

use serde_json::Value;

use super::Failure;

/// The formats kubectl knows, as its refusal of others lists them.
const FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,\
                       jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

/// A value in the format `-o` asks for; `template` is the text of `--template`.
///
/// # Errors
/// When the format is unknown or its template cannot be read.
pub(super) fn value(value: &Value, format: &str, given: Option<&str>, allowed: &str) -> Result<String, Failure> {
    let (name, argument) = format.split_once('=').map_or((format, None), |(name, argument)| (name, Some(argument)));
    let argument = argument.or(given);
    let needs = |what: &str| {
        argument
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Failure::usage(format!("{what} format specified but no {what} given")))
    };
    match name {
        "yaml" => Ok(yaml::print(value)),
        "json" => Ok(json::print(value)),
        "kyaml" => Ok(json::kyaml(value)),
        "jsonpath" => jsonpath::print(needs("template")?, value),
        "jsonpath-as-json" => jsonpath::print_json(needs("template")?, value),
        "go-template" | "template" => template::print(needs("template")?, value),
        "custom-columns-file" | "jsonpath-file" | "go-template-file" | "templatefile" => {
            let file = argument.unwrap_or_default();
            Err(Failure::usage(format!("error reading template {file}, open {file}: no such file or directory")))
        }
        _ => Err(unknown(format, allowed)),
    }
}

/// The refusal of a format.
pub(super) fn unknown(format: &str, allowed: &str) -> Failure {
    let allowed = if allowed.is_empty() { FORMATS } else { allowed };
    Failure::usage(format!(
        "unable to match a printer suitable for the output format {format:?}, allowed formats are: {allowed}"
    ))
}
