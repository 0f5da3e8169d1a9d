//! A part of an object that many hold: shared, and where it is old and seldom looked at, packed.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use k8s_openapi::pack::{pack, unpack};
use k8s_openapi::record::Part;

/// So many packed values stand on one another; then comes one that stands alone, so that none is far to reach.
const DEEPEST: u8 = 12;

/// A shared value. A clone costs nothing; a change goes through [`Shared::make_mut`], which copies what others hold too.
///
/// It can be packed into the few bytes by which it differs from the value before it, and is itself again as soon as
/// somebody looks at it. Nobody has to know.
pub struct Shared<T>(Held<T>);

enum Held<T> {
    Whole(Rc<T>),
    Packed(Rc<Packed<T>>),
    Told(Rc<Told<T, dyn Recipe<T>>>),
}

/// What a value can be made of when somebody looks at it: many are made, and few are ever looked at.
pub trait Recipe<T> {
    /// The value, the same each time.
    fn make(&self) -> T;
    /// The uid of what the value is about.
    fn subject(&self) -> &Rc<str>;
}

struct Told<T, R: ?Sized> {
    /// The value, once somebody has looked at it.
    whole: OnceCell<Box<T>>,
    recipe: R,
}

struct Packed<T> {
    /// What it stands on; the empty value where there is none.
    base: Option<Shared<T>>,
    /// How many stand below it, one on the other.
    depth: u8,
    bytes: Box<[u8]>,
    /// The value, once somebody has looked at it.
    whole: OnceCell<Box<T>>,
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Held::Whole(whole) => Held::Whole(whole.clone()),
            Held::Packed(packed) => Held::Packed(packed.clone()),
            Held::Told(told) => Held::Told(told.clone()),
        })
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for Shared<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Part + Default + Clone> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.0 {
            Held::Whole(whole) => whole,
            Held::Packed(packed) => packed.whole.get_or_init(|| Box::new(packed.unpack())),
            Held::Told(told) => told.whole.get_or_init(|| Box::new(told.recipe.make())),
        }
    }
}

impl<T: Part + Default + Clone> AsRef<T> for Shared<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: Part + Default + Clone + PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Shared::ptr_eq(self, other) || **self == **other
    }
}

impl<T: Part + Default + Clone + fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> Shared<T> {
    /// A value that nobody else holds yet.
    pub fn new(value: T) -> Self {
        Self(Held::Whole(Rc::new(value)))
    }

    /// Whether two are the very same.
    pub fn ptr_eq(a: &Self, b: &Self) -> bool {
        match (&a.0, &b.0) {
            (Held::Whole(a), Held::Whole(b)) => Rc::ptr_eq(a, b),
            (Held::Packed(a), Held::Packed(b)) => Rc::ptr_eq(a, b),
            (Held::Told(a), Held::Told(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Whether it is packed.
    pub fn is_packed(&self) -> bool {
        matches!(self.0, Held::Packed(_))
    }

    /// What it is made of, where it was given as that.
    pub fn recipe(&self) -> Option<&dyn Recipe<T>> {
        match &self.0 {
            Held::Told(told) => Some(&told.recipe),
            _ => None,
        }
    }
}

impl<T: 'static> Shared<T> {
    /// A value that is made when somebody looks at it.
    pub fn told(recipe: impl Recipe<T> + 'static) -> Self {
        Self(Held::Told(Rc::new(Told { whole: OnceCell::new(), recipe })))
    }
}

impl<T: Part + Default + Clone> Shared<T> {
    /// The value, to be changed; what others hold stays as it is.
    pub fn make_mut(&mut self) -> &mut T {
        loop {
            match self.0 {
                Held::Whole(ref mut whole) => return Rc::make_mut(whole),
                Held::Packed(_) | Held::Told(_) => *self = Self::new(T::clone(self)),
            }
        }
    }

    /// The same, packed: as what differs from the value before it, which is given as it is kept and as it is, or from nothing.
    /// `scratch` is room to work in: what is kept is copied from there at its right size.
    pub fn packed(&self, before: Option<(&Self, &Self)>, scratch: &mut Vec<u8>) -> Self {
        // What it can be made of is no more than what it would be packed into.
        if !matches!(self.0, Held::Whole(_)) {
            return self.clone();
        }
        let below = |kept: &Self| match &kept.0 {
            Held::Packed(packed) => packed.depth.saturating_add(1),
            Held::Whole(_) | Held::Told(_) => 1,
        };
        let before = before.filter(|(kept, _)| below(kept) <= DEEPEST);
        scratch.clear();
        let differs = match before {
            Some((_, before)) => !Shared::ptr_eq(before, self) && pack(&**before, &**self, scratch),
            None => pack(&T::default(), &**self, scratch),
        };
        match before {
            Some((kept, _)) if !differs => kept.clone(),
            _ => {
                let (base, depth) = (before.map(|(kept, _)| kept.clone()), before.map_or(0, |(kept, _)| below(kept)));
                Self(Held::Packed(Rc::new(Packed {
                    base,
                    depth,
                    bytes: scratch.as_slice().into(),
                    whole: OnceCell::new(),
                })))
            }
        }
    }
}

impl<T: Part + Default + Clone> Packed<T> {
    /// The value. What it stands on is not unpacked for good: it may be looked at never again.
    fn unpack(&self) -> T {
        let mut changes = vec![&*self.bytes];
        let mut base = self.base.as_ref();
        let mut value = loop {
            match base.map(|base| &base.0) {
                None => break T::default(),
                Some(Held::Whole(whole)) => break T::clone(whole),
                Some(Held::Told(told)) => break told.recipe.make(),
                Some(Held::Packed(packed)) => match packed.whole.get() {
                    Some(whole) => break T::clone(whole),
                    None => {
                        changes.push(&packed.bytes);
                        base = packed.base.as_ref();
                    }
                },
            }
        };
        for bytes in changes.into_iter().rev() {
            // They were packed by this program: they are what they should be.
            let _read = unpack(&mut value, bytes);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::PodStatus;

    use super::*;

    fn status(number: usize) -> Shared<PodStatus> {
        PodStatus { phase: Some(format!("phase {number}").into()), ..PodStatus::default() }.into()
    }

    #[test]
    fn a_long_story_is_packed_and_any_part_of_it_is_there() {
        let mut story: Vec<Shared<PodStatus>> = Vec::new();
        for number in 0..100_usize {
            let whole = status(number.saturating_sub(1));
            let packed = status(number).packed(story.last().map(|kept| (kept, &whole)), &mut Vec::new());
            story.push(packed);
        }
        for number in [99, 0, 50, 51, 13, 12] {
            assert!(story[number].is_packed());
            assert_eq!(story[number], status(number));
        }
        let depth = |shared: &Shared<PodStatus>| match &shared.0 {
            Held::Packed(packed) => packed.depth,
            Held::Whole(_) | Held::Told(_) => 0,
        };
        assert!(story.iter().all(|one| depth(one) <= DEEPEST));
    }

    #[test]
    fn a_change_leaves_what_others_hold() {
        for mut mine in [status(1), status(1).packed(None, &mut Vec::new())] {
            let theirs = mine.clone();
            mine.make_mut().phase = None;
            assert_eq!((mine.phase.as_deref(), theirs.phase.as_deref()), (None, Some("phase 1")));
            assert!(!Shared::ptr_eq(&mine, &theirs) && mine != theirs);
        }
    }

    #[test]
    fn what_is_the_same_is_not_kept_twice() {
        let first = status(1).packed(None, &mut Vec::new());
        assert!(Shared::ptr_eq(&first, &status(1).packed(Some((&first, &status(1))), &mut Vec::new())));
    }

    struct Made(std::cell::Cell<u32>, Rc<str>);

    impl Recipe<PodStatus> for Rc<Made> {
        fn make(&self) -> PodStatus {
            self.0.set(self.0.get() + 1);
            PodStatus { phase: Some("Running".to_owned().into()), ..PodStatus::default() }
        }

        fn subject(&self) -> &Rc<str> {
            &self.1
        }
    }

    #[test]
    fn what_is_told_is_made_once_when_somebody_looks() {
        let made = Rc::new(Made(std::cell::Cell::new(0), "u1".into()));
        let told = Shared::told(made.clone());
        let kept = told.packed(None, &mut Vec::new());
        assert_eq!((made.0.get(), told.recipe().map(|it| &**it.subject())), (0, Some("u1")));
        assert!(Shared::ptr_eq(&told, &kept) && !kept.is_packed());
        assert_eq!((told.phase.as_deref(), kept.phase.as_deref()), (Some("Running"), Some("Running")));
        assert_eq!(made.0.get(), 1);
        let mut other = told.clone();
        other.make_mut().phase = None;
        assert_eq!((told.phase.as_deref(), made.0.get()), (Some("Running"), 1));
    }
}
