//! Charts under the lanes, in step with the ruler: replicas, requests, latency, CPU.

use yew::{Html, Properties, component, html, use_memo};

use crate::cluster::Time;
use crate::trace::{Chart, Measure, Series, Topic};
use crate::ui::model::curves::{axis, line, short};
use crate::ui::state::Same;
use crate::ui::words::{Words, use_words};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub charts: Same<Vec<Chart>>,
    pub horizon: Time,
    /// Up to when the curves reach.
    pub end: Time,
    pub at: Time,
}

/// How a curve is drawn; none for those that are told in the table alone.
fn style(measure: Measure) -> Option<&'static str> {
    Some(match measure {
        Measure::Requests | Measure::LatencyP50 | Measure::Cpu | Measure::Utilization | Measure::Desired => "a",
        Measure::Ready => "b",
        Measure::LatencyP95 | Measure::Target | Measure::Updated => "c",
        Measure::Refused => "d",
        Measure::TimedOut => "e",
        Measure::Current | Measure::Available => return None,
    })
}

/// The title of a chart, the factor from its values to its unit, and the unit's message.
pub(crate) fn unit(topic: Topic) -> (&'static str, f64, &'static str) {
    match topic {
        Topic::Requests => ("chart-requests", 1.0, "unit-per-second"),
        Topic::Latency => ("chart-latency", 1000.0, "unit-ms"),
        Topic::Cpu => ("chart-cpu", 0.001, "unit-cores"),
        Topic::Utilization => ("chart-utilization", 1.0, "unit-percent"),
        Topic::Replicas => ("chart-replicas", 1.0, "unit-pods"),
    }
}

/// The message that names a curve.
pub(crate) fn name(series: &Series) -> String {
    format!("measure-{}", format!("{:?}", series.measure).to_lowercase())
}

/// A value at a moment, in its unit.
pub(crate) fn value(series: &Series, at: Time, factor: f64) -> String {
    series.at(at).map_or_else(|| "–".to_owned(), |value| short(value * factor))
}

#[derive(PartialEq, Properties)]
struct PlotProps {
    charts: Same<Vec<Chart>>,
    index: usize,
    horizon: Time,
    end: Time,
}

/// The curves alone, which stand still while the playhead moves.
#[component]
fn Plot(props: &PlotProps) -> Html {
    let key = (props.charts.clone(), props.horizon, props.end, props.index);
    let paths = use_memo(key, |(charts, horizon, end, index)| {
        let Some(chart) = charts.get(*index) else { return (Vec::new(), Vec::new()) };
        let (top, lines) = scale(chart);
        let (_, factor, _) = unit(chart.topic);
        let path = |series: &Series| Some((style(series.measure)?, line(&series.points, *horizon, *end, top / factor)));
        let paths: Vec<(&'static str, String)> = chart.series.iter().filter_map(path).collect();
        (paths, lines.into_iter().map(|at| 100.0 - at / top * 100.0).collect::<Vec<f64>>())
    });
    let (paths, lines) = &*paths;
    html! {
        <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
            { for lines.iter().map(|y| html! { <path class="rule" d={format!("M0 {y:.1}H1000")} /> }) }
            { for paths.iter().map(|(style, d)| html! { <path class="series" data-series={*style} d={d.clone()} /> }) }
        </svg>
    }
}

fn scale(chart: &Chart) -> (f64, Vec<f64>) {
    let (_, factor, _) = unit(chart.topic);
    axis(
        chart.series.iter().map(|series| series.highest() * factor).fold(0.0, f64::max),
        chart.topic == Topic::Replicas,
    )
}

fn row(charts: &Same<Vec<Chart>>, index: usize, chart: &Chart, props: &Props, words: Words) -> Html {
    let (title, factor, of) = unit(chart.topic);
    let (top, lines) = scale(chart);
    // What is nought all along is in no one's way.
    let key = |series: &Series| {
        let style = style(series.measure)?;
        if series.highest() <= 0.0 {
            return None;
        }
        Some(html! {
            <span class="chart-key" data-series={style}>
                <svg viewBox="0 0 16 6" aria-hidden="true"><line x1="0" y1="3" x2="16" y2="3" /></svg>
                { words.say(&name(series)) }{ " " }<b>{ value(series, props.at, factor) }</b>
            </span>
        })
    };
    let tick = |at: f64| {
        let style = format!("top: {:.1}px", 10.0 + 66.0 * (1.0 - at / top));
        html! { <span class="chart-tick" {style}>{ short(at) }</span> }
    };
    html! {
        <div class="lane chart" key={format!("chart {index}")} role="img" aria-label={words.fill(title, &[("name", (&*chart.of.name).into())])}>
            <span class="lane-name"><span class="stack">
                <span class="what" title={chart.of.name.to_string()}>{ words.fill(title, &[("name", (&*chart.of.name).into())]) }</span>
                <small>{ words.say(of) }</small>
                { for chart.series.iter().filter_map(key).take(3) }
            </span>{ for lines.into_iter().map(tick) }</span>
            <div class="lane-body"><Plot charts={charts.clone()} {index} horizon={props.horizon} end={props.end} /></div>
        </div>
    }
}

#[component]
pub(crate) fn Charts(props: &Props) -> Html {
    let words = use_words();
    let rows = props.charts.iter().enumerate().map(|(index, chart)| row(&props.charts, index, chart, props, words));
    html! { <>{ for rows }</> }
}
