//! How a struct of the API shows its fields: by number, so that one reader and one writer serve all structs.

use collections::Map;

use serde_json::Value;

use crate::text::Text;
use crate::time::Timestamp;

/// A value of the API: a scalar, a list, a map or a struct.
pub trait Part {
    /// What it holds.
    fn view(&self) -> View<'_>;
    /// Where what it is to hold goes. An optional value is there from now on, empty if it was not there before.
    fn slot(&mut self) -> Slot<'_>;
    /// Makes an optional value absent; others stay.
    fn clear(&mut self) {}
}

/// What a [`Part`] holds.
#[allow(missing_docs, reason = "each variant is a type of JSON's, or one that JSON has not")]
pub enum View<'a> {
    Absent,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    /// A text that is made for this.
    Written(String),
    /// An instant, and whether it is written to the microsecond.
    Time(Timestamp, bool),
    Json(&'a Value),
    List(&'a dyn List),
    Map(&'a dyn Entries),
    Record(&'a dyn Record),
}

/// Where the value of a [`Part`] goes.
#[allow(missing_docs, reason = "each variant is a type of JSON's, or one that JSON has not")]
pub enum Slot<'a> {
    Bool(&'a mut bool),
    Int32(&'a mut i32),
    Int64(&'a mut i64),
    String(&'a mut String),
    Text(&'a mut Text),
    Time(&'a mut Timestamp),
    Json(&'a mut Value),
    Scalar(&'a mut dyn Scalar),
    List(&'a mut dyn List),
    Map(&'a mut dyn Entries),
    Record(&'a mut dyn Record),
}

/// A type that JSON has not, which reads itself.
pub trait Scalar {
    /// Takes `value`.
    ///
    /// # Errors
    /// What was expected instead.
    fn read(&mut self, value: Value) -> Result<(), Unfit>;
}

/// Why a scalar does not take a value.
pub enum Unfit {
    /// It has another type than this.
    Type(&'static str),
    /// It is no such thing, in these words.
    Value(String),
}

/// A struct.
pub trait Record {
    /// What holds for all of its type.
    fn about(&self) -> &'static About;
    /// The field of this number.
    fn part(&self, number: usize) -> Option<&dyn Part>;
    /// The field of this number, to be read.
    fn part_mut(&mut self, number: usize) -> Option<&mut dyn Part>;
}

/// What holds for all structs of one type.
pub struct About {
    /// The type's name.
    pub name: &'static str,
    /// `apiVersion` and `kind` of an object; empty for a part of one.
    pub object: &'static [(&'static str, &'static str)],
    /// The JSON names of its fields, by their numbers.
    pub fields: &'static [&'static str],
}

/// A list.
pub trait List {
    /// How many items it has.
    fn count(&self) -> usize;
    /// One of them.
    fn item(&self, index: usize) -> Option<&dyn Part>;
    /// A new one at the end.
    fn push(&mut self) -> Option<&mut dyn Part>;
    /// One of them, to be changed.
    fn item_mut(&mut self, index: usize) -> Option<&mut dyn Part>;
    /// Takes all out.
    fn clear(&mut self);
}

/// An object with free keys.
pub trait Entries {
    /// Shows each entry, by key.
    fn each(&self, show: &mut dyn FnMut(&str, &dyn Part));
    /// A new entry.
    fn entry(&mut self, key: String) -> &mut dyn Part;
    /// Takes all out.
    fn clear(&mut self);
}

impl<T: Part + Default> Part for Option<T> {
    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Absent, T::view)
    }

    fn slot(&mut self) -> Slot<'_> {
        self.get_or_insert_with(T::default).slot()
    }

    fn clear(&mut self) {
        *self = None;
    }
}

impl<T: Part> Part for Box<T> {
    fn view(&self) -> View<'_> {
        T::view(self)
    }

    fn slot(&mut self) -> Slot<'_> {
        T::slot(self)
    }

    fn clear(&mut self) {
        T::clear(self);
    }
}

impl<T: Part + Default> Part for Vec<T> {
    fn view(&self) -> View<'_> {
        View::List(self)
    }

    fn slot(&mut self) -> Slot<'_> {
        Slot::List(self)
    }
}

impl<T: Part + Default> List for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> Option<&dyn Part> {
        self.get(index).map(|item| item as &dyn Part)
    }

    fn push(&mut self) -> Option<&mut dyn Part> {
        self.push(T::default());
        self.last_mut().map(|item| item as &mut dyn Part)
    }

    fn item_mut(&mut self, index: usize) -> Option<&mut dyn Part> {
        self.get_mut(index).map(|item| item as &mut dyn Part)
    }

    fn clear(&mut self) {
        self.clear();
    }
}

impl<T: Part + Default> Part for Map<String, T> {
    fn view(&self) -> View<'_> {
        View::Map(self)
    }

    fn slot(&mut self) -> Slot<'_> {
        Slot::Map(self)
    }
}

impl<T: Part + Default> Entries for Map<String, T> {
    fn each(&self, show: &mut dyn FnMut(&str, &dyn Part)) {
        self.iter().for_each(|(key, value)| show(key, value));
    }

    fn entry(&mut self, key: String) -> &mut dyn Part {
        self.entry(key).or_default()
    }

    fn clear(&mut self) {
        self.clear();
    }
}

/// Structs: `Name = "apiVersion" "kind" { number "jsonName" field: Type, … }`, the second part for objects only.
macro_rules! record {
    ($($name:ident $(= $version:literal $kind:literal)? {
        $($number:literal $json:literal $field:ident: $type:ty,)*
    })*) => {$(
        #[doc = concat!("`", stringify!($name), "`.")]
        #[derive(Clone, Default, PartialEq)]
        pub struct $name {
            $(#[doc = concat!("`", $json, "`.")] pub $field: $type,)*
        }

        impl $crate::record::Record for $name {
            fn about(&self) -> &'static $crate::record::About {
                &$crate::record::About {
                    name: stringify!($name),
                    object: &[$(($version, $kind))?],
                    fields: &[$($json),*],
                }
            }

            fn part(&self, number: usize) -> Option<&dyn $crate::record::Part> {
                match number {
                    $($number => Some(&self.$field),)*
                    _ => None,
                }
            }

            fn part_mut(&mut self, number: usize) -> Option<&mut dyn $crate::record::Part> {
                match number {
                    $($number => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }

        impl $crate::record::Part for $name {
            fn view(&self) -> $crate::record::View<'_> {
                $crate::record::View::Record(self)
            }

            fn slot(&mut self) -> $crate::record::Slot<'_> {
                $crate::record::Slot::Record(self)
            }
        }

        $crate::json::through_json!($name);
    )*};
}
pub(crate) use record;
