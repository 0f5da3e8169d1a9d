//! The variables of `kubectl set env` (kubectl: cmd/set/set_env.go, cmd/set/env).

use serde_json::{Value, json};

use super::make::data;
use super::meant::{containers, meant};
use crate::api::quantity::Quantity;
use crate::api::{Kind, Object, View};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::resources;
use crate::kubectl::{Failure, Output, resource};

/// What is wrong with the settings (kubectl: cmd/set/set_env.go Validate, cmd/set/env/env_parse.go).
pub(super) fn check(args: &Args, settings: &[String]) -> Result<(), Failure> {
    if args.get("keys").is_some() && args.get("from").is_none() {
        return Err(Failure::usage("when specifying --keys, a configmap or secret must be provided with --from"));
    }
    let gone: Vec<&str> =
        settings.iter().filter(|it| !it.contains('=')).filter_map(|setting| setting.strip_suffix('-')).collect();
    for (name, _) in settings.iter().filter_map(|setting| setting.split_once('=')) {
        if !data::is_variable(name) {
            return Err(data::not_a_variable(name));
        }
        if gone.contains(&name) {
            return Err(Failure::usage(
                "can not both modify and remove the same environment variable in the same command",
            ));
        }
    }
    Ok(())
}

/// Sets and removes variables in the containers that are meant; what is to be said of it goes to `remarks`.
pub(super) fn variables(
    cluster: &Cluster,
    args: &Args,
    live: &Object,
    spec: &mut Value,
    settings: &[String],
    remarks: &mut String,
) -> Result<(), Failure> {
    let pattern = args.get("containers").unwrap_or("*");
    let from = taken(cluster, args, live.namespace(), remarks)?;
    let mut found = false;
    for container in containers(spec, &["containers", "initContainers"]) {
        if !meant(container["name"].as_str().unwrap_or_default(), pattern) {
            continue;
        }
        found = true;
        let mut env = container["env"].as_array().cloned().unwrap_or_default();
        if args.off("overwrite") {
            kept(live, &env, settings)?;
        }
        let mut put = |name: &str, new: Value| match env.iter_mut().find(|variable| variable["name"] == name) {
            Some(variable) => *variable = new,
            None => env.push(new),
        };
        for variable in &from {
            put(variable["name"].as_str().unwrap_or_default(), variable.clone());
        }
        for (name, value) in settings.iter().filter_map(|setting| setting.split_once('=')) {
            put(name, json!({"name": name, "value": value}));
        }
        let gone: Vec<&str> = settings.iter().filter_map(|setting| setting.strip_suffix('-')).collect();
        env.retain(|variable| !gone.iter().any(|name| variable["name"] == *name));
        container["env"] = if env.is_empty() { Value::Null } else { Value::Array(env) };
    }
    if !found {
        let kind = live.kind().map_or("", Kind::name);
        remarks
            .push_str(&format!("Warning: {kind}/{} does not have any containers matching {pattern:?}\n", live.name()));
    }
    Ok(())
}

/// With `--overwrite=false` a variable keeps the value it has.
fn kept(live: &Object, env: &[Value], settings: &[String]) -> Result<(), Failure> {
    for (name, value) in settings.iter().filter_map(|setting| setting.split_once('=')) {
        let known = env.iter().find(|variable| variable["name"] == name);
        let known = known.and_then(|variable| variable["value"].as_str()).filter(|known| *known != value);
        if let Some(known) = known {
            let plural = live.kind().map_or("", Kind::plural);
            return Err(Failure::usage(format!(
                "{plural}/{} '{name}' already has a value ({known}), and --overwrite is false",
                live.name()
            )));
        }
    }
    Ok(())
}

/// The variables that `--from` takes from the keys of a ConfigMap or Secret.
fn taken(cluster: &Cluster, args: &Args, namespace: &str, remarks: &mut String) -> Result<Vec<Value>, Failure> {
    let Some(source) = args.get("from") else { return Ok(Vec::new()) };
    let (of, name) = source.split_once('/').unwrap_or((source, ""));
    let of = resources::find(of)?;
    if name.is_empty() {
        return Err(Failure::usage("resource(s) were provided, but no name was specified"));
    }
    let reference = match of.known() {
        Some(Kind::Secret) => "secretKeyRef",
        Some(Kind::ConfigMap) => "configMapKeyRef",
        _ => return Err(Failure::usage("unsupported resource specified in --from")),
    };
    let value = resource::live(cluster, of, namespace, name)?.to_json();
    let wanted: Vec<&str> = args.all("keys").flat_map(|keys| keys.split(',')).collect();
    let mut variables = Vec::new();
    for (key, _) in View::new(&value).at("data").entries() {
        if !wanted.is_empty() && !wanted.contains(&key) {
            continue;
        }
        let valid = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
        let upper: String = key.chars().map(valid).collect::<String>().to_uppercase();
        if upper != key {
            remarks.push_str(&format!("Warning: key {key} transferred to {upper}\n"));
        }
        let upper = format!("{}{upper}", args.get("prefix").unwrap_or_default());
        variables.push(json!({"name": upper, "valueFrom": {reference: {"name": name, "key": key}}}));
    }
    Ok(variables)
}

/// `set env --list`.
pub(super) fn list(cluster: &Cluster, args: &Args, live: &Object, value: &Value, place: &str) -> Output {
    let kind = live.kind().map_or("", Kind::name);
    let mut output = Output::default();
    // What cannot be found out is told after the container, sorted (kubectl: cmd/set/set_env.go RunEnv).
    let mut failures: Vec<String> = Vec::new();
    let spec = View(value.pointer(place));
    for container in spec.at("containers").items().chain(spec.at("initContainers").items()) {
        output.stdout.push_str(&format!("# {kind} {}, container {}\n", live.name(), container.at("name").str()));
        for variable in container.at("env").items() {
            let name = variable.at("name").str();
            let from = variable.at("valueFrom");
            if !from.exists() {
                output.stdout.push_str(&format!("{name}={}\n", variable.at("value").str()));
                continue;
            }
            let value = match args.on("resolve") {
                true => resolved(cluster, live, spec, container, from),
                false => Ok(None),
            };
            match value {
                Ok(Some(value)) => output.stdout.push_str(&format!("{name}={value}\n")),
                Ok(None) => output.stdout.push_str(&format!("# {name} from {}\n", source(from))),
                Err(why) => {
                    output.stdout.push_str(&format!("# {name} from {}\n", source(from)));
                    failures.push(format!("error retrieving reference for {name}: {why}\n"));
                }
            }
        }
        failures.sort();
        output.stderr.extend(failures.drain(..));
    }
    output
}

/// The value behind a reference to a key; none where the key is not there.
///
/// A field is one of the object that has the template, as upstream reads it (kubectl: cmd/set/env/env_resolve.go).
///
/// # Errors
/// In the words of the server, or of the client that knows no such field.
fn resolved(
    cluster: &Cluster,
    live: &Object,
    spec: View<'_>,
    container: View<'_>,
    from: View<'_>,
) -> Result<Option<String>, String> {
    use base64::Engine as _;
    if from.at("fieldRef").exists() {
        let path = from.at("fieldRef.fieldPath").str();
        return field(live, path).map(Some).ok_or_else(|| format!("unsupported fieldPath: {path}"));
    }
    if from.at("resourceFieldRef").exists() {
        let (named, divisor) = (from.at("resourceFieldRef.containerName").str(), from.at("resourceFieldRef.divisor"));
        let mut all = spec.at("containers").items().chain(spec.at("initContainers").items());
        let container = all.find(|it| !named.is_empty() && it.at("name").str() == named).unwrap_or(container);
        let amount = || {
            let (kind, name) = from.at("resourceFieldRef.resource").str().split_once('.')?;
            let amount = Quantity::parse(&container.at("resources").key(kind).key(name).or("0")).ok()?;
            let divisor = Quantity::parse(&divisor.or("1")).ok().filter(|divisor| !divisor.is_zero());
            let divisor = divisor.map_or(1_000_000_000, |divisor| divisor.nano());
            // What is left over counts as a whole one (api: resource ConvertResourceCPUToString).
            Some(((amount.nano() + divisor - 1) / divisor).to_string())
        };
        return Ok(amount());
    }
    let namespace = live.namespace();
    let secret = from.at("secretKeyRef").exists();
    let (kind, at) = if secret { ("secrets", "secretKeyRef") } else { ("configmaps", "configMapKeyRef") };
    let reference = from.at(at);
    let of = resources::find(kind).map_err(|failure| failure.0)?;
    let name = reference.at("name").str();
    let object = resource::live(cluster, of, namespace, name).map_err(|_| format!("{kind} {name:?} not found"))?;
    let value = object.to_json();
    let text = View::new(&value).at("data").key(reference.at("key").str()).0.and_then(Value::as_str).map(str::to_owned);
    let plain = |text: String| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    Ok(if secret { text.and_then(plain) } else { text })
}

/// A field of an object as the downward API names it (kubernetes: pkg/fieldpath ExtractFieldPathAsString).
fn field(live: &Object, path: &str) -> Option<String> {
    let metadata = live.metadata();
    let of = |map: &Option<collections::Map<String, String>>, path: &str, name: &str| {
        let key = path.strip_prefix(name)?.strip_prefix("['")?.strip_suffix("']")?;
        Some(map.as_ref().and_then(|map| map.get(key)).cloned().unwrap_or_default())
    };
    match path {
        "metadata.name" => Some(live.name().to_owned()),
        "metadata.namespace" => Some(live.namespace().to_owned()),
        "metadata.uid" => metadata.uid.as_ref().map(String::from),
        path => of(&metadata.labels, path, "metadata.labels")
            .or_else(|| of(&metadata.annotations, path, "metadata.annotations")),
    }
}

fn source(from: View<'_>) -> String {
    let key = |place: View<'_>, kind: &str| format!("{kind} {}, key {}", place.at("name").str(), place.at("key").str());
    match () {
        () if from.at("configMapKeyRef").exists() => key(from.at("configMapKeyRef"), "configmap"),
        () if from.at("secretKeyRef").exists() => key(from.at("secretKeyRef"), "secret"),
        () if from.at("fieldRef").exists() => format!("field path {}", from.at("fieldRef.fieldPath").str()),
        () => {
            let (container, resource) =
                (from.at("resourceFieldRef.containerName").str(), from.at("resourceFieldRef.resource"));
            let of = if container.is_empty() { String::new() } else { format!("{container}/") };
            format!("resource field {of}{}", resource.str())
        }
    }
}
