//! File names that fit a pattern.

use super::super::machine::{Cx, Io};
use super::pattern;

/// How many names are found at most.
const MOST: usize = 10_000;

/// The paths that fit, sorted; none when none does.
pub(in super::super) fn expand(pattern: &str, io: &Io, cx: &mut Cx) -> Vec<String> {
    let mut found = vec![if pattern.starts_with('/') { "/".to_owned() } else { String::new() }];
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    for (number, part) in parts.iter().enumerate() {
        let last = number + 1 == parts.len();
        let special = part.contains(['*', '?', '[']);
        let mut next = Vec::new();
        for base in &found {
            let folder = io.path(if base.is_empty() { "." } else { base });
            let join = |name: &str| {
                if base.is_empty() || base == "/" { format!("{base}{name}") } else { format!("{base}/{name}") }
            };
            if !special {
                let path = join(&pattern::unescape(part));
                if cx.files(io.user).stat(&io.path(&path), false).is_ok() {
                    next.push(path);
                }
                continue;
            }
            for name in cx.files(io.user).list(&folder).unwrap_or_default() {
                if name.starts_with('.') && !part.starts_with('.') {
                    continue;
                }
                let fits = pattern::matches(part, &name)
                    && (last
                        || cx.files(io.user).stat(&io.path(&join(&name)), true).is_ok_and(|stat| stat.is_folder()));
                if fits && next.len() < MOST {
                    next.push(join(&name));
                }
            }
        }
        found = next;
    }
    collections::sort(&mut found);
    found
}
