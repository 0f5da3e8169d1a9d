use std::time::Duration;

use super::*;
use crate::cluster::{Cluster, Config};

fn note(message: &str) -> EventNote {
    let object = ObjectKey::new(Kind::Pod, "default", "web");
    EventNote {
        topic: Topic::new(object, "u1".into(), "kubelet", "node-1".into()),
        field_path: "".into(),
        warning: true,
        reason: "BackOff",
        message: message.into(),
    }
}

fn events(world: &World) -> Vec<(String, i32)> {
    let event = |object: &Object| match object {
        Object::Event(event) => {
            (event.message.as_deref().unwrap_or_default().to_owned(), event.count.unwrap_or_default())
        }
        _ => Default::default(),
    };
    world.store.list(Kind::Event).map(|(_, object)| event(object)).collect()
}

fn world() -> World {
    Cluster::new(Config::default()).world
}

#[test]
fn equal_events_are_counted() {
    let mut world = world();
    for _ in 0..3 {
        record(&mut world, note("again"));
        world.now = world.now + Duration::from_secs(1);
    }
    assert_eq!(events(&world), [("again".to_owned(), 3)]);
}

#[test]
fn the_tenth_message_is_combined() {
    let mut world = world();
    for number in 0..12 {
        record(&mut world, note(&format!("message {number}")));
    }
    let events = events(&world);
    assert_eq!(events.len(), 10);
    assert_eq!(events.last(), Some(&("(combined from similar events): message 11".to_owned(), 3)));
}

#[test]
fn a_flood_is_held_back_and_its_count_jumps_later() {
    let mut world = world();
    for _ in 0..40 {
        record(&mut world, note("flood"));
    }
    assert_eq!(events(&world), [("flood".to_owned(), 25)]);
    world.now = world.now + Duration::from_secs(300);
    record(&mut world, note("flood"));
    assert_eq!(events(&world), [("flood".to_owned(), 41)]);
}

#[test]
fn the_scheduler_writes_series_while_the_object_stays_as_it_is() {
    let mut world = world();
    let said = EventNote { reason: "FailedScheduling", ..note("no node") };
    let topic = Topic::new(said.topic.object.clone(), "u1".into(), SCHEDULER, "".into());
    let said = EventNote { topic, ..said };
    for version in ["7", "9", "9", "9"] {
        record_at(&mut world, said.clone(), version);
    }
    let stored: Vec<_> = world.store.list(Kind::Event).collect();
    let counts: Vec<_> = stored
        .iter()
        .map(|(_, object)| {
            let Object::Event(event) = object else { panic!("not an event") };
            assert_eq!((event.count, event.action.as_deref()), (None, Some("Scheduling")));
            event.series.as_ref().and_then(|series| series.count)
        })
        .collect();
    assert_eq!(counts, [None, Some(2)]);
}
