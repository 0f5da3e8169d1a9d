//! What a lesson asks for, checked by the engine: a fact about a run, said in one line.

use std::rc::Rc;

use serde_json::Value;

use crate::api::{Kind, Object};
use crate::cluster::{ObjectKey, Party, Time};
use crate::trace::Run;
use crate::trace::scene::{Role, scene};

/// What goals are held against.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The run.
    pub run: &'a Run,
    /// The instant.
    pub at: Time,
    /// What was typed in the terminal since the step began.
    pub typed: &'a [Rc<str>],
    /// The manifest that runs.
    pub text: &'a str,
}

/// A fact about the run at an instant; all objects are in the namespace `default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// `pod web Running`: what `kubectl get pods` says under STATUS.
    PodStatus {
        /// The Pod.
        pod: String,
        /// The word.
        status: String,
    },
    /// `pod web ready`: all its containers are ready.
    PodReady {
        /// The Pod.
        pod: String,
    },
    /// `container web/app restarts 0`: exactly so often.
    Restarts {
        /// The Pod.
        pod: String,
        /// The container.
        container: String,
        /// How often.
        count: i32,
    },
    /// `container web/download before app`: the one had ended when the other started.
    Before {
        /// The Pod.
        pod: String,
        /// The container that ends.
        first: String,
        /// The container that starts.
        second: String,
    },
    /// `container web/app exited 3`: its newest instance ended so.
    Exited {
        /// The Pod.
        pod: String,
        /// The container.
        container: String,
        /// The exit code.
        code: i32,
    },
    /// `sidecar web/agent`: a native sidecar that runs.
    Sidecar {
        /// The Pod.
        pod: String,
        /// The container.
        container: String,
    },
    /// `job report Complete`: it has this condition.
    Job {
        /// The Job.
        job: String,
        /// The condition.
        condition: String,
    },
    /// `deployment web ready 3`: so many of its Pods are ready, and so many are wanted.
    Deployment {
        /// The Deployment.
        deployment: String,
        /// How many Pods.
        ready: i64,
    },
    /// `deployment web reached 3`: at some time up to now so many of its Pods were ready at once.
    Reached {
        /// The Deployment.
        deployment: String,
        /// How many Pods.
        ready: i64,
    },
    /// `service db`: it is there.
    Service {
        /// The Service.
        service: String,
    },
    /// `container web/agent says GET /`: a line of its log has this in it.
    Says {
        /// The Pod.
        pod: String,
        /// The container.
        container: String,
        /// Part of a line.
        text: String,
    },
    /// `host logs.example.com gets level=warn`: a host outside of the cluster was sent this.
    Gets {
        /// The host.
        host: String,
        /// Part of what is sent.
        text: String,
    },
    /// `container web/app image nginx:1.27`: the Pod runs it with this image.
    Image {
        /// The Pod.
        pod: String,
        /// The container.
        container: String,
        /// The image, as it is written.
        image: String,
    },
    /// `pod web replaced`: it is another Pod than the first one of its name.
    Replaced {
        /// The Pod.
        pod: String,
    },
    /// `debugger web`: an ephemeral container of it runs, or has run.
    Debugger {
        /// The Pod.
        pod: String,
    },
    /// `typed describe pod web`: a line with these words, in this order, was typed in the terminal.
    Typed {
        /// The words.
        words: String,
    },
    /// `written - sleep`: a line of the manifest says this, however far it is indented.
    Written {
        /// The line.
        line: String,
    },
}

impl Goal {
    /// Reads a goal; none when it is not one.
    pub fn parse(text: &str) -> Option<Goal> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let in_pod = |of: &str| of.split_once('/').map(|(pod, container)| (pod.to_owned(), container.to_owned()));
        Some(match words[..] {
            ["typed", first, ..] => Goal::Typed { words: text.get(text.find(first)?..)?.to_owned() },
            ["written", ..] => Goal::Written { line: text.split_once("written ")?.1.to_owned() },
            ["service", service] => Goal::Service { service: service.to_owned() },
            ["debugger", pod] => Goal::Debugger { pod: pod.to_owned() },
            ["pod", pod, "replaced"] => Goal::Replaced { pod: pod.to_owned() },
            ["container", of, "says", ..] => {
                let (pod, container) = in_pod(of)?;
                let (_, text) = text.split_once(" says ")?;
                Goal::Says { pod, container, text: text.to_owned() }
            }
            ["host", host, "gets", ..] => {
                let (_, text) = text.split_once(" gets ")?;
                Goal::Gets { host: host.to_owned(), text: text.to_owned() }
            }
            ["container", of, "image", image] => {
                let (pod, container) = in_pod(of)?;
                Goal::Image { pod, container, image: image.to_owned() }
            }
            ["deployment", name, "reached", count] => {
                Goal::Reached { deployment: name.to_owned(), ready: count.parse().ok()? }
            }
            ["pod", pod, "ready"] => Goal::PodReady { pod: pod.to_owned() },
            ["pod", pod, status] => Goal::PodStatus { pod: pod.to_owned(), status: status.to_owned() },
            ["container", of, "restarts", count] => {
                let (pod, container) = in_pod(of)?;
                Goal::Restarts { pod, container, count: count.parse().ok()? }
            }
            ["container", of, "before", second] => {
                let (pod, first) = in_pod(of)?;
                Goal::Before { pod, first, second: second.to_owned() }
            }
            ["container", of, "exited", code] => {
                let (pod, container) = in_pod(of)?;
                Goal::Exited { pod, container, code: code.parse().ok()? }
            }
            ["sidecar", of] => {
                let (pod, container) = in_pod(of)?;
                Goal::Sidecar { pod, container }
            }
            ["job", job, condition] => Goal::Job { job: job.to_owned(), condition: condition.to_owned() },
            ["deployment", name, "ready", count] => {
                Goal::Deployment { deployment: name.to_owned(), ready: count.parse().ok()? }
            }
            _ => return None,
        })
    }

    /// The message of `locales/*.ftl` that says it, and what is filled in.
    pub fn phrase(&self) -> (&'static str, Vec<(&'static str, String)>) {
        let of = |pod: &str, container: &str| vec![("pod", pod.to_owned()), ("container", container.to_owned())];
        let with = |mut args: Vec<(&'static str, String)>, name, value: String| {
            args.push((name, value));
            args
        };
        match self {
            Goal::PodStatus { pod, status } => ("goal-status", vec![("pod", pod.clone()), ("status", status.clone())]),
            Goal::PodReady { pod } => ("goal-ready", vec![("pod", pod.clone())]),
            Goal::Restarts { pod, container, count } => {
                ("goal-restarts", with(of(pod, container), "count", count.to_string()))
            }
            Goal::Before { pod, first, second } => ("goal-before", with(of(pod, first), "second", second.clone())),
            Goal::Exited { pod, container, code } => {
                ("goal-exited", with(of(pod, container), "code", code.to_string()))
            }
            Goal::Sidecar { pod, container } => ("goal-sidecar", of(pod, container)),
            Goal::Job { job, condition } => ("goal-job", vec![("job", job.clone()), ("condition", condition.clone())]),
            Goal::Deployment { deployment, ready } => {
                ("goal-deployment", vec![("deployment", deployment.clone()), ("count", ready.to_string())])
            }
            Goal::Reached { deployment, ready } => {
                ("goal-reached", vec![("deployment", deployment.clone()), ("count", ready.to_string())])
            }
            Goal::Service { service } => ("goal-service", vec![("service", service.clone())]),
            Goal::Says { pod, container, text } => ("goal-says", with(of(pod, container), "text", text.clone())),
            Goal::Gets { host, text } => ("goal-gets", vec![("host", host.clone()), ("text", text.clone())]),
            Goal::Image { pod, container, image } => ("goal-image", with(of(pod, container), "image", image.clone())),
            Goal::Replaced { pod } => ("goal-replaced", vec![("pod", pod.clone())]),
            Goal::Debugger { pod } => ("goal-debugger", vec![("pod", pod.clone())]),
            Goal::Typed { words } => ("goal-typed", vec![("words", words.clone())]),
            Goal::Written { line } => ("goal-written", vec![("line", line.clone())]),
        }
    }

    /// Whether it holds.
    pub fn met(&self, facts: Facts<'_>) -> bool {
        self.holds(facts).unwrap_or(false)
    }

    fn holds(&self, Facts { run, at, typed, text }: Facts<'_>) -> Option<bool> {
        let key = |kind, name: &str| ObjectKey::new(kind, "default", name);
        let picture = |pod: &str| scene(run, at).pod(&key(Kind::Pod, pod)).cloned();
        let json = |kind, name: &str| run.object_at(&key(kind, name), at).map(Object::to_json);
        let lives = |pod: &str| {
            let mut lives = run.pods();
            lives.retain(|life| *life.key.name == *pod && life.created <= at);
            lives
        };
        Some(match self {
            Goal::PodStatus { pod, status } => *picture(pod)?.word == **status,
            Goal::PodReady { pod } => {
                let pod = picture(pod)?;
                pod.total > 0 && pod.ready == pod.total
            }
            Goal::Restarts { pod, container, count } => picture(pod)?.container(container)?.restarts == *count,
            Goal::Exited { pod, container, code } => picture(pod)?.container(container)?.exit_code == Some(*code),
            Goal::Sidecar { pod, container } => {
                let pod = picture(pod)?;
                let container = pod.container(container)?;
                container.role == Role::Sidecar && container.started
            }
            Goal::Before { pod, first, second } => {
                let status = json(Kind::Pod, pod)?;
                let moment = |container: &str, states: &[&str], field: &str| {
                    let statuses =
                        ["initContainerStatuses", "containerStatuses"].map(|list| status["status"][list].as_array());
                    let state = statuses.into_iter().flatten().flatten().find(|status| status["name"] == container)?;
                    let value = states.iter().find_map(|name| state["state"][*name][field].as_str())?;
                    Some(value.to_owned())
                };
                moment(first, &["terminated"], "finishedAt")?
                    <= moment(second, &["running", "terminated"], "startedAt")?
            }
            Goal::Job { job, condition } => {
                let job = json(Kind::Job, job)?;
                let conditions = job["status"]["conditions"].as_array()?;
                conditions.iter().any(|one| one["type"] == **condition && one["status"] == "True")
            }
            Goal::Deployment { deployment, ready } => {
                let object = json(Kind::Deployment, deployment)?;
                number(&object["status"]["readyReplicas"]) == *ready && number(&object["spec"]["replicas"]) == *ready
            }
            Goal::Reached { deployment, ready } => {
                let key = key(Kind::Deployment, deployment);
                let mut changes = run.changes_between(&key, Time::ZERO, at);
                changes.any(|(_, change)| number(&change.object.to_json()["status"]["readyReplicas"]) >= *ready)
            }
            Goal::Service { service } => run.object_at(&key(Kind::Service, service), at).is_some(),
            Goal::Says { pod, container, text } => lives(pod)
                .iter()
                .any(|life| run.logs(&life.uid, container, at).any(|(_, line)| line.text.contains(text.as_str()))),
            Goal::Gets { host, text } => run.flows_between(Time::ZERO, at).any(|flow| {
                let there = matches!(&flow.to, Party::Outside(name) if **name == **host) && flow.fault.is_none();
                there && (flow.content.contains(text.as_str()) || flow.label.contains(text.as_str()))
            }),
            Goal::Image { pod, container, image } => {
                let pod = json(Kind::Pod, pod)?;
                let containers = pod["spec"]["containers"].as_array()?;
                containers.iter().any(|one| one["name"] == **container && one["image"] == **image)
            }
            Goal::Replaced { pod } => {
                lives(pod).len() > 1 && lives(pod).iter().any(|life| life.gone.is_none_or(|gone| gone > at))
            }
            Goal::Debugger { pod } => {
                let pod = json(Kind::Pod, pod)?;
                let statuses = pod["status"]["ephemeralContainerStatuses"].as_array()?;
                statuses.iter().any(|one| one["state"]["waiting"].is_null())
            }
            Goal::Written { line } => text.lines().any(|one| one.trim() == *line),
            Goal::Typed { words } => typed.iter().any(|line| {
                let mut said = line.split_whitespace().map(|word| if word == "k" { "kubectl" } else { word });
                words.split_whitespace().all(|word| said.any(|one| one == word))
            }),
        })
    }
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_read() {
        let text = |text: &str| text.to_owned();
        let before = Goal::Before { pod: text("web"), first: text("a"), second: text("b") };
        assert_eq!(Goal::parse("container web/a before b"), Some(before));
        assert_eq!(Goal::parse("deployment web ready 3"), Some(Goal::Deployment { deployment: text("web"), ready: 3 }));
        for odd in ["", "pod", "pod web", "container web restarts 1", "container a/b restarts x", "pod a b c"] {
            assert_eq!(Goal::parse(odd), None, "{odd}");
        }
    }
}
