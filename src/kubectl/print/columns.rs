//! `-o custom-columns=NAME:.metadata.name,…` (kubectl: cmd/get/customcolumn.go).

use serde_json::Value;

use super::jsonpath::{Template, relaxed, shown};
use super::rows::table;
use crate::kubectl::Failure;

/// A column: its head and the path of its cells.
struct Column {
    head: String,
    path: Template,
}

/// The objects as a table of the columns that `spec` asks for.
///
/// # Errors
/// When the columns cannot be read.
pub(in crate::kubectl) fn print(spec: &str, objects: &[Value], headers: bool) -> Result<String, Failure> {
    if spec.is_empty() {
        return Err(Failure::usage("custom-columns format specified but no custom columns given"));
    }
    let columns: Vec<Column> = spec.split(',').map(|part| column(spec, part)).collect::<Result<_, _>>()?;
    let mut rows = Vec::new();
    if headers {
        rows.push(columns.iter().map(|column| column.head.clone()).collect());
    }
    rows.extend(objects.iter().map(|object| columns.iter().map(|column| cell(column, object)).collect()));
    Ok(table(&rows))
}

fn column(spec: &str, part: &str) -> Result<Column, Failure> {
    let (head, path) = part.split_once(':').ok_or_else(|| {
        Failure::usage(format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"))
    })?;
    let path = relaxed(path)?;
    let path = Template::parse(&path).map_err(|why| Failure::usage(format!("error parsing jsonpath {spec}, {why}")))?;
    Ok(Column { head: head.to_owned(), path })
}

fn cell(column: &Column, object: &Value) -> String {
    let found: Vec<String> = column.path.find(object).into_iter().flatten().map(printed).collect();
    if found.is_empty() { "<none>".to_owned() } else { found.join(",") }
}

/// A value as Go's `%v` prints it.
fn printed(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Array(list) => format!("[{}]", list.iter().map(printed).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(name, value)| format!("{name}:{}", printed(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => shown(other),
    }
}

#[cfg(test)]
mod tests {
    use super::print;
    use serde_json::json;

    #[test]
    fn cells_are_found_by_their_paths() {
        let pods = [
            json!({"metadata": {"name": "a"}, "c": [{"i": "x"}, {"i": "y"}]}),
            json!({"metadata": {"name": "bbbbbb"}}),
        ];
        let told = print("NAME:.metadata.name,IMG:c[*].i", &pods, true).unwrap();
        assert_eq!(told, "NAME     IMG\na        x,y\nbbbbbb   <none>\n");
        assert!(print("NAME", &pods, true).is_err());
    }
}
