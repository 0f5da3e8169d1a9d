//! The logs that nodes keep: of each container its running instance and the one before it, as a kubelet has them.

use collections::Table;
use std::rc::Rc;

use super::{LogLine, Time};

/// The log of one instance.
#[derive(Clone, Debug, Default)]
struct File {
    attempt: u32,
    lines: Vec<(Time, Rc<str>)>,
}

/// The logs of a container: its newest instance's and the one before.
#[derive(Clone, Debug)]
struct Container {
    name: Rc<str>,
    newest: File,
    previous: Option<File>,
}

/// Every log there is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs {
    /// By Pod uid those of its containers, which are few. Shared, so that a checkpoint is cheap.
    pods: Table<Rc<str>, Rc<Vec<Container>>>,
}

impl Logs {
    /// Adds a line.
    pub fn append(&mut self, at: Time, line: &LogLine) {
        let Some(containers) = self.pods.or_default(&line.pod, Rc::clone) else { return };
        let containers = Rc::make_mut(containers);
        let known = containers.iter().position(|container| container.name == line.container);
        let container = match known {
            Some(place) => containers.get_mut(place),
            None => {
                let newest = File { attempt: line.attempt, lines: Vec::new() };
                containers.push(Container { name: line.container.clone(), newest, previous: None });
                containers.last_mut()
            }
        };
        let Some(container) = container else { return };
        if container.newest.attempt != line.attempt {
            let next = File { attempt: line.attempt, lines: Vec::new() };
            container.previous = Some(std::mem::replace(&mut container.newest, next));
        }
        container.newest.lines.push((at, line.text.clone()));
    }

    /// The lines of instance `attempt` of a container, with their instants; none where its log is not kept (any more),
    /// which an instance that wrote nothing shares.
    pub fn lines(&self, pod: &str, container: &str, attempt: u32) -> &[(Time, Rc<str>)] {
        let containers = self.pods.get(pod).into_iter().flat_map(|containers| containers.iter());
        let found = containers.into_iter().find(|known| &*known.name == container);
        let Some(found) = found else { return &[] };
        let file = std::iter::once(&found.newest).chain(&found.previous).find(|file| file.attempt == attempt);
        file.map_or(&[], |file| &file.lines)
    }

    /// Forgets the logs of a Pod that is gone.
    pub fn forget(&mut self, pod: &str) {
        self.pods.remove(pod);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_instances_are_kept() {
        let mut logs = Logs::default();
        for attempt in 0..3 {
            let text = format!("instance {attempt}").into();
            let line = LogLine { pod: "uid".into(), container: "app".into(), attempt, stderr: false, text };
            logs.append(Time::ZERO, &line);
        }
        let text = |attempt| logs.lines("uid", "app", attempt).first().map(|(_, text)| text.to_string());
        assert_eq!([text(0), text(1), text(2)], [None, Some("instance 1".into()), Some("instance 2".into())]);
        logs.forget("uid");
        assert!(logs.lines("uid", "app", 2).is_empty());
    }
}
