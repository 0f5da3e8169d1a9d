//! Alias bombs: a small text whose aliases stand for a huge document.

use super::tree::{NodeId, NodeKind, Tree};
use super::value::ValueError;

/// Refuses what go-yaml refuses (decode.go allowedAliasRatio): the share of nodes read through aliases may be 99 %
/// in small documents and 10 % in large ones.
///
/// The walk expands aliases, but ends where go-yaml ends: it never takes more than some millions of steps.
pub(super) fn check(tree: &Tree<'_>) -> Result<(), ValueError> {
    if !tree.nodes().any(|(_, node)| matches!(node.kind, NodeKind::Alias { .. })) {
        return Ok(());
    }
    let Some(root) = tree.root() else { return Ok(()) };
    let mut stack: Vec<(NodeId, bool)> = vec![(root, false)];
    let (mut decoded, mut aliased) = (0u64, 0u64);
    while let Some((id, through_alias)) = stack.pop() {
        decoded += 1;
        aliased += u64::from(through_alias);
        if aliased > 100 && decoded > 1000 && share(aliased, decoded) > allowed(decoded) {
            let message = "yaml: document contains excessive aliasing".to_owned();
            return Err(ValueError { message, span: tree.node(root).span });
        }
        match &tree.node(id).kind {
            NodeKind::Alias { target, .. } => stack.push((*target, true)),
            NodeKind::Sequence { items, .. } => stack.extend(items.iter().rev().map(|item| (*item, through_alias))),
            NodeKind::Mapping { pairs, .. } => {
                for (key, value) in pairs.iter().rev() {
                    stack.push((*value, through_alias));
                    stack.push((*key, through_alias));
                }
            }
            NodeKind::Scalar { .. } => {}
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "the counts stay far below 2^52")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

fn allowed(decoded: u64) -> f64 {
    const LOW: u64 = 400_000;
    const HIGH: u64 = 4_000_000;
    match decoded {
        ..=LOW => 0.99,
        HIGH.. => 0.10,
        _ => 0.99 - 0.89 * share(decoded - LOW, HIGH - LOW),
    }
}
