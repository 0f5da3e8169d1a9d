//! What binds the page to the page that embeds it: an effect without a picture of its own.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use yew::{Html, Properties, component, use_effect_with};

use crate::cluster::Time;
use crate::manifest::Severity;
use crate::trace::Scene;
use crate::ui::judge::Verdict;
use crate::ui::platform::host::{listen, object, tell};
use crate::ui::sender::use_sender;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub verdict: Rc<Verdict>,
    pub scene: Rc<Scene>,
    pub playing: bool,
    /// The playhead.
    pub at: Time,
    /// When something happened last: the host hears of happenings, not of frames.
    pub moment: Option<Time>,
}

#[component]
pub(crate) fn Host(props: &Props) -> Html {
    let sender = use_sender();
    use_effect_with((), move |()| {
        let listener = listen(move |request| request.messages().into_iter().for_each(|msg| sender.send(msg)));
        tell("ready", &[]);
        move || drop(listener)
    });
    use_effect_with(props.verdict.clone(), |verdict| {
        let severity = |severity| match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        };
        let problems: js_sys::Array = verdict
            .problems
            .iter()
            .map(|problem| {
                object(&[
                    ("severity", severity(problem.diagnostic.severity).into()),
                    ("line", u32::try_from(problem.line).unwrap_or(u32::MAX).into()),
                    ("message", problem.diagnostic.message.as_str().into()),
                ])
            })
            .collect();
        tell("diagnostics", &[("accepted", verdict.accepted.into()), ("problems", problems.into())]);
    });
    let (scene, at) = (props.scene.clone(), props.at);
    use_effect_with((props.playing, props.moment, scene.pods.len()), move |(playing, ..)| {
        let text = |text: &str| JsValue::from_str(text);
        let pods: js_sys::Array = scene
            .pods
            .iter()
            .map(|pod| {
                object(&[
                    ("namespace", text(&pod.key.namespace)),
                    ("name", text(&pod.key.name)),
                    ("status", text(&pod.word)),
                    ("ready", pod.ready.into()),
                    ("total", pod.total.into()),
                ])
            })
            .collect();
        tell("state", &[("at", at.as_secs_f64().into()), ("playing", (*playing).into()), ("pods", pods.into())]);
    });
    Html::default()
}
