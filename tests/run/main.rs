//! Runs of whole scenarios: their history, their pictures, their timelines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod any_manifest;
mod book;
mod causes;
mod crowds;
mod examples;
mod explanations;
mod history;
mod load;
mod owner_why;
mod owners;
mod remedies;
mod scenario;
mod scenes;
mod tables;
mod timelines;
