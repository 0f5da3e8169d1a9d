//! The owners of Pods: what each wants and has, how far a rollout has come, and the hands that scale it.

use web_sys::SubmitEvent;
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_state_eq};

use super::pod::pill;
use crate::api::Kind;
use crate::cluster::{Action, ObjectKey, Time};
use crate::trace::scene::{AutoscalerScene, OwnerScene, WorkScene};
use crate::ui::components::number::NumberField;
use crate::ui::components::slider::Slider;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock;
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Selection};
use crate::ui::words::{Words, use_words};

/// What a rollout can be told: the word after `kubectl rollout`.
const TOLD: [&str; 4] = ["restart", "undo", "pause", "resume"];

/// The most that is scaled to by hand; the API takes more.
const MOST: i32 = 20_000;

#[derive(PartialEq, Properties)]
struct StepperProps {
    of: ObjectKey,
    desired: i32,
    /// Whether an autoscaler sets the number too: what is set by hand does not last.
    watched: bool,
}

/// How many Pods there shall be: one less, one more, a number, or a slide.
#[component]
fn Stepper(props: &StepperProps) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let StepperProps { of, desired, watched } = props;
    let desired = *desired;
    // What is under the hand that slides or types, until it lets go.
    let meant = use_state_eq(|| desired);
    {
        let meant = meant.clone();
        use_effect_with(desired, move |desired| meant.set(*desired));
    }
    let scale = {
        let (sender, of) = (sender, of.clone());
        move |replicas: i32| {
            if replicas != desired && replicas >= 0 {
                sender.send(Msg::Act(Action::Scale { key: of.clone(), replicas: replicas.min(MOST) }));
            }
        }
    };
    let by = |step: i32| {
        let scale = scale.clone();
        Callback::from(move |_: web_sys::MouseEvent| scale(desired.saturating_add(step)))
    };
    let ontyped = {
        let meant = meant.clone();
        Callback::from(move |typed: u32| meant.set(i32::try_from(typed).unwrap_or(MOST)))
    };
    let onchange = {
        let scale = scale.clone();
        Callback::from(move |typed: u32| scale(i32::try_from(typed).unwrap_or(MOST)))
    };
    let count = |number: i32| u32::try_from(number).unwrap_or(0);
    // The change of the number, which Enter brings about too, has been heard.
    let onsubmit = Callback::from(|event: SubmitEvent| event.prevent_default());
    let label = words.fill("scale-label", &[("name", (&*of.name).into())]);
    let most = (desired.max(*meant).saturating_mul(2)).clamp(40, MOST);
    html! {
        <form class="stepper" role="group" aria-label={label.clone()} title={watched.then(|| words.say("owner-autoscaled-title"))} {onsubmit}>
            <button class="button small icon" type="button" onclick={by(-1)} disabled={desired <= 0} aria-label={words.say("scale-less")} title={words.say("scale-less")}><Glyph icon={Icon::Minus} size={13} /></button>
            <NumberField label={label.clone()} value={count(*meant)} most={count(MOST)} oninput={ontyped.clone()} onchange={onchange.clone()} />
            <button class="button small icon" type="button" onclick={by(1)} aria-label={words.say("scale-more")} title={words.say("scale-more")}><Glyph icon={Icon::Plus} size={13} /></button>
            if *watched {
                <span class="dim decided">{ words.say("scale-autoscaled") }</span>
            } else {
                <Slider {label} value={count(*meant)} most={count(most)} oninput={ontyped} {onchange} />
            }
        </form>
    }
}

/// Whether it is of an old revision, wants nothing and has nothing.
fn is_spent(owner: &OwnerScene) -> bool {
    owner.old && owner.desired == 0 && owner.current == 0
}

/// The style of a part of a bar that `whole` fills.
fn width(count: i32, whole: i32) -> String {
    format!("width: {:.1}%", f64::from(count.max(0)) / f64::from(whole.max(1)) * 100.0)
}

/// How much of a Job is done, and what is at work, as a bar.
fn progress(work: &WorkScene) -> Html {
    let whole = work.wanted.max(work.succeeded.saturating_add(work.running));
    html! {
        <span class="meter" aria-hidden="true">
            <i class="done" style={width(work.succeeded, whole)}></i>
            <i class="coming" style={width(work.running, whole)}></i>
        </span>
    }
}

/// How much of it is new and ready, new, and old, as a bar.
fn meter(owner: &OwnerScene) -> Html {
    if let Some(work) = &owner.work {
        return progress(work);
    }
    let width = |count: i32| width(count, owner.desired.max(owner.current));
    let updated = if owner.rolls() { owner.updated.unwrap_or(owner.current) } else { owner.current };
    let ready = owner.ready.min(owner.current);
    // Which of the ready are new is not in the status: new ones are counted as far as they are updated.
    let old = owner.current.saturating_sub(updated);
    let new_ready = ready.saturating_sub(old).max(0);
    html! {
        <span class="meter" aria-hidden="true">
            if owner.old {
                <i class="old" style={width(owner.current)}></i>
            } else {
                <i style={width(new_ready)}></i>
                <i class="coming" style={width(updated.saturating_sub(new_ready))}></i>
                <i class="old" style={width(old)}></i>
            }
        </span>
    }
}

fn facts(owner: &OwnerScene, child: bool, words: Words) -> Html {
    if let Some(WorkScene { wanted, running, succeeded, failed }) = owner.work {
        let args = [("done", succeeded), ("wanted", wanted), ("running", running), ("failed", failed)];
        let args = args.map(|(name, count)| (name, i64::from(count).into()));
        return html! { <span class="facts"><span>{ words.fill("owner-work", &args) }</span></span> };
    }
    let args = [
        ("ready", i64::from(owner.ready).into()),
        ("current", i64::from(owner.current).into()),
        ("desired", i64::from(owner.desired).into()),
    ];
    let progress = owner.updated.zip(owner.available).filter(|_| owner.rolls() || owner.available != Some(owner.ready));
    let older = owner.owners.iter().filter(|child| is_spent(child)).count();
    html! {
        <span class="facts">
            <span>{ words.fill(if owner.current == owner.desired { "owner-counts-even" } else { "owner-counts" }, &args) }</span>
            if !child && older > 0 { <span>{ words.fill("owner-older", &[("count", older.into())]) }</span> }
            if let Some((updated, available)) = progress {
                <span>{ words.fill("owner-progress", &[("updated", i64::from(updated).into()), ("available", i64::from(available).into())]) }</span>
            }
        </span>
    }
}

/// Who else sets the number of Pods, by what, and to how many; before its first look nothing is known of that.
fn autoscaled(scaler: &AutoscalerScene, at: Time, words: Words) -> Html {
    let args = [
        ("name", (&*scaler.key.name).into()),
        ("targets", (&*scaler.targets).into()),
        ("desired", i64::from(scaler.desired).into()),
        ("min", i64::from(scaler.min).into()),
        ("max", i64::from(scaler.max).into()),
    ];
    // A number and its unit stay together.
    let left = clock::left(at, scaler.next, words.0).replace(' ', "\u{a0}");
    let id = if scaler.looked { "owner-autoscaled" } else { "owner-autoscaler-waits" };
    html! { <span class="facts" title={words.say("owner-autoscaled-title")}><span>{ words.fill(id, &args) }</span><span>{ words.fill("owner-autoscaled-next", &[("left", left.into())]) }</span></span> }
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub owner: OwnerScene,
    #[prop_or_default]
    pub child: bool,
    /// Whether its Deployment has others: then it says whether it is the new one.
    #[prop_or_default]
    pub several: bool,
    /// The owner that is selected.
    pub selected: Option<ObjectKey>,
    /// The playhead in whole seconds: how long it is until something happens is told in those.
    pub second: Time,
}

/// An owner and those it owns.
#[component]
pub(crate) fn Owner(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let owner = &props.owner;
    let key = &owner.key;
    // An only ReplicaSet says nothing that its Deployment does not; a CronJob says nothing of its Jobs.
    let only = props.child && !props.several && owner.work.is_none();
    let scales = !props.child && matches!(key.kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet);
    let rolls_out = !props.child && matches!(key.kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet);
    let told: Vec<&'static str> =
        TOLD.into_iter().filter(|word| key.kind == Kind::Deployment || !matches!(*word, "pause" | "resume")).collect();
    let tell = |word: &&'static str| {
        let title = format!("kubectl rollout {word} {}", key.slashed());
        let onclick = sender.on(match *word {
            "restart" => Msg::Act(Action::Restart { key: key.clone() }),
            _ => Msg::rollout(word, key),
        });
        let disabled = match *word {
            // The first revision has none before it, and what was never rolled out has none at all.
            "undo" => owner.revision.as_deref().map_or(key.kind == Kind::Deployment, |revision| revision == "1"),
            "pause" => owner.paused,
            "resume" => !owner.paused,
            _ => false,
        };
        html! { <button class="button small" type="button" {title} {onclick} {disabled}>{ words.say(&format!("rollout-{word}")) }</button> }
    };
    // Jobs of a CronJob are no revisions of it.
    let badge = match (props.child && props.several && owner.work.is_none(), owner.old) {
        (false, _) => None,
        (true, true) => Some(("badge old", "owner-old")),
        (true, false) => Some(("badge new", "owner-new")),
    };
    let shown = || owner.owners.iter().filter(|child| !is_spent(child));
    let several = shown().count() > 1;
    let selected = props.selected.as_ref() == Some(key);
    let select = if selected { Selection::All } else { Selection::Owner(key.clone()) };
    let class = yew::classes!(
        "owner",
        props.child.then_some("child"),
        owner.old.then_some("old"),
        selected.then_some("selected")
    );
    html! {
        <>
            <div {class} data-owner={key.name.to_string()}>
                <button class="named" type="button" aria-pressed={selected.to_string()} title={words.say("owner-why")} onclick={sender.on(Msg::Select(select))}>
                    <Glyph icon={Icon::Stack} />
                    <span><span class="kind">{ format!("{} ", key.kind.name()) }</span><span class="name">{ key.name.to_string() }</span></span>
                </button>
                if let Some((class, id)) = badge { <span {class}>{ words.say(id) }</span> }
                if !props.child { { pill(&words.state(&owner.word), owner.tone) } }
                if key.kind == Kind::CronJob {
                    <span class="facts">
                        if let Some(next) = owner.next { <span>{ words.fill("owner-next", &[("clock", clock::clock(next, false).into())]) }</span> }
                    </span>
                } else if !only {
                    { meter(owner) }
                    { facts(owner, props.child, words) }
                }
                if let Some(scaler) = &owner.autoscaler { { autoscaled(scaler, props.second, words) } }
                if let Some(revision) = &owner.revision {
                    <span class="facts"><span>{ words.fill("owner-revision", &[("revision", revision.to_string().into())]) }</span></span>
                }
                if scales || rolls_out {
                    <span class="hands">
                        if scales { <Stepper of={key.clone()} desired={owner.desired} watched={owner.autoscaler.is_some()} /> }
                        if rolls_out {
                            <details class="rollout">
                                <summary class="button small quiet">{ words.say("rollout") }<Glyph icon={Icon::Down} size={12} /></summary>
                                <span class="told">{ for told.iter().map(tell) }</span>
                            </details>
                        }
                    </span>
                }
            </div>
            { for shown().map(|inner| html! { <Owner owner={inner.clone()} child={true} {several} selected={props.selected.clone()} second={props.second} key={inner.uid.to_string()} /> }) }
        </>
    }
}
