//! The controllers against a kubelet that does nothing but make Pods Ready and let them go.

mod claims;
mod cron_job;
mod deployment;
mod garbage;
mod job;
mod namespace;
mod replica_set;
mod sets;
mod stand_in;
mod volumes;
