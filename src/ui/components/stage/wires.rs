//! The lines of a Pod's picture, laid over it once it is painted and measured: who mounts what, and the way to localhost.

use std::rc::Rc;

use web_sys::Element;
use yew::{Html, NodeRef, Properties, component, html, use_effect_with, use_state_eq};

use crate::trace::Tone;
use crate::trace::scene::{ContainerScene, PodScene};
use crate::ui::model::wires::{self, Ground, Place, Way};
use crate::ui::platform::measure::{self, Watch};
use crate::ui::state::Same;

/// What was painted where, by the names that the parts of the picture bear.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Places(Vec<(String, Place)>);

impl Places {
    /// The place of what bears this name.
    pub fn get(&self, name: &str) -> Option<Place> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, place)| *place)
    }

    /// What lines run along.
    pub fn ground(&self) -> Option<Ground> {
        Some(Ground { inner: self.get("inner")?, bus: self.get("bus")? })
    }

    /// The line from a container to localhost.
    pub fn plug(&self, container: &str) -> Option<Way> {
        let ground = self.ground()?;
        let card = self.get(&format!("c:{container}"))?;
        let below = ground.bus.top - (card.top + card.height);
        Some(wires::plug(&ground, card, (0.0..56.0).contains(&below)))
    }
}

/// The places of what is painted in `origin`, measured when it was painted anew and when something in it got another
/// size; `parts` changes with what is there to be measured.
#[yew::hook]
pub(crate) fn use_places(origin: &NodeRef, pod: &Rc<PodScene>, parts: usize) -> Places {
    let places = use_state_eq(Places::default);
    let measure = {
        let (places, origin) = (places.clone(), origin.clone());
        move || {
            if let Some(element) = origin.cast::<Element>() {
                places.set(Places(measure::places(&element, "data-wire")));
            }
        }
    };
    {
        let (origin, measure) = (origin.clone(), measure.clone());
        use_effect_with((pod.uid.clone(), parts), move |_| {
            let watch = origin.cast::<Element>().and_then(|element| Watch::new(&element, "data-wire", measure));
            move || drop(watch)
        });
    }
    use_effect_with(Same(pod.clone()), move |_| measure());
    (*places).clone()
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub pod: Same<PodScene>,
    pub places: Places,
    pub selected: Option<Rc<str>>,
    /// The mounts through which something is written or read at the playhead: the volume's place, and the container.
    pub busy: Vec<(usize, Rc<str>)>,
}

/// Whether a container is there to write into volumes and to speak.
fn alive(container: &ContainerScene) -> bool {
    matches!(container.tone, Tone::Running | Tone::Ready | Tone::Terminating)
}

#[component]
pub(crate) fn Wires(props: &Props) -> Html {
    let Some(ground) = props.places.ground() else { return html! {} };
    let pod = &props.pod;
    let lit = |name: &str| props.selected.as_deref() == Some(name);
    let mounts = pod.volumes.iter().enumerate().flat_map(|(lane, volume)| {
        let vessel = props.places.get(&format!("v:{}", volume.name));
        volume.mounts.iter().filter_map(move |mount| {
            let container = pod.container(&mount.container)?;
            let card = props.places.get(&format!("c:{}", mount.container))?;
            let nth = pod
                .volumes
                .iter()
                .take(lane)
                .filter(|other| other.mounts.iter().any(|other| other.container == mount.container));
            let way = wires::mount(&ground, card, vessel?, lane, nth.count());
            let class = yew::classes!(
                "wire-mount",
                alive(container).then_some("live"),
                mount.read_only.then_some("read-only"),
                lit(&mount.container).then_some("lit"),
                props.busy.iter().any(|(place, by)| *place == lane && *by == mount.container).then_some("busy")
            );
            Some(html! { <path {class} data-colour={(lane % 8).to_string()} d={wires::path(&way)} /> })
        })
    });
    let plugs = pod.containers().filter_map(|container| {
        let way = props.places.plug(&container.name)?;
        let class =
            yew::classes!("wire-plug", alive(container).then_some("live"), lit(&container.name).then_some("lit"));
        Some(html! { <path {class} d={wires::path(&way)} /> })
    });
    html! {
        <svg class="wires" aria-hidden="true">{ for plugs }{ for mounts }</svg>
    }
}
