//! Mends of what the server accepts and Podlab would not leave so.

use serde_json::Value as Json;

use super::render::{self, object};
use super::site::{Site, below};
use super::{ADD, Fix, SIDECAR, fix};
use crate::api::Segment;
use crate::manifest::FieldError;
use crate::text::{Span, TextEdit};
use crate::yaml::NodeKind;

/// Proposals for a piece of advice.
pub(super) fn advice(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let path = &found.place().0;
    let proposal = match found.code {
        "advice/no-resources" => {
            let requests = object([("cpu", Json::from("100m")), ("memory", Json::from("128Mi"))]);
            let edit = site.put(&below(path, ["resources", "requests"]), &requests, false);
            fix(ADD, "requests", edit)
        }
        "advice/job-sidecar" => to_sidecar(site, path),
        _ => None,
    };
    proposal.into_iter().collect()
}

/// Moves a container of a list in block style to the init containers, to run beside the others.
fn to_sidecar(site: &Site<'_, '_>, path: &[Segment]) -> Option<Fix> {
    let (Segment::Index(index), at_list) = path.split_last()? else { return None };
    let spec = at_list.get(..at_list.len().saturating_sub(1))?;
    let (list, list_entry) = site.at(at_list)?;
    let list_node = site.values.node(list);
    let removal = site.remove_item(list, *index)?;
    let (item, _) = site.at(path)?;
    let item_node = site.values.node(item);
    let written_here = match &site.tree.node(list_node).kind {
        NodeKind::Sequence { items, .. } => items.get(*index) == Some(&item_node),
        _ => false,
    };
    if !written_here || site.values.field(item, "restartPolicy").is_some() {
        return None;
    }
    let start = site.tree.node(item_node).span.start;
    let dash = site.dash(list_node, start)?;
    let key_column = site.column_of(start);
    let written = site.slice(Span::new(dash, removal.span.end)).trim_end_matches('\n');
    let always = format!("{written}\n{}restartPolicy: Always\n", " ".repeat(key_column));
    let indent = " ".repeat(site.column_of(dash));
    let insertion = match site.at(&below(spec, ["initContainers"])) {
        Some((init, _)) => {
            let node = site.values.node(init);
            let span = site.tree.node(node).span;
            if site.column_of(span.start) != site.column_of(dash) {
                return None;
            }
            let last = site.items(&below(spec, ["initContainers"])).last()?;
            let end = site.tree.node(site.values.node(*last)).span.end;
            TextEdit::insert(site.lines(end, end).end, format!("{indent}{always}"))
        }
        None => {
            let key = site.tree.node(list_entry?.key_node).span.start;
            let column = " ".repeat(site.column_of(key));
            TextEdit::insert(
                key,
                format!("{}:\n{indent}{always}{column}", render::text_scalar("initContainers", false)),
            )
        }
    };
    Some(Fix { id: SIDECAR, value: String::new(), edits: vec![insertion, removal] })
}
