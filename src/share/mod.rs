//! Floor 5: the state of the page as a link.
