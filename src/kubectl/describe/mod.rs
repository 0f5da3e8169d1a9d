//! `kubectl describe`: everything about one object, for people.

mod container;
mod events;
mod pod;
mod probe;
mod volume;
mod writer;

use k8s_openapi::jiff::Timestamp;

use crate::api::{Kind, Object};
use crate::cluster::Store;
use writer::Writer;

/// What is told about `object`, at the moment `now` of the cluster whose objects are in `store`.
///
/// A kind that has no description of its own is told by its metadata and its events.
pub fn describe(object: &Object, store: &Store, now: Timestamp) -> String {
    let mut writer = Writer::default();
    match object {
        Object::Pod(pod) => pod::describe(pod, now, &mut writer),
        other => metadata(other, &mut writer),
    }
    let events = events::table(object, store, now);
    if events.is_none() {
        writer.line(0, "Events", "<none>");
    }
    writer.finish() + &events.unwrap_or_default()
}

fn metadata(object: &Object, writer: &mut Writer) {
    writer.line(0, "Name", object.name());
    if object.kind().is_some_and(Kind::namespaced) {
        writer.line(0, "Namespace", object.namespace());
    }
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
}

/// A time as `describe` prints it (Go: time.RFC1123Z).
fn rfc1123(time: Timestamp) -> String {
    let zoned = time.to_zoned(k8s_openapi::jiff::tz::TimeZone::UTC);
    k8s_openapi::jiff::fmt::rfc2822::DateTimePrinter::new().zoned_to_string(&zoned).map_or_else(
        |_| time.to_string(),
        // The printer leaves the leading zero of the day to us.
        |text| match text.split_once(", ") {
            Some((weekday, rest)) if rest.as_bytes().get(1) == Some(&b' ') => format!("{weekday}, 0{rest}"),
            _ => text,
        },
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_printed_as_go_prints_them() {
        let time: k8s_openapi::jiff::Timestamp = "2026-11-03T05:16:01Z".parse().unwrap();
        assert_eq!(super::rfc1123(time), "Tue, 03 Nov 2026 05:16:01 +0000");
    }
}
