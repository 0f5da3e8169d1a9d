//! Floor 4: what happened, and the picture of any moment of it.
