//! What the flags of `run` and `debug` say of a container.

use serde_json::{Value, json};

use crate::kubectl::args::Args;

/// `--env NAME=value`, as often as it is given; null without any.
pub(super) fn env(args: &Args) -> Value {
    let pairs = args.all("env").filter_map(|pair| pair.split_once('='));
    let env: Vec<Value> = pairs.map(|(name, value)| json!({"name": name, "value": value})).collect();
    if env.is_empty() { Value::Null } else { json!(env) }
}

/// True where the flag is on, else null.
pub(super) fn on(args: &Args, flag: &str) -> Value {
    if args.on(flag) { json!(true) } else { Value::Null }
}

/// `--image-pull-policy`; null without it.
pub(super) fn pull_policy(args: &Args) -> Value {
    args.get("image-pull-policy").map_or(Value::Null, |policy| json!(policy))
}
