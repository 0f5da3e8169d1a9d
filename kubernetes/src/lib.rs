//! The structs of the Kubernetes API that Podlab reads and writes.
//!
//! They are those of k8s-openapi: the same paths, names and fields (`cargo xtask schema` generates them from it, and a
//! test holds them against it). What differs is how they become JSON and come from it. There each struct has an
//! implementation of serde of its own, which made for a quarter of the page's weight. Here a struct only hands out its
//! fields by number ([`record::Record`]), and one reader and one writer serve all of them ([`json`]).

#![allow(
    clippy::disallowed_macros,
    reason = "the pool of texts alone: it changes where a text lies and never what it says, so no run can tell it from another"
)]

/// The kinds, by group and version.
pub mod api {
    /// Workloads.
    pub mod apps {
        pub mod v1;
    }
    /// Scaling by metrics.
    pub mod autoscaling {
        pub mod v1;
        pub mod v2;
    }
    /// Work that ends.
    pub mod batch {
        pub mod v1;
    }
    /// Pods, and what they need.
    pub mod core {
        pub mod v1;
    }
}

/// What all kinds share.
pub mod apimachinery {
    /// As upstream names it.
    pub mod pkg {
        /// Amounts.
        pub mod api {
            /// Amounts.
            pub mod resource {
                pub use crate::scalars::Quantity;
            }
        }
        /// Metadata.
        pub mod apis {
            /// Metadata.
            pub mod meta {
                pub mod v1;
            }
        }
        /// Values of more than one type.
        pub mod util {
            /// Values of more than one type.
            pub mod intstr {
                pub use crate::scalars::IntOrString;
            }
        }
    }
}

/// Instants, under the name of the crate whose types k8s-openapi uses for them.
pub mod jiff {
    pub use crate::time::{OutOfRange, SignedDuration, Timestamp};
}

mod common;
pub mod json;
pub mod pack;
mod pool;
pub mod record;
mod scalars;
mod text;
mod time;

pub use common::{Common, Items};
pub use pool::pooled;
pub use scalars::ByteString;
pub use text::Text;
