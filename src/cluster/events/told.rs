//! A new Event as what it is made of: of the many that are recorded few are ever looked at.

use std::rc::Rc;

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta, Time as MetaTime};
use k8s_openapi::jiff::Timestamp;

use super::note::{EventNote, action};
use crate::api::Recipe;
use crate::cluster::rng::uuid_of;

/// Everything of a new Event that is not the same for all.
pub(super) struct Told {
    pub name: Rc<str>,
    /// The random numbers of its uid.
    pub uid: (u64, u64),
    pub resource_version: u64,
    pub at: Timestamp,
    pub note: EventNote,
    /// How often it was seen; none for the newer API, which has no counts.
    pub count: Option<i32>,
}

fn some(text: &Rc<str>) -> Option<Text> {
    Some(Text::from(text)).filter(|text| !text.is_empty())
}

impl Recipe<Event> for Told {
    fn make(&self) -> Event {
        let (note, topic) = (&self.note, &self.note.topic);
        let second = MetaTime(Timestamp::constant(self.at.as_second(), 0));
        let metadata = ObjectMeta {
            name: Some((&self.name).into()),
            namespace: Some(super::namespace(&topic.object).into()),
            uid: Some(uuid_of(self.uid).into()),
            creation_timestamp: Some(second.clone()),
            resource_version: Some(self.resource_version.to_string().into()),
            ..ObjectMeta::default()
        };
        let involved_object = ObjectReference {
            api_version: Some(topic.object.kind.api_version().into()),
            kind: Some(topic.object.kind.name().into()),
            namespace: some(&topic.object.namespace),
            name: Some((&topic.object.name).into()),
            uid: some(&topic.uid),
            field_path: some(&note.field_path),
            ..ObjectReference::default()
        };
        let mut event = Event {
            metadata,
            involved_object,
            reason: Some(note.reason.into()),
            type_: Some(note.type_().into()),
            message: Some((&note.message).into()),
            reporting_component: Some(topic.source.into()),
            ..Event::default()
        };
        match self.count {
            Some(count) => {
                event.count = Some(count);
                event.first_timestamp = Some(second.clone());
                event.last_timestamp = Some(second);
                event.source = Some(EventSource { component: Some(topic.source.into()), host: some(&topic.host) });
                event.reporting_instance = some(&topic.host);
            }
            None => {
                event.action = Some(action(note.reason).into());
                event.event_time = Some(MicroTime(self.at));
                event.reporting_instance = Some(format!("{}-control-plane", topic.source).into());
            }
        }
        event
    }

    fn subject(&self) -> &Rc<str> {
        &self.note.topic.uid
    }
}
