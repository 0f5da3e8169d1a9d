//! Short texts that come again and again, kept once.

use std::cell::RefCell;
use std::rc::Rc;

use collections::{hash, same_text};

/// So many short texts are remembered …
const POOL: usize = 1 << 10;
/// … of at most so many bytes.
const SHORT: usize = 128;

thread_local! {
    /// The short texts that were made last, each where its hash puts it.
    static POOLED: RefCell<Vec<Option<Rc<str>>>> = const { RefCell::new(Vec::new()) };
}

/// The text, shared with whoever made an equal one of late: names, paths and messages come again for every Pod of a
/// template.
pub fn pooled(text: &str) -> Rc<str> {
    if text.len() > SHORT {
        return text.into();
    }
    POOLED.with_borrow_mut(|pool| {
        pool.resize(POOL, None);
        let Some(known) = pool.get_mut(hash(text) as usize % POOL) else { return text.into() };
        match known {
            Some(known) if same_text(known, text) => known.clone(),
            other => other.insert(text.into()).clone(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_short_texts_are_one() {
        let (one, other) = (pooled("spec.containers{web}"), pooled("spec.containers{web}"));
        assert!(Rc::ptr_eq(&one, &other));
        let long = "x".repeat(SHORT + 1);
        assert_eq!(*pooled(&long), *long);
    }

    #[test]
    fn texts_that_meet_in_one_place_stay_themselves() {
        let texts: Vec<String> = (0..5 * POOL).map(|number| format!("text {number}")).collect();
        let shared: Vec<Rc<str>> = texts.iter().map(|text| pooled(text)).collect();
        assert!(texts.iter().zip(&shared).all(|(text, shared)| **text == **shared));
    }
}
