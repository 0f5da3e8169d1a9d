//! Mends of what the server finds, by the sort of the cause.

use serde_json::Value as Json;

use super::render::object;
use super::site::{Site, below, shown};
use super::words::free_name;
use super::{ADD, Fix, QUANTITY, REMOVE, WRITE, advice, fix, names, pods};
use crate::api::Segment;
use crate::manifest::{Cause, FieldError};
use crate::yaml::{Scalar, Value};

/// Proposals for a finding of a rule.
pub(in crate::manifest) fn finding(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let special = match found.code {
        "mount/name" | "mount/device" if found.cause == Cause::NotFound => pods::no_such_volume(site, found),
        "resources/request-above-limit" => pods::request_above_limit(site, found),
        code if code.ends_with("/selector") && found.cause == Cause::Required => pods::missing_selector(site, found),
        code if code.ends_with("/selector-matches-template") => pods::selector_mismatch(site, found),
        "init-container/only-for-sidecars" => pods::only_for_sidecars(site, found),
        code if code.starts_with("advice/") => return advice::advice(site, found),
        "env/hidden" => pods::hidden_variable(site, found),
        "resources/fraction" => megabytes(site, found),
        _ => Vec::new(),
    };
    if !special.is_empty() {
        return special;
    }
    match found.cause {
        Cause::Required => required(site, found),
        Cause::NotSupported => names::one_of(site, found),
        Cause::Duplicate => names::duplicate(site, found),
        Cause::Forbidden => forbidden(site, found),
        Cause::TooLong => names::form(site, found),
        Cause::Invalid if found.message.contains("must be unique") => names::duplicate(site, found),
        Cause::Invalid => {
            let mut fixes = names::form(site, found);
            if fixes.is_empty() {
                fixes = wanted_value(site, found);
            }
            if fixes.is_empty() && OUT_OF_PLACE.iter().any(|words| found.message.contains(words)) {
                fixes = forbidden(site, found);
            }
            fixes
        }
        _ => Vec::new(),
    }
}

/// Thousandths of a byte, where millions of bytes were meant: `100m` of memory.
fn megabytes(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let Some((value, _)) = site.at(&found.place().0) else { return Vec::new() };
    let Some(number) = site.values.text(value).and_then(|text| text.strip_suffix('m')) else { return Vec::new() };
    let meant = ["Mi", "M"].map(|unit| [number, unit].concat());
    let fixes = meant.iter().map(|amount| fix(QUANTITY, amount, site.write(value, &Json::from(amount.as_str()))));
    fixes.flatten().collect()
}

/// Words of a message that say that the field should not be there.
const OUT_OF_PLACE: &[&str] = &[
    "may not be set",
    "may only be set",
    "must not be set",
    "can only be set",
    "may not be specified",
    "may only be specified",
    "must not be specified",
    "may only be used",
    "can only use",
    "mutually exclusive",
    "must be empty",
    "requires indexed",
    "may not have more than one",
];

/// A field that must not be there goes.
fn forbidden(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let path = &found.place().0;
    match (site.at(path), path.split_last()) {
        (Some((_, Some(entry))), _) => fix(REMOVE, &entry.key, site.remove(entry.key_node)).into_iter().collect(),
        (Some(_), Some((Segment::Index(index), list))) => {
            let list = site.at(list).map(|(list, _)| list);
            let edit = list.and_then(|list| site.remove_item(list, *index));
            fix(REMOVE, &shown(path), edit).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Words of a message that say which value would do.
const WANTED: &[(&str, &str)] = &[
    ("operator must be Exists", "Exists"),
    ("effect must be 'NoExecute'", "NoExecute"),
    ("apiVersion must specify API group", "apps/v1"),
];

/// A value that the message asks for: a bound, or a word.
fn wanted_value(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let path = &found.place().0;
    if let Some((_, word)) = WANTED.iter().find(|(words, _)| found.message.contains(words)) {
        let edit = site.put(path, &Json::from(*word), false);
        return fix(WRITE, word, edit).into_iter().collect();
    }
    // Another port or user than meant is worse than an error.
    let group = found.code.split('/').next().unwrap_or_default();
    if matches!(group, "port" | "security" | "handler" | "service" | "windows") {
        return Vec::new();
    }
    let Some((value, _)) = site.at(path) else { return Vec::new() };
    let Value::Scalar(Scalar::Int(written)) = site.values.get(value) else { return Vec::new() };
    let related = || {
        let (other, _) = site.at(&found.related.first()?.0)?;
        match site.values.get(other) {
            Value::Scalar(Scalar::Int(number)) => Some(*number),
            _ => None,
        }
    };
    let bound = bound(&found.message, *written).or_else(related);
    let Some(number) = bound.filter(|number| number != written) else { return Vec::new() };
    fix(WRITE, &number.to_string(), site.write(value, &Json::from(number))).into_iter().collect()
}

/// The number nearest to `written` that the message allows.
fn bound(message: &str, written: i64) -> Option<i64> {
    let detail = message.rsplit(": ").next()?;
    let behind = |words: &str| {
        let rest = detail.split_once(words)?.1;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..end)?.parse::<i64>().ok()
    };
    if detail.contains("greater than zero") {
        return Some(1);
    }
    if let Some(least) = behind("greater than or equal to ") {
        return Some(least);
    }
    if let Some(most) = behind("less than or equal to ") {
        return Some(most);
    }
    let range = detail.split_once("between ").or_else(|| detail.split_once("in the range "))?.1;
    let mut numbers = range.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let (least, most) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    (least <= most).then(|| written.clamp(least, most))
}

/// What is missing, where there is a usual value.
fn required(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    if found.message.contains("values: ") {
        return names::one_of(site, found);
    }
    let path = &found.place().0;
    let Some((last, parent)) = path.split_last() else { return Vec::new() };
    if found.message.contains("must specify a volume type") {
        let at = below(path, ["emptyDir"]);
        return fix(ADD, "emptyDir: {}", site.put(&at, &object([]), false)).into_iter().collect();
    }
    let Some((at, json)) = usual(site, parent, last) else { return Vec::new() };
    let first = matches!(last, Segment::Field(name) if name == "name");
    let edit = site.put(&at, &json, first);
    let name = at.last().map(|segment| shown(std::slice::from_ref(segment))).unwrap_or_default();
    let value = match &json {
        Json::String(text) => format!("{name}: {text}"),
        Json::Number(number) => format!("{name}: {number}"),
        _ => name,
    };
    fix(ADD, &value, edit).into_iter().collect()
}

/// The usual value of a missing field, and its path.
fn usual(site: &Site<'_, '_>, parent: &[Segment], last: &Segment) -> Option<(Vec<Segment>, Json)> {
    let whole = || parent.iter().cloned().chain([last.clone()]).collect::<Vec<_>>();
    let text = |field: &'static str| site.text_at(&below(parent, [field]));
    let list = match parent {
        [.., Segment::Field(list), Segment::Index(_)] => list.as_ref(),
        [.., Segment::Field(field)] => field.as_ref(),
        _ => "",
    };
    let field = match last {
        Segment::Field(name) => name.as_ref(),
        Segment::Key(key) if key == "storage" => {
            let at = below(parent, ["requests"]).into_iter().chain([last.clone()]).collect();
            return Some((at, Json::from("1Gi")));
        }
        _ => return None,
    };
    let json = match (list, field) {
        ("containers" | "initContainers", "name") => {
            let image = text("image").map(program).unwrap_or("app");
            Json::from(free_name(image, &names_of(site, parent)))
        }
        ("containers" | "initContainers", "image") => Json::from(text("name").map_or("nginx", likely_image)),
        ("volumeMounts" | "volumeDevices", "name") => Json::from(pods::only_volume(site, parent)?),
        ("volumeMounts", "mountPath") => Json::from(format!("/{}", text("name")?)),
        ("volumes", "name") => Json::from(free_name("data", &names_of(site, parent))),
        ("ports", "name") => Json::from(port_name(site, parent)?),
        ("ports", "port" | "containerPort") => Json::from(80),
        ("metadata", "name") => {
            let kind = site.text_at(&[Segment::Field("kind".into())])?;
            Json::from(kind.to_ascii_lowercase())
        }
        ("scaleTargetRef", "kind") => Json::from("Deployment"),
        ("spec", "containers") => {
            Json::Array(vec![object([("name", Json::from("app")), ("image", Json::from("nginx"))])])
        }
        ("spec", "ports") => Json::Array(vec![object([("port", Json::from(80))])]),
        ("spec", "accessModes") => Json::Array(vec![Json::from("ReadWriteOnce")]),
        ("seccompProfile", "type") => Json::from("RuntimeDefault"),
        (_, "restartPolicy") => Json::from("Never"),
        (_, "topologyKey") => Json::from("kubernetes.io/hostname"),
        (_, "schedule") => Json::from("0 * * * *"),
        _ => return None,
    };
    Some((whole(), json))
}

/// The names that stand in the list of which `element` is one.
fn names_of<'s>(site: &Site<'s, '_>, element: &[Segment]) -> Vec<&'s str> {
    let list = element.get(..element.len().saturating_sub(1)).unwrap_or_default();
    site.items(list).iter().filter_map(|item| site.values.text(site.values.field(*item, "name")?.value)).collect()
}

/// The last part of an image's name: `ghcr.io/acme/web-api:1` runs `web-api`.
fn program(image: &str) -> &str {
    let name = crate::api::image::split(image).repository.rsplit('/').next().unwrap_or_default();
    let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits { name } else { "app" }
}

/// The image that a container of this name usually runs.
fn likely_image(name: &str) -> &str {
    const KNOWN: [&str; 14] = [
        "alpine",
        "busybox",
        "envoy",
        "fluentd",
        "haproxy",
        "httpd",
        "memcached",
        "mongo",
        "mysql",
        "node",
        "postgres",
        "python",
        "rabbitmq",
        "redis",
    ];
    KNOWN.iter().find(|known| name.contains(**known)).copied().unwrap_or("nginx")
}

fn port_name(site: &Site<'_, '_>, port: &[Segment]) -> Option<String> {
    let (value, _) = site.at(&below(port, ["port"]))?;
    let Value::Scalar(Scalar::Int(number)) = site.values.get(value) else { return None };
    let name = match number {
        80 | 8080 => "http".to_owned(),
        443 | 8443 => "https".to_owned(),
        number => format!("port-{number}"),
    };
    Some(free_name(&name, &names_of(site, port)))
}
