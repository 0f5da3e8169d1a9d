//! Floor 4: a command line in, bytes out.
