//! Looking at a run: what it is at an instant, and why. What grows with the run is kept from look to look.

use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use super::Session;
use crate::api::Object;
use crate::cluster::{Flow, LoadSample, LogLine, ObjectKey, Party, Time, Usage};
use crate::trace::{self, Crowd, DiskScene, EventRow, LogFilter, Scene, Traffic, VolumeFile, Why};
use crate::ui::model::inspect::{Inspection, inspect};
use crate::ui::model::traffic::{self, Target};

impl Session {
    /// The picture at `at`; of many Pods the chosen one alone is seen near.
    pub fn scene(&self, at: Time, chosen: Option<&ObjectKey>) -> Rc<Scene> {
        Rc::new(self.0.stage.borrow_mut().view(&self.0.run.borrow(), at, chosen))
    }

    /// Shows `what` every Pod from afar, as of the picture taken last.
    pub fn crowd<T>(&self, what: impl FnOnce(&Crowd) -> T) -> T {
        what(self.0.stage.borrow().crowd())
    }

    /// Whom users can be sent to at `at`.
    pub fn targets(&self, at: Time) -> Vec<Target> {
        traffic::targets(&self.0.run.borrow(), at)
    }

    /// What became of the requests to `target` in the last second before `at`.
    pub fn load_at(&self, target: &ObjectKey, at: Time) -> Option<LoadSample> {
        let run = self.0.run.borrow();
        let second = |ago: u64| Time::from_micros(at.as_micros().saturating_sub(ago));
        // Samples are short where much happens: a second is told, not a tenth of one.
        let samples = run.load_samples(target, second(1_400_000), at);
        let late =
            samples.iter().filter(|sample| sample.to > second(1_000_000)).map(|sample| LoadSample::clone(sample));
        late.reduce(|sum, next| LoadSample {
            from: sum.from,
            requests: sum.requests + next.requests,
            answered: sum.answered + next.answered,
            refused: sum.refused + next.refused,
            timed_out: sum.timed_out + next.timed_out,
            latency_p50: longer(sum.latency_p50, next.latency_p50),
            latency_p95: longer(sum.latency_p95, next.latency_p95),
            ..next
        })
    }

    /// The newest events up to `at`, so many of them, the newest first, and how many there are in all.
    pub fn events(&self, at: Time, most: usize) -> (Vec<EventRow>, usize) {
        trace::newest_events(&self.0.run.borrow(), at, most)
    }

    /// Why a Pod, or a container of it, is in its state at `at`.
    pub fn why(&self, at: Time, pod: &ObjectKey, container: Option<&str>) -> Option<Why> {
        trace::why(&self.0.run.borrow(), at, pod, container)
    }

    /// Why an owner of Pods is as `scene` shows it.
    pub fn why_owner(&self, scene: &Scene, owner: &ObjectKey) -> Option<Why> {
        trace::why_owner(&self.0.run.borrow(), scene, owner)
    }

    /// The live object at `at`, as `kubectl get -o yaml` writes it.
    pub fn yaml(&self, at: Time, key: &ObjectKey) -> Option<String> {
        let run = self.0.run.borrow();
        serde_yaml::to_string(&run.object_at(key, at)?.to_json()).ok()
    }

    /// How many lines of the Pod of `uid` are taken by `filter` up to `at`, and those of them that `which` says.
    pub fn log(
        &self,
        at: Time,
        uid: &str,
        filter: &LogFilter,
        which: impl FnOnce(usize) -> Range<usize>,
    ) -> (usize, Vec<(Time, LogLine)>) {
        let run = self.0.run.borrow();
        let mut view = self.0.log.borrow_mut();
        let count = view.look(&run, uid, at, filter);
        let which = which(count);
        let lines = view.lines(&run, which.start, which.len());
        (count, lines.into_iter().map(|(at, line)| (at, line.clone())).collect())
    }

    /// What the volume `disk` holds at `at`; the same [`Rc`] as long as nothing changed.
    pub fn disk(&self, at: Time, disk: &Rc<str>) -> Rc<DiskScene> {
        self.0.disks.borrow_mut().entry(disk.clone()).or_default().look(&self.0.run.borrow(), disk, at)
    }

    /// A file of a volume as it is at `at`.
    pub fn file(&self, at: Time, disk: &str, path: &str) -> Option<VolumeFile> {
        self.0.run.borrow().file(disk, path, at)
    }

    /// What a container is and uses at `at`.
    pub fn inspect(&self, at: Time, pod: &ObjectKey, container: &str) -> Option<Inspection> {
        let run = self.0.run.borrow();
        let Some(Object::Pod(object)) = run.object_at(pod, at) else { return None };
        let find = |kind, name: &str| run.object_at(&ObjectKey::new(kind, &pod.namespace, name), at).cloned();
        inspect(object, container, &find)
    }

    /// What a running container uses at `at`.
    pub fn usage(&self, at: Time, uid: &str, container: &str) -> Option<Usage> {
        self.0.run.borrow().cluster_at(at).usage(uid, container)
    }

    /// What flowed within the last `long` before `at`, and what is still under way, in the order it left.
    pub fn flows(&self, at: Time, long: Duration) -> Vec<Rc<Flow>> {
        let from = Time::from_micros(at.as_micros().saturating_sub(long.as_micros() as u64));
        self.0.run.borrow().flows_between(from, at).cloned().collect()
    }

    /// The newest of what flowed up to `at`, the newest first; what the kubelet asks is told elsewhere.
    pub fn newest_flows(&self, at: Time, most: usize) -> Vec<Rc<Flow>> {
        let run = self.0.run.borrow();
        let flows = run.flows_between(Time::ZERO, at).rev();
        flows.filter(|flow| !matches!(flow.from, Party::Kubelet(_))).take(most).cloned().collect()
    }

    /// Why `flow` ended as it did, as things stood at `at`.
    pub fn why_flow(&self, at: Time, flow: &Flow) -> Why {
        trace::why_flow(&self.0.run.borrow(), at, flow)
    }

    /// With whom the Pod of `uid` has exchanged something up to `at`; the same [`Rc`] as long as nothing new flowed.
    pub fn traffic(&self, at: Time, uid: &Rc<str>) -> Rc<Traffic> {
        self.0.traffic.borrow_mut().entry(uid.clone()).or_default().look(&self.0.run.borrow(), uid, at)
    }

    /// How many Pods there ever were, as far as the run has been computed.
    pub fn pod_count(&self) -> usize {
        let run = self.0.run.borrow();
        let mut stage = self.0.stage.borrow_mut();
        stage.hear(&run, run.end());
        stage.crowd().members().len()
    }

    /// Every Pod that ever was, by its uid.
    pub fn pod_names(&self) -> Vec<(Rc<str>, ObjectKey)> {
        let stage = self.0.stage.borrow();
        stage.crowd().members().iter().map(|member| (member.uid.clone(), member.key.clone())).collect()
    }
}

/// The longer of two times, where there are any.
fn longer(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}
