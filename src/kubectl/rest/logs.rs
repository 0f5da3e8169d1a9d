//! `GET …/pods/NAME/log` (kubernetes: registry/core/pod/strategy.go LogLocation; kubelet: server.go getContainerLogs).

use super::address::Address;
use super::status::Refused;
use super::watch::Stream;
use super::{Reply, Request, Server, read};
use crate::api::Object;
use crate::cluster::ObjectKey;
use crate::kubectl::args::Args;
use crate::kubectl::follow::{Follow, LogTail, What};
use crate::kubectl::verbs::logs;
use crate::kubectl::{Failure, pods};

fn refused(failure: &Failure) -> Refused {
    let text = failure.0.as_str();
    let text = text.strip_prefix("Error from server (BadRequest): ").or(text.strip_prefix("error: ")).unwrap_or(text);
    Refused::bad(text)
}

/// The lines that a container wrote, and those it goes on to write.
pub(super) fn answer(server: &mut Server, request: &Request, address: &Address) -> Result<Reply, Refused> {
    let object = read::named(server, address)?;
    let Object::Pod(pod) = &object else { return Err(Refused::no_path()) };
    let names: Vec<&str> = pods::containers(pod).iter().map(|(name, _)| *name).collect();
    let container = match (request.parameter("container"), pod.spec.containers.as_slice()) {
        (Some(name), _) if names.contains(&name) => name,
        (Some(name), _) => {
            return Err(Refused::bad(format!("container {name} is not valid for pod {}", pod.name())));
        }
        (None, [only]) => only.name.as_str(),
        (None, _) => {
            let names = pod.spec.containers.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(" ");
            let text = format!("a container name must be specified for pod {}, choose one of: [{names}]", pod.name());
            return Err(Refused::bad(text));
        }
    };
    // The options of a request are those of the command, under other names.
    let mut words = vec!["logs".to_owned()];
    for (parameter, flag, unit) in
        [("sinceSeconds", "since", "s"), ("sinceTime", "since-time", ""), ("limitBytes", "limit-bytes", "")]
    {
        words.extend(request.parameter(parameter).map(|value| format!("--{flag}={value}{unit}")));
    }
    if request.is_on("timestamps") {
        words.push("--timestamps".to_owned());
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let args = Args::parse(&words, "").map_err(|failure| refused(&failure))?;
    let tail = request.parameter("tailLines").and_then(|lines| lines.parse().ok()).unwrap_or(usize::MAX);
    let attempt = logs::attempt(pod, container, request.is_on("previous")).map_err(|failure| refused(&failure))?;
    let Some(attempt) = attempt else { return Ok(Reply::text("")) };
    let lines = logs::lines(&server.cluster, &args, pod, container, attempt, tail, "");
    let mut reply = Reply::text(lines.map_err(|failure| refused(&failure))?);
    if request.is_on("follow") && !request.is_on("previous") && !pods::has_ended(pod, container) {
        let tail = LogTail {
            pod: ObjectKey::new(crate::api::Kind::Pod, pod.namespace(), pod.name()),
            uid: pod.uid().to_owned(),
            container: container.to_owned(),
            prefix: String::new(),
            timestamps: request.is_on("timestamps"),
            begins: None,
        };
        reply.stream = Some(Stream::log(Follow::new(What::Logs(vec![tail]), server.cluster.config().epoch, None)));
    }
    Ok(reply)
}
