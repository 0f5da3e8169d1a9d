//! Why a request went where it went, or came to nothing.

use std::rc::Rc;

use super::{Origin, Phrase, Run, Why};
use crate::api::{Kind, Object, Path};
use crate::cluster::{Fault, Flow, ObjectKey, Party, Time};

/// Why `flow` ended as it did, as things stood at `at`.
pub fn why_flow(run: &Run, at: Time, flow: &Flow) -> Why {
    let port = flow.port.to_string();
    let service = flow.service.as_ref().map(|key| key.name.to_string()).unwrap_or_default();
    let to = name(run, at, &flow.to);
    let mut because = Vec::new();
    if let Some(before) = flow.via.and_then(|id| run.flow(id, at)) {
        let proxy = name(run, at, &before.to);
        let (own, host) = (before.port.to_string(), flow.host.to_string());
        because.push(Phrase::new("flow-passed-on").with("proxy", proxy).with("port", own).with("host", host));
    }
    let phrase = match &flow.fault {
        None => match &flow.service {
            Some(_) => Phrase::new("flow-through-service").with("service", service).with("to", to),
            None => Phrase::new("flow-direct").with("to", to),
        },
        Some(Fault::NoSuchName) => Phrase::new("flow-no-such-name").with("host", &*flow.host),
        Some(Fault::NoEndpoints { selected: 0 }) => Phrase::new("flow-selects-nothing").with("service", service),
        Some(Fault::NoEndpoints { selected }) => {
            Phrase::new("flow-none-ready").with("service", service).with("count", selected.to_string())
        }
        Some(Fault::NoSuchPort) => Phrase::new("flow-no-such-port").with("service", service).with("port", port),
        Some(Fault::NotListening) => Phrase::new("flow-not-listening").with("host", &*flow.host).with("port", port),
        Some(Fault::NoSuchAddress) => Phrase::new("flow-no-such-address").with("host", &*flow.host),
        Some(Fault::SwitchedOff) => Phrase::new("flow-switched-off").with("host", &*flow.host),
        Some(Fault::Hangs) => Phrase::new("flow-hangs").with("to", to),
        Some(Fault::Circle) => Phrase::new("flow-circle"),
    };
    because.insert(0, phrase);
    let word: Rc<str> = match &flow.fault {
        None if flow.answer.is_empty() => "ok".into(),
        None => flow.answer.clone(),
        Some(fault) => fault.word().into(),
    };
    Why { word, because, next: None, origin: origin(run, at, flow), remedies: Vec::new() }
}

/// The field that decides: the Service's selector or ports.
fn origin(run: &Run, at: Time, flow: &Flow) -> Option<Origin> {
    let key = flow.service.clone()?;
    run.object_at(&key, at)?;
    let spec = Path::ROOT.field("spec");
    let path = match &flow.fault {
        Some(Fault::NoEndpoints { .. }) => spec.field("selector").to_owned(),
        Some(Fault::NoSuchPort | Fault::NotListening) => spec.field("ports").to_owned(),
        _ => return None,
    };
    Some(Origin { object: key, path })
}

/// A party as people call it: `web/nginx`, `logs.example.com`.
fn name(run: &Run, at: Time, party: &Party) -> String {
    match party {
        Party::Container { pod, container } => {
            let named = |(key, object): (&ObjectKey, &Object)| {
                object.as_pod().is_some_and(|it| it.uid() == &**pod).then(|| key.name.to_string())
            };
            let pod = run.objects_at(Kind::Pod, at).find_map(named).unwrap_or_default();
            format!("{pod}/{container}")
        }
        Party::Kubelet(name) | Party::User(name) | Party::Outside(name) | Party::Nobody(name) => name.to_string(),
        Party::Dns => "DNS".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Config, Happening};

    #[test]
    fn a_refused_request_says_which_selector_is_to_blame() {
        let text = "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {selector: {app: x}, ports: [{port: 80}]}\n---\n\
                    apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: a, image: busybox, \
                    command: [wget, -qO-, 'http://db/']}\n";
        let mut run = Run::new(Config::default());
        for object in crate::manifest::check(text, "p.yaml").accepted_objects() {
            run.act(Time::ZERO, Action::Create(object.clone())).unwrap();
        }
        run.run_until(Time::from_secs_f64(10.0));
        let flow = run.records().iter().find_map(|record| match &record.what {
            Happening::Flow(flow) => Some(flow.clone()),
            _ => None,
        });
        let why = why_flow(&run, run.end(), &flow.unwrap());
        assert_eq!((&*why.word, why.because[0].id), ("refused", "flow-selects-nothing"));
        assert_eq!(why.origin.unwrap().path.to_string(), "spec.selector");
    }
}
