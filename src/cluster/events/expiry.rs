//! How long Events are kept.
//!
//! An Event that is over is not taken out of the store: nothing else would be due then, and a cluster at rest would have to
//! go on for it. Who reads Events passes over those that are over. What counts on one of them later writes it anew, under its
//! old name and with its old count, as client-go does when it finds that its Event has expired
//! (client-go: tools/record/event.go recordEvent, tools/record/events_cache.go eventObserve).

use std::time::Duration;

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::jiff::Timestamp;

/// An Event is kept for so long after it was written last (kube-apiserver: `--event-ttl`).
const KEPT: Duration = Duration::from_secs(3_600);

/// Whether `event` is kept no more at the moment `now`.
pub fn has_expired(event: &Event, now: Timestamp) -> bool {
    let created = event.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let counted = event.last_timestamp.as_ref().map(|time| time.0);
    let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|time| time.0);
    let written = [created, counted, series].into_iter().flatten().max();
    written.is_some_and(|written| Duration::try_from(now.duration_since(written)).is_ok_and(|past| past >= KEPT))
}
