//! The output formats of kubectl.

pub(super) mod columns;
pub(super) mod json;
pub(super) mod jsonpath;
pub(super) mod kyaml;
pub(super) mod rows;
pub(super) mod shown;
pub(super) mod template;
pub(super) mod yaml;

use serde_json::Value;

use super::Failure;

/// The formats kubectl knows, as its refusal of others lists them.
const FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,\
                       jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

/// What flags beside `-o` say of templates.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given<'a> {
    /// The text of `--template`.
    pub template: Option<&'a str>,
    /// Whether a field that is not there is an error (`--allow-missing-template-keys=false`), in JSONPath.
    pub strict: bool,
}

/// A value in the format `-o` asks for.
///
/// # Errors
/// When the format is unknown or its template cannot be read.
pub(super) fn value(value: &Value, format: &str, given: Given<'_>, allowed: &str) -> Result<String, Failure> {
    let (name, argument) = format.split_once('=').map_or((format, None), |(name, argument)| (name, Some(argument)));
    let template = || {
        let text = argument.or(given.template).filter(|text| !text.is_empty());
        text.ok_or_else(|| Failure::usage("template format specified but no template given"))
    };
    match (name, argument) {
        ("yaml", None) => Ok(yaml::print(value)),
        ("json", None) => Ok(json::print(value)),
        ("kyaml", None) => Ok(kyaml::print(value)),
        ("jsonpath", _) => jsonpath::print(template()?, value, given.strict),
        ("jsonpath-as-json", _) => jsonpath::print_json(template()?, value, given.strict),
        ("go-template" | "template", _) => template::print(template()?, value),
        _ => Err(unknown(format, allowed)),
    }
}

/// A format in the letters the printers know it by, where it has others; the commands that print by themselves take it
/// as it is written (cli-runtime: genericclioptions/json_yaml_flags.go, name_flags.go).
pub(super) fn in_lower_case(command: &str, format: &str) -> Option<String> {
    const BY_THEMSELVES: [&str; 6] =
        ["api-resources", "apply_view-last-applied", "config_get-contexts", "delete", "explain", "version"];
    let lower = format.to_lowercase();
    let known = matches!(lower.as_str(), "json" | "yaml" | "kyaml" | "name") && lower != format;
    (known && !BY_THEMSELVES.contains(&command)).then_some(lower)
}

/// A format whose template or columns stand in a file, as the format with them in it; none for other formats.
///
/// # Errors
/// When there is no such file, or it holds no columns.
pub(super) fn of_file(
    format: &str,
    given: Option<&str>,
    read: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<String>, Failure> {
    let (name, file) = format.split_once('=').unwrap_or((format, ""));
    let (plain, what) = match name {
        "jsonpath-file" => ("jsonpath", "--template"),
        "go-template-file" | "templatefile" => ("go-template", "--template"),
        "custom-columns-file" => ("custom-columns", "template"),
        _ => return Ok(None),
    };
    let file = if file.is_empty() { given.unwrap_or_default() } else { file };
    if file.is_empty() {
        let what = if plain == "custom-columns" { "custom columns" } else { "template" };
        let format = what.replace(' ', "-");
        return Err(Failure::usage(format!("{format} format specified but no {what} given")));
    }
    let text = read(file).ok_or_else(|| {
        Failure::usage(format!("error reading {what} {file}, open {file}: no such file or directory"))
    })?;
    let text = if plain == "custom-columns" { columns::of_file(&text)? } else { text };
    Ok(Some(format!("{plain}={text}")))
}

/// The refusal of a format.
pub(super) fn unknown(format: &str, allowed: &str) -> Failure {
    let allowed = if allowed.is_empty() { FORMATS } else { allowed };
    Failure::usage(format!(
        "unable to match a printer suitable for the output format {format:?}, allowed formats are: {allowed}"
    ))
}
