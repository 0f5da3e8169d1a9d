//! What a lesson asks for, checked by the engine: a fact about a run, said in one line.

use serde_json::Value;

use crate::api::{Kind, Object};
use crate::cluster::{ObjectKey, Time};
use crate::trace::Run;
use crate::trace::scene::{Role, scene};

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
}

impl Goal {
    /// Reads a goal; none when it is not one.
    pub fn parse(text: &str) -> Option<Goal> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let in_pod = |of: &str| of.split_once('/').map(|(pod, container)| (pod.to_owned(), container.to_owned()));
        Some(match words[..] {
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

    /// Whether it holds at `at`.
    pub fn met(&self, run: &Run, at: Time) -> bool {
        self.holds(run, at).unwrap_or(false)
    }

    fn holds(&self, run: &Run, at: Time) -> Option<bool> {
        let key = |kind, name: &str| ObjectKey::new(kind, "default", name);
        let picture = |pod: &str| scene(run, at).pod(&key(Kind::Pod, pod)).cloned();
        let json = |kind, name: &str| run.object_at(&key(kind, name), at).map(Object::to_json);
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
                let number = |value: &Value| value.as_i64().unwrap_or(0);
                number(&object["status"]["readyReplicas"]) == *ready && number(&object["spec"]["replicas"]) == *ready
            }
        })
    }
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
