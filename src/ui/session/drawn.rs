//! What the timeline draws of a run: drawn anew as it grows, and kept meanwhile.

use std::rc::Rc;

use super::Session;
use crate::cluster::{ObjectKey, Time};
use crate::trace::crowd::Band;
use crate::trace::{self, Chart, Lane};
use crate::ui::same::Same;

/// How many Pods have lanes in the timeline at once.
const MOST_PODS: usize = 40;

/// From how many Pods on a chosen one has the timeline to itself.
const ALONE_FROM: usize = 7;

/// The lanes of the timeline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lanes {
    /// Those that are drawn.
    pub lanes: Vec<Lane>,
    /// With many Pods, and none of them chosen: how they fared by owner and revision, up to `end`.
    pub bands: Same<Vec<Band>>,
    /// How many owners have no band.
    pub no_band: usize,
    /// The end of the run that is drawn.
    pub end: Time,
}

/// How many owners and revisions have bands in the timeline, and in how many slices of time.
const MOST_BANDS: usize = 24;
const SLICES: usize = 480;

/// Lanes, with the end of the run, the chosen Pod and the end of the timeline they were drawn for.
pub(super) type Drawn = (Time, Option<ObjectKey>, Time, Rc<Lanes>);

impl Session {
    /// The lanes of the timeline, as far as the run has been computed; with many Pods those of the chosen one alone.
    pub fn lanes(&self, chosen: Option<&ObjectKey>, horizon: Time) -> Rc<Lanes> {
        let run = self.0.run.borrow();
        let (end, target) = (run.end(), self.0.target.get());
        let mut kept = self.0.lanes.borrow_mut();
        if let Some((drawn, of, far, lanes)) = &*kept {
            // While a long run is computed its lanes are drawn anew a few times, not in every frame.
            let soon = *drawn + target.since(*drawn) / 8;
            if of.as_ref() == chosen && *far == horizon && (*drawn == end || (end < target && end < soon)) {
                return lanes.clone();
            }
        }
        let mut stage = self.0.stage.borrow_mut();
        stage.hear(&run, end);
        let count = stage.crowd().members().len();
        let of = |uid: &str| trace::lanes_of(&run, uid, end);
        let drawn = match chosen.filter(|_| count >= ALONE_FROM) {
            Some(key) => Lanes { lanes: run.pods_of(key).flat_map(of).collect(), end, ..Lanes::default() },
            None if count > MOST_PODS => {
                let end = end.min(horizon);
                let mut bands = stage.crowd().bands(end, SLICES);
                let no_band = bands.len().saturating_sub(MOST_BANDS);
                bands.truncate(MOST_BANDS);
                Lanes { bands: bands.into(), no_band, end, ..Lanes::default() }
            }
            None => {
                // Those that came first stand above.
                let mut pods = run.pods();
                collections::sort_by_key(&mut pods, |pod| pod.created);
                let lanes = pods.iter().flat_map(|pod| of(&pod.uid)).collect();
                Lanes { lanes, end, ..Lanes::default() }
            }
        };
        let lanes = Rc::new(drawn);
        *kept = Some((end, chosen.cloned(), horizon, lanes.clone()));
        lanes
    }

    /// The charts that have something to show, as far as the run has been computed.
    pub fn charts(&self) -> Rc<Vec<Chart>> {
        let run = self.0.run.borrow();
        let (end, target) = (run.end(), self.0.target.get());
        let mut kept = self.0.charts.borrow_mut();
        if let Some((drawn, charts)) = &*kept {
            let soon = *drawn + target.since(*drawn) / 8;
            if *drawn == end || (end < target && end < soon) {
                return charts.clone();
            }
        }
        let charts = Rc::new(trace::charts(&run, Time::ZERO, end, SLICES));
        *kept = Some((end, charts.clone()));
        charts
    }
}
