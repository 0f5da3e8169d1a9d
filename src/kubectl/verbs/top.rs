//! `kubectl top`: what Pods and nodes use (kubectl: cmd/top, metricsutil).
//!
//! Without a metrics server there are no numbers, as in a cluster that was just made; Podlab simulates no load.

use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::{Failure, Output, help};

/// `top pod` and `top node`.
pub(super) fn top(_cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    if args.command == "top" {
        let help = help::of("top");
        return Ok(Output { stdout: String::new(), stderr: help.stdout, exit_code: 1, ..Output::default() });
    }
    if args.arguments().len() > 1 {
        return Err(args.misuse("only one resource name may be given"));
    }
    Err(Failure::usage("Metrics API not available"))
}
