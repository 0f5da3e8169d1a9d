//! Floor 5: the state of the page as a link.
//!
//! A link carries everything in its `#fragment`, which browsers never send to a server: a version, a dot, and the
//! state as JSON, raw-deflated and in URL-safe base64. Every version that was ever made must stay readable.

mod acts;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

pub use acts::{read_act, write_act};

/// How many bytes a link may inflate to: a small link cannot make the page swell.
pub const MAX_BYTES: usize = 4 << 20;

const V1: &str = "v1.";

/// What a link says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shared {
    /// The manifest.
    pub yaml: String,
    /// The moment, in virtual seconds since the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    /// What the person did to the cluster, one line each; see [`read_act`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<String>,
}

/// Why a fragment could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// It has no version of a link: it is something else, such as an anchor.
    NotALink,
    /// It is of a version that this page does not know.
    Newer,
    /// It is cut off or damaged.
    Damaged,
    /// It inflates to more than [`MAX_BYTES`].
    TooLarge,
}

impl LinkError {
    /// The message of `locales/*.ftl` that says it.
    pub fn message_id(self) -> &'static str {
        match self {
            LinkError::NotALink | LinkError::Damaged => "link-damaged",
            LinkError::Newer => "link-newer",
            LinkError::TooLarge => "link-too-large",
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message_id())
    }
}

impl std::error::Error for LinkError {}

/// The fragment that says `shared`, without the `#`.
pub fn encode(shared: &Shared) -> String {
    let json = serde_json::to_vec(shared).unwrap_or_default();
    let mut fragment = V1.to_owned();
    URL_SAFE_NO_PAD.encode_string(miniz_oxide::deflate::compress_to_vec(&json, 9), &mut fragment);
    fragment
}

/// What the fragment (with or without its `#`) says.
///
/// # Errors
/// When it is no link, of another version, damaged or too large; see [`LinkError`].
pub fn decode(fragment: &str) -> Result<Shared, LinkError> {
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    let Some(body) = fragment.strip_prefix(V1) else {
        let version = fragment.split('.').next().and_then(|head| head.strip_prefix('v'));
        return Err(match version.is_some_and(|v| v.parse::<u32>().is_ok()) && fragment.contains('.') {
            true => LinkError::Newer,
            false => LinkError::NotALink,
        });
    };
    let packed = URL_SAFE_NO_PAD.decode(body).map_err(|_| LinkError::Damaged)?;
    let json =
        miniz_oxide::inflate::decompress_to_vec_with_limit(&packed, MAX_BYTES).map_err(|error| match error.status {
            miniz_oxide::inflate::TINFLStatus::HasMoreOutput => LinkError::TooLarge,
            _ => LinkError::Damaged,
        })?;
    serde_json::from_slice(&json).map_err(|_| LinkError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        for yaml in ["", "kind: Pod\n", "名: 值\t\u{1f980}\n", &"a: b\n".repeat(20_000)] {
            let shared = Shared { yaml: yaml.to_owned(), at: Some(12.5), acts: vec!["1 node a down".to_owned()] };
            assert_eq!(decode(&format!("#{}", encode(&shared))).unwrap(), shared);
        }
    }

    /// Links of every version ever made stay readable.
    #[test]
    fn old_links_are_read() {
        let v1 = "v1.q1aqTMzNUbJSys7MS7FSCMhPiclTqgUA";
        assert_eq!(decode(v1).unwrap(), Shared { yaml: "kind: Pod\n".to_owned(), at: None, acts: Vec::new() });
    }

    #[test]
    fn hostile_fragments_are_refused() {
        let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b' '; MAX_BYTES + 1], 9);
        let bomb = format!("v1.{}", URL_SAFE_NO_PAD.encode(bomb));
        assert_eq!(decode(&bomb), Err(LinkError::TooLarge));
        assert_eq!(decode("#v2.abc"), Err(LinkError::Newer));
        for other in ["", "#", "#anchor", "v", "v.x", "vx.y"] {
            assert_eq!(decode(other), Err(LinkError::NotALink), "{other}");
        }
        let whole = encode(&Shared { yaml: "kind: Pod\n".to_owned(), at: None, acts: Vec::new() });
        for end in 3..whole.len() {
            assert!(decode(&whole[..end]).is_err(), "{end}");
        }
        assert_eq!(decode("v1.中文"), Err(LinkError::Damaged));
    }
}
