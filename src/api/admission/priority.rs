//! What a Pod is worth: its PriorityClass, or the usual one.

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::PodSpec;

use crate::api::{Object, View};

/// The PriorityClasses that every cluster has, with their values.
const BUILT_IN: [(&str, i32); 2] =
    [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

/// What a built-in class is worth; none where `name` is none of them.
pub(super) fn built_in(name: &str) -> Option<i32> {
    BUILT_IN.iter().find(|(class, _)| *class == name).map(|(_, value)| *value)
}

/// The policy of Pods whose class names none.
pub(super) const USUAL_POLICY: &str = "PreemptLowerPriority";

/// What follows from the class of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priority {
    /// The class that a Pod gets, where the cluster holds it as an object.
    pub class: Option<Text>,
    /// `spec.priority`.
    pub value: i32,
    /// `spec.preemptionPolicy`.
    pub policy: Text,
}

impl Priority {
    /// What the Pod's class makes of it, where what is written by hand is the same; `find` gives the class of a name, and
    /// for no name the usual one ([`usual`]) (kubernetes: plugin/pkg/admission/priority/admission.go admitPod).
    ///
    /// # Errors
    /// Why the Pod is forbidden.
    pub fn of(spec: &PodSpec, find: &dyn Fn(&str) -> Option<Object>) -> Result<Self, String> {
        let name = spec.priority_class_name.as_deref().unwrap_or_default();
        let mut priority = Priority { class: None, value: 0, policy: Text::constant(USUAL_POLICY) };
        if let Some(value) = built_in(name) {
            priority.value = value;
        } else if let Some(Object::Other(class)) = find(name) {
            let value = View::new(&class.value);
            priority.class.clone_from(&class.metadata.name);
            priority.value = i32::try_from(value.at("value").int()).unwrap_or_default();
            match value.at("preemptionPolicy").str() {
                "" => {}
                policy => priority.policy = policy.into(),
            }
        } else if !name.is_empty() {
            return Err(["no PriorityClass with name ", name, " was found"].concat());
        }
        priority.agrees(spec)?;
        Ok(priority)
    }

    /// Else anyone could push other Pods off the nodes by writing a large number.
    fn agrees(&self, spec: &PodSpec) -> Result<(), String> {
        let refuse = |what: &str, given: &str, computed: &str| {
            const ADMISSION: &str = ") must not be provided in pod spec; priority admission controller computed ";
            const END: &str = " from the given PriorityClass name";
            Err([what, " (", given, ADMISSION, computed, END].concat())
        };
        if let Some(given) = spec.priority.filter(|&given| given != self.value) {
            return refuse("the integer value of priority", &given.to_string(), &self.value.to_string());
        }
        match &spec.preemption_policy {
            Some(given) if *given != self.policy => refuse("the string value of PreemptionPolicy", given, &self.policy),
            _ => Ok(()),
        }
    }
}

/// The class of those that name none; of several the one that is worth the least (getDefaultPriorityClass).
pub fn usual<'a>(classes: impl Iterator<Item = &'a Object>) -> Option<&'a Object> {
    let view = |object: &'a Object| match object {
        Object::Other(class) => Some((object, View::new(&class.value))),
        _ => None,
    };
    let usual = classes.filter_map(view).filter(|(_, value)| value.at("globalDefault").is_true());
    usual.min_by_key(|(_, value)| value.at("value").int()).map(|(object, _)| object)
}
