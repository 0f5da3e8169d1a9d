//! Floor 5: languages.
