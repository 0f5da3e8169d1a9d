//! Floor 5: the state of the page as a link.
//!
//! A link carries everything in its `#fragment`, which browsers never send to a server: a version, a dot, and the
//! state as JSON, raw-deflated and in URL-safe base64. Every version that was ever made must stay readable.

mod acts;
pub mod snippet;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

pub use acts::{read_act, write_act};

/// How many bytes a link may inflate to: a small link cannot make the page swell.
pub const MAX_BYTES: usize = 4 << 20;

const V1: &str = "v1.";

/// What a link says. Everything but the manifest may be left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    /// The manifest.
    pub yaml: String,
    /// The moment, in virtual seconds since the start.
    pub at: Option<f64>,
    /// What the person did to the cluster, one line each; see [`read_act`].
    pub acts: Vec<String>,
    /// What is looked at: a Pod as `default/web`, a container of it as `default/web/app`, or an owner of Pods as
    /// `Deployment:default/web`.
    pub select: Option<String>,
    /// Which tab of the stage's pane is open.
    pub tab: Option<String>,
    /// The speed, in virtual seconds a second.
    pub speed: Option<f64>,
    /// The files of the terminal beside the manifest, by name.
    pub files: Vec<(String, String)>,
}

impl Shared {
    fn to_json(&self) -> Value {
        let mut json = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                json.insert(name.to_owned(), value);
            }
        };
        let some = |list: Value| Some(list).filter(|list| *list != Value::Array(Vec::new()));
        put("yaml", Some(self.yaml.as_str().into()));
        put("at", self.at.map(Value::from));
        put("acts", some(self.acts.iter().map(String::as_str).collect()));
        put("select", self.select.as_deref().map(Value::from));
        put("tab", self.tab.as_deref().map(Value::from));
        put("speed", self.speed.map(Value::from));
        let file = |(name, text): &(String, String)| Value::Array(vec![name.as_str().into(), text.as_str().into()]);
        put("files", some(self.files.iter().map(file).collect()));
        Value::Object(json)
    }

    /// What is there; none without a manifest, which every link has.
    fn from_json(json: &Value) -> Option<Shared> {
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        let list = |name: &str| json[name].as_array().map(Vec::as_slice).unwrap_or_default();
        let file = |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()));
        Some(Shared {
            yaml: text("yaml")?,
            at: json["at"].as_f64(),
            acts: list("acts").iter().filter_map(|act| act.as_str().map(str::to_owned)).collect(),
            select: text("select"),
            tab: text("tab"),
            speed: json["speed"].as_f64(),
            files: list("files").iter().filter_map(file).collect(),
        })
    }
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
            LinkError::NotALink => "link-unknown",
            LinkError::Damaged => "link-damaged",
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
    let json = shared.to_json().to_string();
    let mut fragment = V1.to_owned();
    URL_SAFE_NO_PAD.encode_string(miniz_oxide::deflate::compress_to_vec(json.as_bytes(), 9), &mut fragment);
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
    let json: Value = serde_json::from_slice(&json).map_err(|_| LinkError::Damaged)?;
    Shared::from_json(&json).ok_or(LinkError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(yaml: &str) -> Shared {
        Shared {
            yaml: yaml.to_owned(),
            at: Some(12.5),
            acts: vec!["1 node a down".to_owned()],
            select: Some("default/web/app".to_owned()),
            tab: Some("logs".to_owned()),
            speed: Some(20.0),
            files: vec![("a b.yaml".to_owned(), "kind: Pod\n".to_owned())],
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
        for yaml in ["", "kind: Pod\n", "名: 值\t\u{1f980}\n", &"a: b\n".repeat(20_000)] {
            for shared in [full(yaml), Shared { yaml: yaml.to_owned(), ..Shared::default() }] {
                assert_eq!(decode(&format!("#{}", encode(&shared))).unwrap(), shared);
            }
        }
    }

    /// Links of every version ever made stay readable. None of these is ever changed: new ones are added below.
    #[test]
    fn old_links_are_read() {
        // The first: a manifest alone.
        let first = "v1.q1aqTMzNUbJSys7MS7FSCMhPiclTqgUA";
        assert_eq!(decode(first).unwrap(), Shared { yaml: "kind: Pod\n".to_owned(), ..Shared::default() });
        // With a moment and acts.
        let second = "v1.q1aqTMzNUbJSys7MS7FSCMhPiclT0lFKLFGyMjbUMwWykkuKlayilYwsTAxAQCE7MydHISU1LbE0p0S_PDVJIbGgQMHQ2Byoy9gAAhTy8lNSwYSuoUJKfnmeUmwtAA";
        let acts = vec!["28400000 kill default/web app 137".to_owned(), "30000000 node node-1 down".to_owned()];
        let expected = Shared { yaml: "kind: Pod\n".to_owned(), at: Some(31.5), acts, ..Shared::default() };
        assert_eq!(decode(second).unwrap(), expected);
        // With what is looked at, the speed and files.
        assert_eq!(decode("v1.VY3NCgIxEINfpeRcuj_gpU_hfe1hujMri7UttLKI-O6O3rwlIcn3wpPuCR63PbM358KXDAvq8NPsTqrW3uAXTCYXFkOGy5ERLJokWbUGlo0eqQ-HxIFq1XWnqHkq16amVRGGn0c3Wmx7ku_dAjLR_dD2Dx3C-wM").unwrap(), full("kind: Pod\n"));
    }

    #[test]
    fn what_a_later_link_says_more_is_left_out() {
        let json =
            r#"{"yaml":"a: b","at":"noon","acts":[7,"1 node a down"],"select":{},"files":[["a"],["b","c"]],"more":[]}"#;
        let packed = miniz_oxide::deflate::compress_to_vec(json.as_bytes(), 9);
        let read = decode(&format!("v1.{}", URL_SAFE_NO_PAD.encode(packed))).unwrap();
        let expected = Shared {
            yaml: "a: b".to_owned(),
            acts: vec!["1 node a down".to_owned()],
            files: vec![("b".to_owned(), "c".to_owned())],
            ..Shared::default()
        };
        assert_eq!(read, expected);
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
        let whole = encode(&full("kind: Pod\n"));
        for end in 3..whole.len() {
            assert!(decode(&whole[..end]).is_err(), "{end}");
        }
        for odd in ["v1.中文", "v1.", "v1.AAAA", &format!("v1.{}", "A".repeat(1 << 20))] {
            assert_eq!(decode(odd), Err(LinkError::Damaged), "{:.20}", odd);
        }
        // A deeply nested value is no way to the end of the stack.
        let deep = miniz_oxide::deflate::compress_to_vec("[".repeat(1 << 20).as_bytes(), 9);
        assert_eq!(decode(&format!("v1.{}", URL_SAFE_NO_PAD.encode(deep))), Err(LinkError::Damaged));
    }
}
