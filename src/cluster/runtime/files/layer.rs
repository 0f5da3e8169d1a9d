//! A container's own layer of files, made when somebody first looks at it: most programs never do.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::Tree;

/// A tree that is made when it is first looked at, the same each time.
#[derive(Clone)]
pub(crate) struct Layer {
    tree: OnceCell<Tree>,
    make: Rc<dyn Fn() -> Tree>,
}

impl Layer {
    /// The layer that `make` makes.
    pub fn new(make: impl Fn() -> Tree + 'static) -> Self {
        Self { tree: OnceCell::new(), make: Rc::new(make) }
    }

    /// The tree, to be changed.
    pub fn tree_mut(&mut self) -> Option<&mut Tree> {
        self.tree.get_or_init(|| (self.make)());
        self.tree.get_mut()
    }
}

impl Deref for Layer {
    type Target = Tree;

    fn deref(&self) -> &Tree {
        self.tree.get_or_init(|| (self.make)())
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Layer").field(&self.tree.get()).finish()
    }
}
