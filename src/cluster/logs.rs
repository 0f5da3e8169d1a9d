//! The logs that nodes keep: of each container its running instance and the one before it, as a kubelet has them.

use collections::SharedMap;
use std::rc::Rc;

use super::{LogLine, Time};

/// A container by the uid of its Pod and its name.
type Key = (Rc<str>, Rc<str>);

/// The log of one instance.
#[derive(Clone, Debug, Default)]
struct File {
    attempt: u32,
    lines: Vec<(Time, Rc<str>)>,
}

/// Every log there is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs {
    /// By Pod uid and container: the newest instance's log and the one before. Shared, so that a checkpoint is cheap.
    files: SharedMap<Key, Rc<(File, Option<File>)>>,
}

impl Logs {
    /// Adds a line.
    pub fn append(&mut self, at: Time, line: &LogLine) {
        let key = (line.pod.clone(), line.container.clone());
        let Some(files) = self.files.or_default(&key) else { return };
        let (newest, previous) = Rc::make_mut(files);
        if newest.attempt != line.attempt {
            let next = File { attempt: line.attempt, lines: Vec::new() };
            *previous = Some(std::mem::replace(newest, next));
        }
        newest.lines.push((at, line.text.clone()));
    }

    /// The lines of instance `attempt` of a container, with their instants; none where its log is not kept (any more),
    /// which an instance that wrote nothing shares.
    pub fn lines(&self, pod: &str, container: &str, attempt: u32) -> &[(Time, Rc<str>)] {
        let key = (Rc::from(pod), Rc::from(container));
        let Some(files) = self.files.get(&key) else { return &[] };
        let (newest, previous) = files.as_ref();
        let file = [Some(newest), previous.as_ref()].into_iter().flatten().find(|file| file.attempt == attempt);
        file.map_or(&[], |file| &file.lines)
    }

    /// Forgets the logs of a Pod that is gone.
    pub fn forget(&mut self, pod: &str) {
        let first: Key = (pod.into(), "".into());
        let keys: Vec<_> =
            self.files.iter_from(&first).map(|(key, _)| key.clone()).take_while(|key| key.0.as_ref() == pod).collect();
        for key in keys {
            self.files.remove(&key);
        }
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
