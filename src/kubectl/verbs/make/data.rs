//! `kubectl create configmap` and `secret` (kubectl: cmd/create/create_configmap.go, create_secret.go and its kin).

use serde_json::{Map, Value, json};

use crate::kubectl::Failure;
use crate::kubectl::args::Args;
use crate::kubectl::verbs::Read;
use crate::kubectl::wire::compact;

/// The ConfigMap that the flags ask for.
pub(super) fn config_map(args: &Args, read: Read, name: &str) -> Result<Value, Failure> {
    unhashed(args)?;
    let data = literals(args, read, "ConfigMap", name)?;
    Ok(compact(vec![("metadata", json!({"name": name})), ("data", data)]))
}

/// A name that ends in a hash of the content is not made here.
fn unhashed(args: &Args) -> Result<(), Failure> {
    match args.on("append-hash") {
        true => Err(Failure::usage("--append-hash is not simulated here")),
        false => Ok(()),
    }
}

/// The data of `--from-literal`, `--from-file` and `--from-env-file`.
fn literals(args: &Args, read: Read, kind: &str, of: &str) -> Result<Value, Failure> {
    let has = |flag: &str| args.get(flag).is_some();
    if has("from-env-file") && (has("from-file") || has("from-literal")) {
        return Err(Failure::usage("from-env-file cannot be combined with from-file or from-literal"));
    }
    let mut data = Map::new();
    let mut put = |key: &str, value: String| {
        if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            return Err(Failure::usage(format!(
                "{key:?} is not a valid key name for a {kind}: a valid config key must consist of alphanumeric \
                 characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for \
                 validation is '[-._a-zA-Z0-9]+')"
            )));
        }
        match data.insert(key.to_owned(), value.into()) {
            None => Ok(()),
            Some(_) if kind == "Secret" => {
                Err(Failure::usage(format!("cannot add key {key}, another key by that name already exists")))
            }
            Some(_) => Err(Failure::usage(format!(
                "cannot add key {key:?}, another key by that name already exists in Data for {kind} {of:?}"
            ))),
        }
    };
    let text = |name: &str| {
        read(name).ok_or_else(|| Failure::usage(format!("error reading {name}: no such file or directory")))
    };
    for literal in args.all("from-literal") {
        let pair = literal.split_once('=').filter(|(key, _)| !key.is_empty());
        let (key, value) =
            pair.ok_or_else(|| Failure::usage(format!("invalid literal source {literal}, expected key=value")))?;
        put(key, value.to_owned())?;
    }
    for source in args.all("from-file") {
        let (key, file) = source_of(source)?;
        put(key, text(file)?)?;
    }
    for file in args.all("from-env-file") {
        for line in text(file)?.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            if !is_variable(key) {
                return Err(not_a_variable(key));
            }
            put(key, value.to_owned())?;
        }
    }
    Ok(if data.is_empty() { Value::Null } else { Value::Object(data) })
}

/// `file` or `key=file` (kubectl: generate/versioned util ParseFileSource).
fn source_of(source: &str) -> Result<(&str, &str), Failure> {
    match (source.matches('=').count(), source.split_once('=')) {
        (0, _) => Ok((source.rsplit('/').next().unwrap_or(source), source)),
        (1, Some(("", file))) => Err(Failure::usage(format!("key name for file path {file} missing"))),
        (1, Some((key, ""))) => Err(Failure::usage(format!("file path for key name {key} missing"))),
        (1, Some(pair)) => Ok(pair),
        _ => Err(Failure::usage("key names or file paths cannot contain '='")),
    }
}

/// Whether a text may be the name of an environment variable (apimachinery: validation.IsEnvVarName).
pub(in crate::kubectl::verbs) fn is_variable(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(allowed)
}

/// The refusal of a name of a variable.
pub(in crate::kubectl::verbs) fn not_a_variable(name: &str) -> Failure {
    Failure::usage(format!(
        "{name:?} is not a valid key name: a valid environment variable name must consist of alphabetic characters, \
         digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or \
         'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')"
    ))
}

/// The Secret that the flags ask for.
pub(super) fn secret(args: &Args, read: Read, name: &str) -> Result<Value, Failure> {
    unhashed(args)?;
    use base64::Engine as _;
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let (kind, data) = match args.command {
        "create_secret_tls" => {
            if args.get("cert").is_none_or(str::is_empty) || args.get("key").is_none_or(str::is_empty) {
                return Err(Failure::usage("key and cert must be specified"));
            }
            let file = |flag: &str| {
                let name = args.get(flag).ok_or_else(|| Failure::usage("key and cert must be specified"))?;
                read(name).ok_or_else(|| {
                    Failure::usage(format!("Cannot read file {name}, open {name}: no such file or directory"))
                })
            };
            let (cert, key) = (file("cert")?, file("key")?);
            if !cert.contains("-----BEGIN ") {
                return Err(Failure::usage("tls: failed to find any PEM data in certificate input"));
            }
            if !key.contains("-----BEGIN ") {
                return Err(Failure::usage("tls: failed to find any PEM data in key input"));
            }
            ("kubernetes.io/tls", json!({"tls.crt": cert, "tls.key": key}))
        }
        "create_secret_docker-registry" if args.get("from-file").is_some() => {
            // Whatever the key, it becomes the one that such a secret has.
            let sources = args.all("from-file").map(|source| {
                let (_, file) = source_of(source)?;
                read(file).ok_or_else(|| Failure::usage(format!("error reading {file}: no such file or directory")))
            });
            let text = sources.collect::<Result<Vec<_>, _>>()?.pop().unwrap_or_default();
            ("kubernetes.io/dockerconfigjson", json!({".dockerconfigjson": text}))
        }
        "create_secret_docker-registry" => {
            let part = |flag: &str| args.get(flag).unwrap_or_default().to_owned();
            let (user, password) = (part("docker-username"), part("docker-password"));
            if user.is_empty() || password.is_empty() {
                return Err(Failure::usage(
                    "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
                ));
            }
            let server = args.get("docker-server").unwrap_or("https://index.docker.io/v1/");
            let auth = encode(&format!("{user}:{password}"));
            // In the order of the client's struct.
            let mut entry = vec![("username", user), ("password", password)];
            entry.extend(args.get("docker-email").map(|email| ("email", email.to_owned())));
            entry.push(("auth", auth));
            let entry: Vec<String> =
                entry.iter().map(|(name, text)| format!("{}:{}", json!(name), json!(text))).collect();
            let text = format!("{{\"auths\":{{{}:{{{}}}}}}}", json!(server), entry.join(","));
            ("kubernetes.io/dockerconfigjson", json!({".dockerconfigjson": text}))
        }
        _ => (args.get("type").unwrap_or_default(), literals(args, read, "Secret", name)?),
    };
    let data = data.as_object().map(|data| {
        let entries =
            data.iter().map(|(key, value)| (key.clone(), Value::from(encode(value.as_str().unwrap_or_default()))));
        Value::Object(entries.collect())
    });
    let kind = if kind.is_empty() { Value::Null } else { json!(kind) };
    Ok(compact(vec![("metadata", json!({"name": name})), ("data", data.unwrap_or_default()), ("type", kind)]))
}
