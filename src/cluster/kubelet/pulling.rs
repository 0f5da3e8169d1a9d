//! Images: presence, pulls and their back-off (kubelet: images/image_manager.go, 1.36).

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Container;

use super::Cx;
use super::worker::Worker;
use crate::api::{Kind, Object, image};
use crate::cluster::runtime::image_size;
use crate::cluster::runtime::program::PullRule;
use crate::cluster::world::World;
use crate::cluster::{Config, Happening, ObjectKey, Reason, RuntimeEvent, RuntimeNote, Time, go_duration};

/// What the image of a container needs.
#[derive(Clone, Debug)]
pub(super) enum Image {
    Present,
    Pulls(Pulling),
    /// The reason and its detail.
    Fails(&'static str, String),
}

/// A pull under way.
#[derive(Clone, Debug)]
pub(super) struct Pulling {
    /// How long it waits for those before it.
    waits: Duration,
    takes: Duration,
    error: Option<String>,
}

/// The pulls of one node (kubelet: images/puller.go newSerialImagePuller, images/helpers.go throttledImageService).
#[derive(Clone, Debug, Default)]
pub(super) struct Puller {
    /// When the pulls that were asked for are over.
    busy: Time,
    /// How many pulls may begin at once, less those that were begun; and when that was counted.
    spent: f64,
    counted: Time,
}

impl Puller {
    /// How long a pull that is asked for now, and that takes `takes`, waits for others.
    fn queue(&mut self, takes: Duration, now: Time, config: &Config) -> Duration {
        if !config.serialize_image_pulls {
            return Duration::ZERO;
        }
        let begins = self.busy.max(now);
        self.busy = begins + takes;
        begins.since(now)
    }

    /// Whether a pull may begin now.
    fn may_begin(&mut self, now: Time, config: &Config) -> bool {
        let Some((rate, burst)) = config.registry_pulls else { return true };
        let refilled = now.since(self.counted).as_secs_f64() * f64::from(rate);
        (self.spent, self.counted) = ((self.spent - refilled).max(0.0), now);
        let may = self.spent + 1.0 <= f64::from(burst);
        self.spent += f64::from(u8::from(may));
        may
    }
}

impl Pulling {
    /// How long it takes.
    pub fn takes(&self) -> Duration {
        self.waits.saturating_add(self.takes)
    }
}

impl Worker {
    /// The secrets for pulling images that the Pod names and that are not there (kubelet: kubelet.go
    /// getPullSecretsForPod).
    pub(super) fn missing_pull_secrets(&self, world: &World) -> Option<String> {
        let named = self.pod.spec.image_pull_secrets.as_deref()?.iter().map(|secret| &*secret.name);
        let is_there = |name: &str| {
            let key = ObjectKey::new(Kind::Secret, self.pod.namespace(), name);
            matches!(world.store.get(&key), Some(Object::Secret(_)))
        };
        let missing: Vec<&str> = named.filter(|name| !name.is_empty() && !is_there(name)).collect();
        (!missing.is_empty()).then(|| missing.join(", "))
    }

    /// What has to be done to have the image of `container` (EnsureImageExists).
    pub(super) fn ensure_image(&mut self, container: &Container, rule: Option<PullRule>, cx: &mut Cx) -> Image {
        let image = container.image.as_deref().unwrap_or_default();
        let name = container.name.as_str();
        if let Some(problem) = invalid(image) {
            let text = format!(
                "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": {problem}"
            );
            self.container_event(cx, name, true, "InspectFailed", &text);
            return Image::Fails("InvalidImageName", text);
        }
        let default = image::default_pull_policy(image);
        let policy = container.image_pull_policy.as_deref().unwrap_or(default);
        if policy != "Always" {
            if cx.runtime.images.present(&cx.node.name, image, &cx.world.config) {
                let text =
                    format!("Container image \"{image}\" already present on machine and can be accessed by the pod");
                self.container_event(cx, name, false, "Pulled", text);
                return Image::Present;
            }
            if policy == "Never" {
                let text = format!("Container image \"{image}\" is not present with pull policy of Never");
                self.container_event(cx, name, true, "ErrImageNeverPull", &text);
                return Image::Fails("ErrImageNeverPull", text);
            }
        }
        if let Some(until) = self.pulls.holds_since_update(image, cx.world.now) {
            let text = format!("Back-off pulling image \"{image}\"");
            self.container_event(cx, name, false, "BackOff", &text);
            let delay = self.pulls.delay(image);
            self.decide(cx, name, Reason::ImageBackOff { image: image.into(), delay, until });
            let before = self.pull_errors.get(image).map(|error| format!(": ErrImagePull: {error}"));
            return Image::Fails("ImagePullBackOff", text + &before.unwrap_or_default());
        }
        self.container_event(cx, name, false, "Pulling", format!("Pulling image \"{image}\""));
        self.decide(cx, name, Reason::Pulling { image: image.into() });
        self.note_pull(container, RuntimeEvent::PullStarted { image: image.into() }, cx);
        let (now, config) = (cx.world.now, cx.world.config.clone());
        if !cx.node.puller.may_begin(now, &config) {
            let error = Some("pull QPS exceeded".to_owned());
            return Image::Pulls(Pulling { waits: Duration::ZERO, takes: Duration::ZERO, error });
        }
        let pull = cx.runtime.images.pull(&self.uid, image, rule, &config);
        let waits = cx.node.puller.queue(pull.takes, now, &config);
        Image::Pulls(Pulling { waits, takes: pull.takes, error: pull.error })
    }

    /// The pull is over.
    ///
    /// # Errors
    /// The runtime's words.
    pub(super) fn pull_ends(&mut self, container: &Container, pulling: Pulling, cx: &mut Cx) -> Result<(), String> {
        let image = container.image.as_deref().unwrap_or_default();
        let name = container.name.as_str();
        let error = pulling.error.as_deref().map(Rc::from);
        self.note_pull(container, RuntimeEvent::PullEnded { image: image.into(), error }, cx);
        if let Some(error) = pulling.error {
            self.container_event(cx, name, true, "Failed", format!("Failed to pull image \"{image}\": {error}"));
            let now = cx.world.now;
            self.pulls.next(image.into(), now, now);
            self.pull_errors.insert(image.into(), error.clone());
            return Err(error);
        }
        let node = cx.node.name.clone();
        cx.runtime.images.add(&node, image);
        let printed = |took: Duration| go_duration(Duration::from_millis(u64::try_from(took.as_millis()).unwrap_or(0)));
        let (took, whole, size) = (printed(pulling.takes), printed(pulling.takes()), image_size(image));
        let text = format!(
            "Successfully pulled image \"{image}\" in {took} ({whole} including waiting). Image size: {size} bytes."
        );
        self.container_event(cx, name, false, "Pulled", text);
        Ok(())
    }

    fn note_pull(&self, container: &Container, event: RuntimeEvent, cx: &mut Cx) {
        cx.world.note(Happening::Runtime(RuntimeNote {
            pod: self.uid.clone(),
            container: container.name.to_shared(),
            attempt: 0,
            event,
        }));
    }
}

/// Why `name` is no image reference, in the parser's words (distribution: reference/normalize.go).
fn invalid(name: &str) -> Option<String> {
    if image::is_identifier(name) {
        return Some(format!("invalid repository name ({name}), cannot specify 64-byte hexadecimal strings"));
    }
    // The tag is cut off at the first colon, so that a digest leaves its algorithm.
    let (_, rest) = image::domain(name);
    let path = rest.split(':').next().unwrap_or_default();
    if path != path.to_lowercase() {
        return Some(format!("invalid reference format: repository name ({path}) must be lowercase"));
    }
    (!image::is_valid(name)).then(|| "invalid reference format".to_owned())
}

#[cfg(test)]
mod tests {
    use super::invalid;

    #[test]
    fn an_upper_case_repository_is_named_in_full() {
        let upper = |path: &str| Some(format!("invalid reference format: repository name ({path}) must be lowercase"));
        assert_eq!(invalid("APP:v1"), upper("library/APP"));
        assert_eq!(invalid("docker.io/APP"), upper("library/APP"));
        assert_eq!(invalid("sim/APP:v1"), upper("sim/APP"));
        // What is not all lower case in front of a slash is a registry.
        assert_eq!(invalid("Foo/app:v1"), None);
    }
}
