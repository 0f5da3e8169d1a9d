//! The events of an object, as a table of their own (kubectl: describe.go DescribeEvents).

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::Event;
use k8s_openapi::jiff::Timestamp;

use crate::api::table::human_duration;
use crate::api::{Kind, Object};
use crate::cluster::{Store, has_expired};
use crate::kubectl::{go_sort, tabwriter};

/// The table, with columns of its own; none where nothing was said of the object. A `live` cluster keeps Events for a while.
pub(super) fn table(object: &Object, store: &Store, now: Timestamp, live: bool) -> Option<String> {
    let mut events: Vec<&Event> = store
        .list(Kind::Event)
        .filter_map(|(_, event)| match event {
            Object::Event(event) => Some(event.as_ref()),
            _ => None,
        })
        .filter(|event| concerns(event, object) && !(live && has_expired(event, now)))
        .collect();
    if events.is_empty() {
        return None;
    }
    // Events of the newer API carry no last time and come first.
    let last = |event: &Event| event.last_timestamp.as_ref().map(|time| time.0);
    go_sort::sort(&mut events, |a, b| last(a) < last(b));
    let mut table = "Events:\n  Type\tReason\tAge\tFrom\tMessage\n  ----\t------\t----\t----\t-------\n".to_owned();
    for event in events {
        let text = |value: &Option<Text>| value.clone().unwrap_or_default();
        let component = event.source.as_ref().and_then(|source| source.component.clone());
        let from = component.filter(|name| !name.is_empty()).unwrap_or_else(|| text(&event.reporting_component));
        let field = event.involved_object.field_path.as_deref().filter(|path| !path.is_empty());
        let field = field.map(|path| format!("{path}: ")).unwrap_or_default();
        let message = text(&event.message);
        table.push_str(&format!(
            "  {}\t{}\t{}\t{from}\t{field}{}\n",
            text(&event.type_),
            text(&event.reason),
            age(event, now),
            message.trim()
        ));
    }
    Some(tabwriter::format(&table, 0, 2))
}

fn concerns(event: &Event, object: &Object) -> bool {
    let involved = &event.involved_object;
    involved.name.as_deref() == Some(object.name())
        && involved.kind.as_deref() == object.kind().map(Kind::name)
        && involved.uid.as_deref().is_none_or(|uid| object.metadata().uid.as_deref().is_none_or(|own| own == uid))
}

/// `5s`, or `3s (x4 over 40s)` where it was seen more than once.
fn age(event: &Event, now: Timestamp) -> String {
    let since = |time: Option<Timestamp>| {
        time.map_or_else(|| "<unknown>".to_owned(), |time| human_duration(now.duration_since(time).as_secs()))
    };
    let first = event.first_timestamp.as_ref().map(|time| time.0);
    let first = first.or(event.event_time.as_ref().map(|time| time.0));
    let (last, count) = match &event.series {
        Some(series) => (series.last_observed_time.as_ref().map(|time| time.0), series.count.unwrap_or_default()),
        None => (event.last_timestamp.as_ref().map(|time| time.0), event.count.unwrap_or_default()),
    };
    if count > 1 { format!("{} (x{count} over {})", since(last), since(first)) } else { since(first) }
}

#[cfg(test)]
mod tests {
    use crate::cluster::{Cluster, Config, Time};
    use crate::kubectl::run;

    #[test]
    fn what_was_said_over_an_hour_ago_is_forgotten() {
        let mut cluster = Cluster::new(Config::default());
        run(&mut cluster, "kubectl run web --image=nginx");
        let looks = ["kubectl get events", "kubectl events", "kubectl describe pod web"];
        let mut told = |minutes: f64| {
            cluster.run_until(Time::from_secs_f64(minutes * 60.0));
            looks.map(|look| run(&mut cluster, look).stdout.contains("Successfully assigned"))
        };
        assert_eq!(told(50.0), [true; 3]);
        assert_eq!(told(70.0), [false; 3]);
    }
}
