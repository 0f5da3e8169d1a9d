//! What a person did that still holds: probes that are made to fail, nodes that are away, images that are missing.

use std::rc::Rc;

use crate::cluster::{Action, Load, ObjectKey, Time};
use crate::ui::session::Deed;

/// The deeds up to a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing(Vec<Rc<Action>>);

impl Standing {
    /// What of `deeds` was done up to `at`.
    pub fn at(deeds: &[Deed], at: Time) -> Self {
        Self(deeds.iter().filter(|deed| deed.act.at <= at).map(|deed| deed.act.action.clone()).collect())
    }

    fn newest<T>(&self, of: impl Fn(&Action) -> Option<T>) -> Option<T> {
        self.0.iter().rev().find_map(|action| of(action))
    }

    /// The verdict that was imposed on a probe.
    pub fn forced(&self, of: &ObjectKey, name: &str, wanted: &str) -> Option<bool> {
        self.newest(|action| match action {
            Action::ForceProbe { pod, container, probe, passes }
                if pod == of && **container == *name && **probe == *wanted =>
            {
                Some(*passes)
            }
            _ => None,
        })?
    }

    /// Whether a node was lost and is not back.
    pub fn lost(&self, wanted: &str) -> bool {
        let told = self.newest(|action| match action {
            Action::NodeDown { node } if **node == *wanted => Some(true),
            Action::NodeUp { node } if **node == *wanted => Some(false),
            _ => None,
        });
        told == Some(true)
    }

    /// How many users were sent to something, and by which curve.
    pub fn load(&self, wanted: &ObjectKey) -> Option<Load> {
        self.newest(|action| match action {
            Action::SetLoad { target, load } if target == wanted => Some(*load),
            _ => None,
        })
    }

    /// Whether an image was made unavailable.
    pub fn missing(&self, wanted: &str) -> bool {
        let told = self.newest(|action| match action {
            Action::SetImage { image, available } if **image == *wanted => Some(!available),
            _ => None,
        });
        told == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Act;

    fn deed(at: f64, action: Action) -> Deed {
        Deed { place: 0, act: Act { at: Time::from_secs_f64(at), action: Rc::new(action) }, left: false }
    }

    #[test]
    fn the_newest_deed_before_the_moment_holds() {
        let node = || Rc::from("a");
        let deeds = [
            deed(1.0, Action::NodeDown { node: node() }),
            deed(2.0, Action::SetImage { image: "i".into(), available: false }),
            deed(3.0, Action::NodeUp { node: node() }),
        ];
        let at = |seconds| Standing::at(&deeds, Time::from_secs_f64(seconds));
        assert_eq!(
            [at(0.5).lost("a"), at(2.5).lost("a"), at(3.0).lost("a"), at(2.5).lost("b")],
            [false, true, false, false]
        );
        assert_eq!([at(1.0).missing("i"), at(2.0).missing("i")], [false, true]);
    }
}
