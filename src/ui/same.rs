//! Values that the page shares and never compares by content.

use std::rc::Rc;

/// Something shared, the same only as itself: comparing costs nothing however large it is.
#[derive(Clone, Debug, Default)]
pub struct Same<T>(pub Rc<T>);

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> std::ops::Deref for Same<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Same<T> {
    fn from(value: T) -> Self {
        Self(Rc::new(value))
    }
}

/// Something handed down beside what a part is painted from: that it is another one is no reason to paint anew.
#[derive(Clone, Debug, Default)]
pub struct Aside<T>(pub T);

impl<T> PartialEq for Aside<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
