//! The logs that nodes keep: of each container its running instance and the one before it, as a kubelet has them.

use collections::{Map, Table};
use std::rc::Rc;

use super::{LogLine, Time};

/// The log of one instance.
#[derive(Clone, Debug, Default)]
struct File {
    attempt: u32,
    lines: Vec<(Time, Rc<str>)>,
}

/// Every log there is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs {
    /// By the Pod's uid, and there by container: the newest instance's log and the one before. Shared, so that a
    /// checkpoint is cheap.
    files: Table<Rc<str>, Rc<Map<Rc<str>, (File, Option<File>)>>>,
}

impl Logs {
    /// Adds a line.
    pub fn append(&mut self, at: Time, line: &LogLine) {
        let Some(of_pod) = self.files.or_default(&line.pod, Clone::clone) else { return };
        let (newest, previous) = Rc::make_mut(of_pod).entry(line.container.clone()).or_default();
        if newest.attempt != line.attempt {
            let next = File { attempt: line.attempt, lines: Vec::new() };
            *previous = Some(std::mem::replace(newest, next));
        }
        newest.lines.push((at, line.text.clone()));
    }

    /// The lines of instance `attempt` of a container, with their instants; none where its log is not kept (any more),
    /// which an instance that wrote nothing shares.
    pub fn lines(&self, pod: &str, container: &str, attempt: u32) -> &[(Time, Rc<str>)] {
        let Some((newest, previous)) = self.files.get(pod).and_then(|of_pod| of_pod.get(container)) else { return &[] };
        let file = [Some(newest), previous.as_ref()].into_iter().flatten().find(|file| file.attempt == attempt);
        file.map_or(&[], |file| &file.lines)
    }

    /// Forgets the logs of a Pod that is gone.
    pub fn forget(&mut self, pod: &str) {
        self.files.remove(pod);
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
