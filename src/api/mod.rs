//! Floor 2: the Kubernetes API as data: kinds, typed objects, field paths; knows nothing of text.

pub mod admission;
pub mod autoscaling_v1;
pub mod containers;
pub mod cron;
pub mod defaults;
pub mod image;
pub mod int_or_string;
mod kind;
pub mod labels;
mod object;
mod owners;
mod path;
pub mod pod_security;
pub mod quantity;
pub mod resources;
pub mod rollout;
pub mod schema;
mod shared;
pub mod sim;
pub mod table;
pub mod time_zones;
mod view;

pub use kind::Kind;
pub use object::{CHANGE_CAUSE, Object, ObjectError, Other, Pod};
pub use owners::{controller_of, is_controlled_by};
pub use path::{FieldPath, Path, Segment};
pub use shared::{Recipe, Shared};
pub use view::View;

/// The node ports that a cluster gives out (kubernetes: kube-apiserver's `--service-node-port-range`).
pub const NODE_PORTS: std::ops::RangeInclusive<i32> = 30_000..=32_767;
