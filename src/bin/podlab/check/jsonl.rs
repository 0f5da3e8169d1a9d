//! Answers as JSON, one a line: the form that the recorded answers of a real cluster have.

use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;

use base64::Engine as _;
use podlab::manifest::{self, Diagnostic, Judgement, Severity};
use podlab::text::{LineIndex, Span};
use serde_json::{Value, json};

use crate::out;

/// Reads cases from the standard input and answers each as `kubectl create --dry-run=server` would.
pub(super) fn answer(name: &str, advice: bool) -> Result<ExitCode, String> {
    let mut lines = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| format!("podlab check: reading the standard input: {error}\n"))?;
        if line.trim().is_empty() {
            continue;
        }
        let (id, text) = case(&line)?;
        let mut judgement = manifest::check_dry_run(&text, name);
        if !advice {
            judgement.diagnostics.retain(|diagnostic| !super::is_advice(diagnostic));
        }
        if !out::is_read(writeln!(lines, "{}", answer_line(&id, &text, &judgement)))? {
            break;
        }
    }
    out::is_read(lines.flush())?;
    Ok(ExitCode::SUCCESS)
}

fn case(line: &str) -> Result<(String, String), String> {
    let case: Value = serde_json::from_str(line).map_err(|error| format!("podlab check: not JSON: {error}\n"))?;
    let id = case.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(text) = case.get("yaml").and_then(Value::as_str) {
        return Ok((id, manifest::decode_bytes(text.as_bytes())));
    }
    let packed = case.get("yaml_b64").and_then(Value::as_str);
    let packed = packed.ok_or_else(|| format!("podlab check: case {id:?} has neither yaml nor yaml_b64\n"))?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed);
    let bytes = bytes.map_err(|error| format!("podlab check: case {id:?}: {error}\n"))?;
    Ok((id, manifest::decode_bytes(&bytes)))
}

/// One answer.
pub(super) fn answer_line(id: &str, text: &str, judgement: &Judgement) -> Value {
    let lines = LineIndex::new(text);
    let causes = judgement.causes.iter().map(|cause| {
        let field = if cause.path.0.is_empty() { "<nil>".to_owned() } else { cause.path.to_string() };
        json!({"type": cause.cause.reason(), "field": field, "message": cause.message})
    });
    json!({
        "id": id,
        "verdict": if judgement.accepted() { "ok" } else { "error" },
        "stage": judgement.stage.word(),
        "stderr": judgement.stderr,
        "causes": causes.collect::<Vec<_>>(),
        "warnings": judgement.warnings,
        "diagnostics": judgement.diagnostics.iter().map(|it| diagnostic(it, &lines)).collect::<Vec<_>>(),
    })
}

fn diagnostic(it: &Diagnostic, lines: &LineIndex<'_>) -> Value {
    let fixes = it.fixes.iter().map(|fix| json!({"id": fix.id, "value": fix.value, "edits": fix.edits}));
    let related = it.related.iter().map(|place| {
        json!({"path": place.path, "start": position(place.span.start, lines), "end": position(place.span.end, lines)})
    });
    let Span { start, end } = it.span;
    json!({
        "code": it.code,
        "severity": severity(it.severity),
        "start": position(start, lines),
        "end": position(end, lines),
        "path": it.path,
        "message": it.message,
        "related": related.collect::<Vec<_>>(),
        "fixes": fixes.collect::<Vec<_>>(),
    })
}

fn position(offset: usize, lines: &LineIndex<'_>) -> Value {
    let position = lines.position(offset);
    json!({"line": position.line, "column": position.column, "offset": offset})
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
    }
}
