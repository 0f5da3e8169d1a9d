//! `kubectl create -f`.

use super::super::args::Args;
use super::super::{Failure, Output};
use super::Read;
use crate::cluster::Cluster;
use crate::manifest::Verb;

/// `create -f FILE`: each object; those that are refused do not stop the others.
pub(super) fn create(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    super::apply::send(cluster, args, read, Verb::Create)
}
