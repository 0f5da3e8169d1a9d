//! What a person did to the cluster, as a line of a link: `28400000 kill default/web app 137`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::api::{Kind, Object};
use crate::cluster::{Action, Curve, Load, ObjectKey, Propagation, Time};

/// A whole object, on one line.
fn object(object: &Object) -> String {
    object.to_json().to_string()
}

fn read_object(text: &str) -> Option<Object> {
    let json: Value = serde_json::from_str(text).ok()?;
    let kind = Kind::find(json["apiVersion"].as_str()?, json["kind"].as_str()?)?;
    Object::from_json(kind, json).ok()
}

/// The line that says that `action` was done at `at` (microseconds come first); none for what a link does not keep.
pub fn write_act(at: Time, action: &Action) -> Option<String> {
    let pod = |key: &ObjectKey| format!("{}/{}", key.namespace, key.name);
    let grace = |grace: &Option<i64>| grace.map_or_else(String::new, |grace| format!(" {grace}"));
    let said = match action {
        Action::KillContainer { pod: key, container, exit_code } => {
            format!("kill {} {container} {exit_code}", pod(key))
        }
        Action::ForceProbe { pod: key, container, probe, passes } => {
            let verdict = match passes {
                Some(true) => "pass",
                Some(false) => "fail",
                None => "own",
            };
            format!("probe {} {container} {probe} {verdict}", pod(key))
        }
        Action::NodeDown { node } => format!("node {node} down"),
        Action::NodeUp { node } => format!("node {node} up"),
        Action::Scale { key, replicas } => format!("scale {}/{} {replicas}", key.kind.name(), pod(key)),
        Action::Restart { key } => format!("restart {}/{}", key.kind.name(), pod(key)),
        Action::AddNodes { count } => format!("nodes {count}"),
        Action::SetLoad { target, load } => {
            let over = load.curve.over().map_or_else(String::new, |over| format!(" {}", over.as_millis()));
            let Load { per_second, curve } = load;
            format!("load {}/{} {per_second} {}{over}", target.kind.name(), pod(target), curve.name())
        }
        Action::SetImage { image, available } => format!("image {} {image}", if *available { "on" } else { "off" }),
        Action::SetNetwork { host, on } => {
            let host = host.as_deref().map_or_else(String::new, |host| format!(" {host}"));
            format!("network {}{host}", if *on { "on" } else { "off" })
        }
        Action::Delete { key, grace: seconds, .. } if key.kind == Kind::Pod => {
            format!("delete {}{}", pod(key), grace(seconds))
        }
        Action::Evict { key, grace: seconds } => format!("evict {}{}", pod(key), grace(seconds)),
        Action::Create(one) => format!("create {}", object(one)),
        Action::Update(one) => format!("update {}", object(one)),
        Action::UpdateStatus(one) => format!("status {}", object(one)),
        Action::Resize(one) => format!("resize {}", object(one)),
        Action::Delete { key, grace: seconds, propagation } => {
            let way = match propagation {
                Propagation::Background => "background",
                Propagation::Foreground => "foreground",
                Propagation::Orphan => "orphan",
            };
            format!("remove {}/{} {way}{}", key.kind.name(), pod(key), grace(seconds))
        }
        Action::Exec { pod: key, container, command, input } => {
            let mut command: Value = command.iter().map(String::as_str).collect();
            if !input.is_empty() {
                command = serde_json::json!({"run": command, "reads": STANDARD.encode(input)});
            }
            format!("exec {} {container} {command}", pod(key))
        }
        Action::RestartKubelet { node, down } => format!("kubelet {node} {}", down.as_micros()),
        Action::NodePressure { node, resource, pods } => format!("pressure {node} {resource} {pods}"),
    };
    Some(format!("{} {said}", at.as_micros()))
}

/// Reads such a line; none where it says nothing that is known.
pub fn read_act(line: &str) -> Option<(Time, Action)> {
    let (at, said) = line.split_once(' ')?;
    let at = Time::from_micros(at.parse().ok()?);
    let (verb, rest) = said.split_once(' ')?;
    let mut words = rest.split(' ');
    let pod = |text: &str| {
        let (namespace, name) = text.split_once('/')?;
        Some(ObjectKey::new(Kind::Pod, namespace, name))
    };
    let object = |text: &str| {
        let (kind, key) = text.split_once('/')?;
        let kind = *Kind::ALL.iter().find(|known| known.name() == kind)?;
        let (namespace, name) = key.split_once('/')?;
        Some(ObjectKey::new(kind, namespace, name))
    };
    let grace = |word: Option<&str>| match word {
        None => Some(None),
        Some(word) => word.parse::<i64>().ok().filter(|grace| *grace >= 0).map(Some),
    };
    let action = match verb {
        "kill" => Action::KillContainer {
            pod: pod(words.next()?)?,
            container: words.next()?.into(),
            exit_code: words.next()?.parse().ok()?,
        },
        "probe" => Action::ForceProbe {
            pod: pod(words.next()?)?,
            container: words.next()?.into(),
            probe: words.next()?.into(),
            passes: match words.next()? {
                "pass" => Some(true),
                "fail" => Some(false),
                "own" => None,
                _ => return None,
            },
        },
        "node" => {
            let node = words.next()?.into();
            match words.next()? {
                "down" => Action::NodeDown { node },
                "up" => Action::NodeUp { node },
                _ => return None,
            }
        }
        "scale" => {
            let key = object(words.next()?)?;
            Action::Scale { key, replicas: words.next()?.parse().ok().filter(|replicas| *replicas >= 0)? }
        }
        "restart" => Action::Restart { key: object(words.next()?)? },
        "nodes" => Action::AddNodes { count: words.next()?.parse().ok()? },
        "load" => {
            let target = object(words.next()?)?;
            let per_second = words.next()?.parse().ok()?;
            let curve = words.next()?;
            let over = words.next().map_or(Some(0), |over| over.parse().ok())?;
            let curve = Curve::named(curve, Duration::from_millis(over))?;
            Action::SetLoad { target, load: Load { per_second, curve } }
        }
        "image" => {
            let (state, image) = rest.split_once(' ')?;
            Action::SetImage { image: image.into(), available: state == "on" }
        }
        "network" => {
            let on = words.next()? == "on";
            Action::SetNetwork { host: words.next().map(Into::into), on }
        }
        "delete" => {
            let key = pod(words.next()?)?;
            Action::Delete { key, grace: grace(words.next())?, propagation: Propagation::Background }
        }
        "create" => Action::Create(read_object(rest)?),
        "update" => Action::Update(read_object(rest)?),
        "status" => Action::UpdateStatus(read_object(rest)?),
        "resize" => Action::Resize(read_object(rest)?),
        "remove" => {
            let key = object(words.next()?)?;
            let propagation = match words.next()? {
                "background" => Propagation::Background,
                "foreground" => Propagation::Foreground,
                "orphan" => Propagation::Orphan,
                _ => return None,
            };
            Action::Delete { key, grace: grace(words.next())?, propagation }
        }
        "exec" => {
            let (key, container) = (pod(words.next()?)?, words.next()?);
            let json = rest.splitn(3, ' ').nth(2)?;
            let said: Value = serde_json::from_str(json).ok()?;
            let input = said
                .get("reads")
                .and_then(Value::as_str)
                .map_or(Some(Vec::new()), |text| STANDARD.decode(text).ok())?;
            let command: Option<Vec<String>> = said
                .get("run")
                .unwrap_or(&said)
                .as_array()?
                .iter()
                .map(|word| word.as_str().map(str::to_owned))
                .collect();
            Action::Exec { pod: key, container: container.into(), command: command?.into(), input: input.into() }
        }
        "kubelet" => {
            let node = words.next()?.into();
            Action::RestartKubelet { node, down: Duration::from_micros(words.next()?.parse().ok()?) }
        }
        "pressure" => Action::NodePressure {
            node: words.next()?.into(),
            resource: words.next()?.into(),
            pods: words.next()?.parse().ok()?,
        },
        "evict" => Action::Evict { key: pod(words.next()?)?, grace: grace(words.next())? },
        _ => return None,
    };
    Some((at, action))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for line in [
            "28400000 kill default/web app 137",
            "1 probe default/web app readiness fail",
            "1 probe default/web app liveness pass",
            "1 probe default/web app startup own",
            "0 node node-1 down",
            "5 node node-1 up",
            "7 network off",
            "8 network on logs.example.com",
            "7 image off example/web:1 b",
            "7 image on nginx",
            "9 delete team/web",
            "9 delete team/web 0",
            "9 evict team/web 5",
            "9 remove Deployment/default/web foreground",
            "9 remove Service/default/web orphan 3",
            "9 remove Node//node-1 background",
            "9 exec default/web app [\"sh\",\"-c\",\"echo  two  blanks\"]",
            "9 kubelet node-1 5000000",
            "9 pressure node-1 memory 2",
            "9 create {\"apiVersion\":\"v1\",\"data\":{\"a\":\"b c\"},\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\",\"namespace\":\"default\"}}",
            "9 scale Deployment/default/web 30",
            "9 restart DaemonSet/default/web",
            "9 nodes 10",
            "9 load Service/default/web 200 steady",
            "9 load Deployment/default/web 200 day 3600000",
        ] {
            let (at, action) = read_act(line).unwrap();
            assert_eq!(write_act(at, &action).as_deref(), Some(line));
        }
    }

    #[test]
    fn nonsense_is_nothing() {
        for line in [
            "",
            "1",
            "x node a down",
            "1 node a",
            "1 node a gone",
            "1 kill web app 1",
            "1 kill a/b c d",
            "1 delete a/b -1",
            "1 scale Deployment/web 3",
            "1 scale Deployment/a/web -3",
            "1 nodes many",
            "1 load Service/web 5 steady",
            "1 load Service/a/web 5 wild",
            "1 load Service/a/web -5 steady",
            "1 fly x",
            "1 create {}",
            "1 create {\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":7}",
            "1 remove Pod/web background",
            "1 exec a/b c [1]",
            "1 exec a/b c",
        ] {
            assert_eq!(read_act(line), None, "{line}");
        }
    }
}
