//! What the person did to the cluster: in words, and as a list from which each can be taken back.

use yew::{AttrValue, Html, Properties, component, html};

use crate::cluster::{Action, ObjectKey};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock::clock;
use crate::ui::model::{absent, deeds};
use crate::ui::sender::use_sender;
use crate::ui::session::Deed;
use crate::ui::state::{Msg, Same};
use crate::ui::words::{Words, use_words};

/// What `deed` did, in words; where there are `several` Pods, of which.
pub(crate) fn deed_words(words: Words, deed: &Deed, several: bool) -> AttrValue {
    let named = |id: &str, name: &str| words.fill(id, &[("name", name.into())]);
    let within = |pod: &ObjectKey, container: &str| match several {
        true => format!("{}/{container}", pod.name),
        false => container.to_owned(),
    };
    match &*deed.act.action {
        Action::KillContainer { pod, container, exit_code } => {
            let id = if deed.left { "deed-left" } else { "deed-kill" };
            words.fill(id, &[("name", within(pod, container).into()), ("code", i64::from(*exit_code).into())])
        }
        Action::Exec { pod, container, command, .. } => {
            let command = deeds::command(command);
            words.fill("deed-exec", &[("name", within(pod, container).into()), ("command", command.into())])
        }
        Action::ForceProbe { pod, container, probe, passes } => {
            let id = match passes {
                Some(true) => "deed-probe-pass",
                Some(false) => "deed-probe-fail",
                None => "deed-probe-own",
            };
            words.fill(id, &[("name", within(pod, container).into()), ("probe", (&**probe).into())])
        }
        Action::NodeDown { node } => named("deed-node-down", node),
        Action::NodeUp { node } => named("deed-node-up", node),
        Action::SetLoad { target, load } => {
            words.fill("deed-load", &[("name", (&*target.name).into()), ("count", i64::from(load.per_second).into())])
        }
        Action::SetImage { image, available } => {
            named(if *available { "deed-image-on" } else { "deed-image-off" }, image)
        }
        Action::SetNetwork { host, on } => match (host, on) {
            (Some(host), true) => named("deed-network-host-on", host),
            (Some(host), false) => named("deed-network-host-off", host),
            (None, true) => words.say("deed-network-on"),
            (None, false) => words.say("deed-network-off"),
        },
        Action::Delete { key, grace: None, .. } => named("deed-delete", &key.name),
        Action::Delete { key, grace: Some(grace), .. } => {
            words.fill("deed-delete-grace", &[("name", (&*key.name).into()), ("grace", (*grace).into())])
        }
        Action::Scale { key, replicas } => {
            words.fill("deed-scale", &[("name", (&*key.name).into()), ("count", i64::from(*replicas).into())])
        }
        Action::Restart { key } => named("deed-restart", &key.name),
        Action::AddNodes { count } => words.fill("deed-nodes", &[("count", i64::from(*count).into())]),
        Action::Evict { key, .. } => named("deed-evict", &key.name),
        Action::Create(object) => words.fill("deed-create", &[("name", absent::named(object).into())]),
        Action::Update(object) => words.fill("deed-update", &[("name", absent::named(object).into())]),
        Action::UpdateStatus(object) => words.fill("deed-status", &[("name", absent::named(object).into())]),
        Action::Resize(object) => words.fill("deed-resize", &[("name", absent::named(object).into())]),
        Action::RestartKubelet { node, .. } => named("deed-kubelet", node),
        Action::NodePressure { node, resource, pods } => {
            let id = if *pods > 0 { "deed-pressure" } else { "deed-pressure-over" };
            words.fill(id, &[("name", (&**node).into()), ("resource", (&**resource).into())])
        }
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub deeds: Same<Vec<Deed>>,
    /// Whether there are several Pods, so that it has to be said which one it was.
    pub several: bool,
}

#[component]
pub(crate) fn Deeds(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let deed = |deed: &Deed| {
        let what = deed_words(words, deed, props.several);
        let undo = words.fill("deed-undo", &[("what", what.to_string().into())]);
        html! {
            <li class="deed" key={deed.place}>
                <Glyph icon={Icon::Bolt} size={12} />
                <button class="link" type="button" onclick={sender.on(Msg::Seek(deed.act.at))}>
                    <span class="time">{ clock(deed.act.at, true) }</span>{ " " }{ what }
                </button>
                <button class="undo" type="button" aria-label={&undo} title={undo.clone()} onclick={sender.on(Msg::Undo(deed.place))}>
                    <Glyph icon={Icon::Close} size={11} />
                </button>
            </li>
        }
    };
    html! { <ol class="deeds" aria-label={words.say("deeds")}>{ for props.deeds.iter().map(deed) }</ol> }
}
