//! `-o custom-columns=NAME:.metadata.name,…` (kubectl: cmd/get/customcolumn.go).

use serde_json::Value;

use super::jsonpath::{Template, relaxed};
use super::rows::lines;
use super::shown::printed;
use crate::kubectl::{Failure, Output};

/// The objects as a table of the columns that `spec` asks for, as far as they can be found: what is wrong with a path
/// is known only after the head has been printed.
///
/// # Errors
/// When the columns cannot be read.
pub(in crate::kubectl) fn print(spec: &str, objects: &[Value], headers: bool) -> Result<Output, Failure> {
    if spec.is_empty() {
        return Err(Failure::usage("custom-columns format specified but no custom columns given"));
    }
    let columns: Vec<(&str, String)> = spec.split(',').map(column).collect::<Result<_, _>>()?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    if headers {
        rows.push(columns.iter().map(|(head, _)| (*head).to_owned()).collect());
    }
    let told = cells(&columns, objects, &mut rows);
    let output = match rows.is_empty() {
        true => Output::default(),
        false => Output::text(lines(&rows)),
    };
    Ok(match told {
        Ok(()) => output,
        Err(why) => output.then(Failure::usage(why).into()),
    })
}

/// The columns of a file: a line of heads, and a line of paths below them.
///
/// # Errors
/// When there are not as many of the ones as of the others.
pub(in crate::kubectl) fn of_file(text: &str) -> Result<String, Failure> {
    let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let (Some(heads), Some(paths)) = (lines.next(), lines.next()) else {
        return Err(Failure::usage(
            "invalid template, missing spec line. Expected format is one line of space separated headers, one line of \
             space separated column specs.",
        ));
    };
    if heads.len() != paths.len() {
        return Err(Failure::usage(format!(
            "number of headers ({}) and field specifications ({}) don't match",
            heads.len(),
            paths.len()
        )));
    }
    Ok(heads.iter().zip(paths).map(|(head, path)| format!("{head}:{path}")).collect::<Vec<_>>().join(","))
}

/// A column: its head and the path of its cells.
fn column(part: &str) -> Result<(&str, String), Failure> {
    let (head, path) = part.split_once(':').ok_or_else(|| {
        Failure::usage(format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"))
    })?;
    Ok((head, relaxed(path)?))
}

fn cells(columns: &[(&str, String)], objects: &[Value], rows: &mut Vec<Vec<String>>) -> Result<(), String> {
    let paths: Vec<Template> = columns.iter().map(|(_, path)| Template::parse(path)).collect::<Result<_, _>>()?;
    for object in objects {
        let cell = |path: &Template| {
            let found = path.find(object)?;
            if found.first().is_none_or(Vec::is_empty) {
                return Ok("<none>".to_owned());
            }
            let texts: Vec<String> = found.iter().flatten().map(|value| printed(value)).collect();
            Ok(texts.join(","))
        };
        rows.push(paths.iter().map(cell).collect::<Result<_, String>>()?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{of_file, print};
    use serde_json::json;

    #[test]
    fn cells_are_found_by_their_paths() {
        let pods = [
            json!({"metadata": {"name": "a"}, "c": [{"i": "x"}, {"i": "y"}]}),
            json!({"metadata": {"name": "bbbbbb"}}),
        ];
        let told = print("NAME:.metadata.name,IMG:c[*].i", &pods, true).unwrap().stdout;
        assert_eq!(told, "NAME     IMG\na        x,y\nbbbbbb   <none>\n");
        let told = print("A:.a,B:.b", &[json!({"a": "x\ny", "b": "z"})], true).unwrap().stdout;
        assert_eq!(told, "A     B\nx\ny     z\n");
        assert!(print("NAME", &pods, true).is_err());
        let told = print("A:.x[", &pods, true).unwrap();
        assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("A\n", "error: unterminated array\n"));
        assert_eq!(of_file("A    B\n.x  y.z\n").unwrap(), "A:.x,B:y.z");
    }
}
