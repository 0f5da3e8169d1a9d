//! How a container is being stopped: preStop, SIGTERM, what is left of the grace, SIGKILL.

use yew::{Html, html};

use crate::cluster::Time;
use crate::trace::scene::{ContainerScene, StopScene};
use crate::ui::model::clock;
use crate::ui::words::Words;

/// The bar of the grace of `container`, while it is being stopped.
pub(crate) fn view(container: &ContainerScene, at: Time, words: Words) -> Option<Html> {
    let StopScene { from, until } = container.stop?;
    let whole = until.since(from).as_secs_f64().max(0.001);
    let share = |time: Time| (time.since(from).as_secs_f64() / whole).clamp(0.0, 1.0) * 100.0;
    let sent = |name: &str| container.signals.iter().find(|signal| signal.name == name);
    let hook = container.hooks.iter().find(|hook| hook.hook == "preStop").map(|hook| {
        let end = hook.ended.map_or(at, |(end, _)| end);
        let style = format!("left: {:.1}%; width: {:.1}%", share(hook.since), share(end) - share(hook.since));
        html! { <i class="hook" {style}></i> }
    });
    let term =
        sent("TERM").map(|signal| html! { <i class="term" style={format!("left: {:.1}%", share(signal.at))}></i> });
    let left = clock::left(at, until, words.0);
    let (term_class, term_words) = match sent("TERM") {
        Some(signal) => ("flag sent", words.fill("stop-term-sent", &[("clock", clock::clock(signal.at, true).into())])),
        None if container.hooks.last().is_some_and(|hook| hook.hook == "preStop" && hook.ended.is_none()) => {
            ("flag", words.say("stop-term-after-hook"))
        }
        None => ("flag", words.say("stop-term-to-come")),
    };
    let (kill_class, kill_words) = match sent("KILL") {
        Some(signal) => {
            ("flag kill sent", words.fill("stop-kill-sent", &[("clock", clock::clock(signal.at, true).into())]))
        }
        None => ("flag kill", words.fill("stop-kill-left", &[("left", left.into())])),
    };
    Some(html! {
        <div class="stop">
            <span class="grace" aria-hidden="true"><i class="gone" style={format!("width: {:.1}%", share(at))}></i>{ for hook }{ for term }</span>
            <span class="flags"><span class={term_class}>{ term_words }</span><span class={kill_class}>{ kill_words }</span></span>
        </div>
    })
}
