//! Changing: create, replace, patch, delete, evict, and the parts of objects that are changed on their own.

use serde_json::{Value, json};

use super::address::Address;
use super::read::{self, Chosen};
use super::shape::{self, Shape};
use super::status::{Refused, success};
use super::{Reply, Request, Server};
use crate::api::schema::TypeId;
use crate::api::{Kind, Object, View, autoscaling_v1, pod_security};
use crate::cluster::{Action, Cluster, ObjectKey, Propagation};
use crate::kubectl::api::Api;
use crate::kubectl::manifest as files;
use crate::kubectl::wire;
use crate::manifest::rules::{self, go_json};
use crate::manifest::update::{self, PatchError};
use crate::manifest::{self, Command, Judgement, Verb};

/// A copy of the cluster where nothing is to be done in earnest (`dryRun=All`).
fn target<'a>(server: &'a mut Server, tried: &'a mut Option<Cluster>, dry: bool) -> &'a mut Cluster {
    if dry {
        *tried = Some(server.cluster.clone());
    }
    tried.as_mut().unwrap_or(&mut server.cluster)
}

fn is_dry(request: &Request) -> bool {
    let options = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
    let in_body =
        options.get("kind").and_then(Value::as_str) == Some("DeleteOptions") && options.get("dryRun").is_some();
    request.parameter("dryRun") == Some("All") || in_body
}

/// What a writing request does.
pub(super) fn answer(server: &mut Server, request: &Request, address: &Address) -> Result<Reply, Refused> {
    match (request.method.as_str(), address.sub.as_str(), address.name.is_empty()) {
        ("POST", "", true) if address.resource.kind.ends_with("AccessReview") => Ok(review(address)),
        ("POST" | "PUT", ..) if request.content_type.contains("protobuf") => Err(Refused::new(
            415,
            "UnsupportedMediaType",
            "podlab serve reads JSON and YAML; make the object with --dry-run=client -o yaml and send it with create -f -",
        )),
        ("POST", "", true) => create(server, request, address),
        ("POST", "eviction", false) => evict(server, request, address),
        ("PUT", "", false) => replace(server, request, address),
        ("PUT", "scale", false) => {
            let scale: Value =
                serde_json::from_str(&request.text()).map_err(|error| Refused::bad(error.to_string()))?;
            set_scale(server, request, address, &scale)
        }
        ("PUT", _, false) => {
            let value = serde_json::from_str(&request.text()).map_err(|error| Refused::bad(error.to_string()))?;
            store_part(server, request, address, value)
        }
        ("PATCH", _, false) => patch(server, request, address),
        ("DELETE", "", _) => delete(server, request, address),
        _ => Err(Refused::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )),
    }
}

/// Everything is allowed: there is one user.
fn review(address: &Address) -> Reply {
    let value = json!({
        "kind": address.resource.kind, "apiVersion": address.api_version, "metadata": {}, "spec": {},
        "status": {"allowed": true},
    });
    Reply::json(201, &value)
}

/// The answer of the judge as an answer of the API.
fn refusal(judgement: &Judgement, address: &Address) -> Option<Refused> {
    if judgement.accepted() {
        return None;
    }
    let judged = judgement.objects.iter().find(|judged| judged.object.is_none());
    if let Some((kind, group, name)) = judged.and_then(|judged| judged.invalid()) {
        return Some(Refused::invalid(kind, group, name, &judgement.causes));
    }
    let (reason, message) =
        judged.and_then(|judged| judged.refusal()).unwrap_or(("BadRequest", judgement.stderr.trim_end()));
    let code = match reason {
        "NotFound" => 404,
        "AlreadyExists" | "Conflict" => 409,
        "Forbidden" => 403,
        "Invalid" => 422,
        "NotSimulated" => 501,
        "" => 500,
        _ => 400,
    };
    // The judge says which file was sent; the API knows of none.
    let message = message.strip_prefix("error when creating \"body\": ").unwrap_or(message);
    let error = crate::cluster::ApiError { code, reason, message: message.to_owned() };
    Some(Refused::of(&error, address))
}

fn send(server: &mut Server, request: &Request, address: &Address, verb: Verb) -> Result<Reply, Refused> {
    let dry = is_dry(request);
    let shape = Shape::of(request);
    let now = server.cluster.now().to_timestamp(server.cluster.config().epoch);
    let mut tried = None;
    let cluster = target(server, &mut tried, dry);
    let namespace = if address.namespace.is_empty() { "default" } else { address.namespace.as_str() };
    let command = Command { verb, namespace, save_config: false, ..Command::apply("body") };
    let (judgement, done) = manifest::send(&request.text(), command, &mut Api(cluster));
    let warnings = judgement.warnings.clone();
    if let Some(refused) = refusal(&judgement, address) {
        return Err(refused);
    }
    let stored = done.into_iter().next().map(|done| done.object);
    let stored = stored.ok_or_else(|| Refused::bad("nothing was sent"))?;
    let code = if verb == Verb::Create { 201 } else { 200 };
    Ok(Reply { warnings, ..Reply::json(code, &shape::single(address, &stored, shape, now)) })
}

fn create(server: &mut Server, request: &Request, address: &Address) -> Result<Reply, Refused> {
    send(server, request, address, Verb::Create)
}

fn replace(server: &mut Server, request: &Request, address: &Address) -> Result<Reply, Refused> {
    read::named(server, address)?;
    send(server, request, address, Verb::Replace)
}

fn evict(server: &mut Server, request: &Request, address: &Address) -> Result<Reply, Refused> {
    let live = read::named(server, address)?;
    let Some(key) = ObjectKey::of(&live) else { return Err(Refused::no_path()) };
    let body: Value = serde_json::from_str(&request.text()).unwrap_or_default();
    let grace = View::new(&body).at("deleteOptions.gracePeriodSeconds").0.and_then(Value::as_i64);
    let dry = is_dry(request) || View::new(&body).at("deleteOptions.dryRun").exists();
    let action = Action::Evict { key, grace };
    let done = if dry { server.cluster.clone().act(action) } else { server.cluster.act(action) };
    done.map_err(|error| Refused::of(&error, address))?;
    Ok(Reply::json(201, &success(address, live.metadata().uid.as_deref().unwrap_or_default())))
}

/// A patch of an object or of a part of it (apiserver: endpoints/handlers/patch.go).
fn patch(server: &mut Server, request: &Request, address: &Address) -> Result<Reply, Refused> {
    let content = request.content_type.split(';').next().unwrap_or_default().trim().to_owned();
    let text = request.text();
    if content == "application/apply-patch+yaml" {
        return apply(server, request, address, &text);
    }
    let patch: Value = serde_json::from_str(&text).map_err(|error| {
        // In the words of Go's reader, where they are known.
        Refused::bad(go_json::object(text.as_bytes()).err().unwrap_or_else(|| error.to_string()))
    })?;
    let live = read::named(server, address)?;
    let (live, id) = match address.sub.as_str() {
        "scale" => (wire::scale(&live).ok_or_else(Refused::no_path)?, None),
        _ => {
            let value = live.to_json();
            let value = if address.is_older() { autoscaling_v1::from_v2(value) } else { value };
            (value, TypeId::of_kind(&address.api_version, address.resource.kind))
        }
    };
    let patched = patched(&live, id, &patch, &content)?;
    match address.sub.as_str() {
        "scale" => set_scale(server, request, address, &patched),
        _ => store_part(server, request, address, patched),
    }
}

fn patched(live: &Value, id: Option<TypeId>, patch: &Value, content: &str) -> Result<Value, Refused> {
    let read = |value: Value| match id {
        Some(id) => update::read_patched(&value, id),
        None => Ok(value),
    };
    let outcome = match (content, id) {
        ("application/strategic-merge-patch+json", Some(id)) => update::strategic_merge(live, patch, id),
        ("application/json-patch+json", _) => match update::json_patch(live, patch) {
            Ok(value) => read(value),
            Err(_) => {
                let message = "the server rejected our request due to an error in our request";
                return Err(Refused::new(422, "Invalid", message));
            }
        },
        ("application/merge-patch+json" | "application/strategic-merge-patch+json", _) => {
            let mut value = live.clone();
            update::merge_patch(&mut value, patch);
            read(value)
        }
        (other, _) => {
            let accepted = "application/json-patch+json, application/merge-patch+json, \
                            application/strategic-merge-patch+json, application/apply-patch+yaml";
            let message = format!(
                "the body of the request was in an unknown format - accepted media types include: {accepted} (was {other})"
            );
            return Err(Refused::new(415, "UnsupportedMediaType", message));
        }
    };
    outcome.map_err(|error: PatchError| error.into())
}

/// Server-side apply, without the book of who owns which field: what is sent is merged over what is there.
fn apply(server: &mut Server, request: &Request, address: &Address, text: &str) -> Result<Reply, Refused> {
    let mut values = files::values(text).map_err(|error| Refused::bad(error.to_string()))?;
    let sent = if values.is_empty() { Value::Null } else { values.remove(0) };
    let Ok(live) = read::named(server, address) else {
        let request = Request { body: sent.to_string().into_bytes(), ..request.clone() };
        return create(server, &request, address);
    };
    let id = TypeId::of_kind(&address.api_version, address.resource.kind);
    let value = patched(&live.to_json(), id, &sent, "application/strategic-merge-patch+json")?;
    store_part(server, request, address, value)
}

/// Puts an object in the place of what has its name, or that part of it which the path names.
fn store_part(server: &mut Server, request: &Request, address: &Address, value: Value) -> Result<Reply, Refused> {
    let live = read::named(server, address)?;
    let kind = live.kind().ok_or_else(Refused::no_path)?;
    let value = if address.is_older() { autoscaling_v1::to_v2(value) } else { value };
    let object = Object::from_json(kind, value).map_err(|error| Refused::bad(error.to_string()))?;
    let mut warnings = Vec::new();
    let action = match address.sub.as_str() {
        "" => {
            let object = update::updated(&live, &object).map_err(|causes| Refused::update(&live, &causes))?;
            warnings = warnings_of(&server.cluster, &live, &object);
            Action::Update(object)
        }
        "ephemeralcontainers" => {
            let causes = update::update_ephemeral(&live, &object);
            if !causes.is_empty() {
                return Err(Refused::update(&live, &causes));
            }
            Action::Update(object)
        }
        "resize" => Action::Resize(object),
        "status" => Action::UpdateStatus(object),
        _ => return Err(Refused::no_path()),
    };
    let shape = Shape::of(request);
    let now = server.cluster.now().to_timestamp(server.cluster.config().epoch);
    let mut tried = None;
    let cluster = target(server, &mut tried, is_dry(request));
    let mut stored = cluster.act(action).map_err(|error| Refused::of(&error, address))?.unwrap_or_else(|| live.clone());
    if tried.is_some() {
        // What is not stored moves no version.
        stored.set_resource_version(live.resource_version());
    }
    Ok(Reply { warnings, ..Reply::json(200, &shape::single(address, &stored, shape, now)) })
}

/// What the server warns of when an object takes the place of another.
fn warnings_of(cluster: &Cluster, old: &Object, new: &Object) -> Vec<String> {
    let key = ObjectKey::new(Kind::Namespace, "", new.namespace());
    let warned = match (old, new) {
        (Object::Pod(old), Object::Pod(new)) => pod_security::is_significant(old, new),
        _ => true,
    };
    let namespace = cluster.store().get(&key).filter(|_| warned);
    let warnings = rules::update_warnings(old, new).into_iter().chain(rules::late_warning(new, namespace));
    warnings.map(|warning| warning.message).collect()
}

/// Sets how many replicas a workload wants.
fn set_scale(server: &mut Server, request: &Request, address: &Address, scale: &Value) -> Result<Reply, Refused> {
    let live = read::named(server, address)?;
    let kind = live.kind().ok_or_else(Refused::no_path)?;
    let mut value = live.to_json();
    let view = View::new(scale);
    let sent = view.at("metadata.resourceVersion").0.and_then(Value::as_str);
    if let Some(version) = sent.filter(|version| !version.is_empty()) {
        value["metadata"]["resourceVersion"] = json!(version);
    }
    value["spec"]["replicas"] = json!(view.at("spec.replicas").int());
    let object = Object::from_json(kind, value).map_err(|error| Refused::bad(error.to_string()))?;
    let object = update::updated(&live, &object).map_err(|causes| Refused::update(&live, &causes))?;
    let mut tried = None;
    let cluster = target(server, &mut tried, is_dry(request));
    let stored = cluster.act(Action::Update(object)).map_err(|error| Refused::of(&error, address))?;
    wire::scale(&stored.unwrap_or(live)).map(|scale| Reply::json(200, &scale)).ok_or_else(Refused::no_path)
}

fn delete(server: &mut Server, request: &Request, address: &Address) -> Result<Reply, Refused> {
    let body: Value = serde_json::from_str(&request.text()).unwrap_or_default();
    let options = View::new(&body);
    let grace = options.at("gracePeriodSeconds").0.and_then(Value::as_i64);
    let grace = grace.or_else(|| request.parameter("gracePeriodSeconds")?.parse().ok());
    let policy = options.at("propagationPolicy").0.and_then(Value::as_str).or(request.parameter("propagationPolicy"));
    let propagation = match policy {
        Some("Foreground") => Propagation::Foreground,
        Some("Orphan") => Propagation::Orphan,
        _ => Propagation::Background,
    };
    let objects = match address.name.is_empty() {
        true => read::listed(server, address, &Chosen::of(request, address)?),
        false => vec![read::named(server, address)?],
    };
    let preconditions = options.at("preconditions");
    let dry = is_dry(request);
    let now = server.cluster.now().to_timestamp(server.cluster.config().epoch);
    for object in &objects {
        let uid = object.metadata().uid.as_deref().unwrap_or_default();
        if let Some(wanted) = preconditions.at("uid").0.and_then(Value::as_str).filter(|wanted| *wanted != uid) {
            let why = format!("Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}");
            let name = address.resource.full();
            let message = format!("Operation cannot be fulfilled on {name} \"{}\": {why}", object.name());
            return Err(Refused::new(409, "Conflict", message));
        }
        if let (Some(key), false) = (ObjectKey::of(object), dry) {
            let action = Action::Delete { key, grace, propagation };
            server.cluster.act(action).map_err(|error| Refused::of(&error, address))?;
        }
    }
    let [object] = objects.as_slice() else {
        return Ok(Reply::json(200, &shape::list(address, &objects, Shape::of(request), now, server.version)));
    };
    // What is still there, because it has its grace or waits for finalizers, is shown; what is gone is not.
    match read::named(server, address).ok().filter(|_| !dry && !address.name.is_empty()) {
        Some(left) => Ok(Reply::json(200, &shape::single(address, &left, Shape::of(request), now))),
        None if address.name.is_empty() => {
            let objects = [object.clone()];
            Ok(Reply::json(200, &shape::list(address, &objects, Shape::of(request), now, server.version)))
        }
        None if object.as_pod().is_some() => {
            Ok(Reply::json(200, &shape::single(address, object, Shape::of(request), now)))
        }
        None => Ok(Reply::json(200, &success(address, object.metadata().uid.as_deref().unwrap_or_default()))),
    }
}
