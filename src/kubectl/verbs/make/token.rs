//! `kubectl create token` (kubectl: cmd/create/create_token.go).

use serde_json::{Value, json};

use super::of;
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::{Failure, Output, resource};

/// `create token NAME`: a token that no server of the world outside would take.
pub(super) fn token(cluster: &Cluster, args: &Args, name: &str) -> Result<Output, Failure> {
    use base64::Engine as _;
    check(args)?;
    let account = resource::live(cluster, of("serviceaccounts")?, args.namespace(), name)
        .map_err(|failure| Failure::usage(format!("failed to create token: {}", plain(&failure.0))))?;
    let encode = |value: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    let now = cluster.now().to_timestamp(cluster.config().epoch).as_second();
    let lasts = args.micros("duration").filter(|micros| *micros > 0).map_or(3_600, |micros| micros / 1_000_000);
    let uid = account.metadata().uid.clone().unwrap_or_default();
    let subject = format!("system:serviceaccount:{}:{name}", args.namespace());
    let claims = json!({
        "iss": "https://kubernetes.default.svc.cluster.local", "sub": subject, "iat": now, "nbf": now, "exp": now + lasts,
        "kubernetes.io": {"namespace": args.namespace(), "serviceaccount": {"name": name, "uid": uid}},
    });
    let head = encode(json!({"alg": "none"}));
    Ok(Output::line(format!("{head}.{}.", encode(claims))))
}

/// A server's refusal without the client's words before it.
fn plain(text: &str) -> &str {
    text.strip_prefix("Error from server (NotFound): ").unwrap_or(text)
}

fn check(args: &Args) -> Result<(), Failure> {
    let given = |flag: &str| args.get(flag).filter(|text| !text.is_empty());
    if args.micros("duration").is_some_and(|micros| micros < 0) {
        return Err(Failure::usage("--duration must be greater than or equal to 0"));
    }
    match (given("bound-object-kind"), given("bound-object-name"), given("bound-object-uid")) {
        (None, Some(_), _) => {
            Err(Failure::usage("--bound-object-name can only be set if --bound-object-kind is provided"))
        }
        (None, _, Some(_)) => {
            Err(Failure::usage("--bound-object-uid can only be set if --bound-object-kind is provided"))
        }
        (Some(kind), ..) if !matches!(kind, "Node" | "Pod" | "Secret") => {
            Err(Failure::usage("supported --bound-object-kind values are Node, Pod, Secret"))
        }
        (Some(_), None, _) => Err(Failure::usage("--bound-object-name is required if --bound-object-kind is provided")),
        _ => Ok(()),
    }
}
