//! The texts of the API's structs: names, reasons, messages. Most are held by many at a time, and the same ones come
//! again and again.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use collections::{same_text, text_order};

use crate::pool::pooled;

/// A text that never changes: a clone copies nothing, and a constant takes no memory of its own.
#[derive(Clone)]
pub struct Text(Held);

#[derive(Clone)]
enum Held {
    Constant(&'static str),
    Shared(Rc<str>),
}

impl Text {
    /// A text that stands in the program.
    pub const fn constant(text: &'static str) -> Self {
        Self(Held::Constant(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Held::Constant(text) => text,
            Held::Shared(text) => text,
        }
    }

    /// The text for one who shares texts himself.
    pub fn to_shared(&self) -> Rc<str> {
        match &self.0 {
            Held::Constant(text) => pooled(text),
            Held::Shared(text) => text.clone(),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::constant("")
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl Eq for Text {}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        same_text(self, other)
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        text_order(self, other)
    }
}

macro_rules! equals {
    ($($other:ty),*) => {$(
        impl PartialEq<$other> for Text {
            fn eq(&self, other: &$other) -> bool {
                let other: &str = other.as_ref();
                same_text(self, other)
            }
        }

        impl PartialEq<Text> for $other {
            fn eq(&self, other: &Text) -> bool {
                other == self
            }
        }
    )*};
}

equals!(str, &str, String);

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Held::Shared(pooled(text)))
    }
}

macro_rules! made {
    ($($other:ty),*) => {$(
        impl From<$other> for Text {
            fn from(text: $other) -> Self {
                Self(Held::Shared(text.into()))
            }
        }
    )*};
}

made!(String, Rc<str>);

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<&Rc<str>> for Text {
    fn from(text: &Rc<str>) -> Self {
        text.clone().into()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl From<&Text> for String {
    fn from(text: &Text) -> Self {
        text.as_str().to_owned()
    }
}

impl From<Text> for Rc<str> {
    fn from(text: Text) -> Self {
        text.to_shared()
    }
}

impl serde::Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}
