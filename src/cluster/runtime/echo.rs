//! Answers that a Pod gives to the same request as long as nothing of it changes: of ten thousand Pods that are probed
//! every few seconds nearly every one answers as it did before.

use std::rc::Rc;

use k8s_openapi::pooled;

use super::program::{Access, Question};
use super::serve::{self, LINES};
use super::{LogLine, Runtime, RuntimePod, World};
use crate::cluster::network::Protocol;
use crate::cluster::{Happening, Time};

/// An answer, and what it depends on.
#[derive(Clone, Debug)]
pub(crate) struct Echo {
    uid: Rc<str>,
    /// Where among the Pods it is.
    slot: u32,
    /// All that the runtime has of the Pod: who changes it makes another one while this one is held.
    pod: Rc<RuntimePod>,
    container: Rc<str>,
    attempt: u32,
    /// The status.
    pub status: u16,
    line: Option<Access>,
}

impl Runtime {
    /// What the Pod `uid` answers to `question`, which it has just answered, as long as nothing of it changes; none where
    /// it may answer another thing next time.
    pub(super) fn echo(&self, uid: &Rc<str>, question: &Question, now: Time) -> Option<Echo> {
        let slot = self.pods.slot(uid)?;
        let (_, pod) = self.pods.at(slot)?;
        let processes = || pod.live.values().filter_map(|live| live.process.as_ref());
        if self.links.waits(uid, question.port).is_some() || !processes().all(|it| it.is_settled(question.port, now)) {
            return None;
        }
        let id = self.answers(uid, question.port, now)?;
        let live = pod.live.get(&id)?;
        // Who writes very much may soon have to leave lines out.
        if live.lines_left.0 < LINES / 2 {
            return None;
        }
        let instance = pod.view.instance(id)?;
        let mounted = serve::container(&pod.pod, &instance.name).is_some_and(serve::mounts);
        let (status, line) = match question.protocol {
            // Who connects and says nothing is heard of by nobody.
            Protocol::Tcp => (200, None),
            _ => live.process.as_ref()?.echo(question, serve::hostname(&pod.pod), mounted, now)?,
        };
        let (container, attempt) = (instance.name.clone(), instance.attempt);
        Some(Echo { uid: uid.clone(), slot, pod: pod.clone(), container, attempt, status, line })
    }

    /// Whether the Pod still is what `echo` depends on.
    pub fn answers_again(&self, echo: &Echo) -> bool {
        self.pods.at(echo.slot).is_some_and(|(_, pod)| Rc::ptr_eq(pod, &echo.pod))
    }
}

impl Echo {
    /// The Pod answers once more: the line that its server writes about that.
    pub fn sounds(&self, world: &mut World) {
        let Some(line) = &self.line else { return };
        let text = pooled(&line.at(world.config.epoch.as_second(), world.now));
        let (pod, container) = (self.uid.clone(), self.container.clone());
        world.note(Happening::Log(LogLine { pod, container, attempt: self.attempt, stderr: line.stderr, text }));
    }
}
