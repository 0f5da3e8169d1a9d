//! The examples of the menu: plain manifests in `examples/`, each with a title and a story in `locales/`.

/// A manifest with a story.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    /// The name of its file, and part of its messages' ids.
    pub id: &'static str,
    /// What it is about: those of one topic stand together in the menu, under the message `examples-<topic>`.
    pub topic: &'static str,
    /// The manifest.
    pub yaml: &'static str,
}

impl Example {
    /// The message that names it.
    pub fn title_id(&self) -> String {
        format!("example-{}-title", self.id)
    }

    /// The message that tells what there is to see.
    pub fn story_id(&self) -> String {
        format!("example-{}-story", self.id)
    }

    /// The example of this id.
    pub fn find(id: &str) -> Option<&'static Example> {
        EXAMPLES.iter().find(|example| example.id == id)
    }
}

macro_rules! examples {
    ($($topic:literal: [$($id:literal),* $(,)?]),* $(,)?) => {
        /// Every example, in the order of the menu; the first one opens with the page.
        pub static EXAMPLES: &[Example] =
            &[$($(Example { id: $id, topic: $topic, yaml: include_str!(concat!("../../examples/", $id, ".yaml")) }),*),*];
    };
}

examples!(
    "start": ["web-with-init", "lesson-init", "lesson-tabs"],
    "init": ["init-chain", "init-clone", "init-wait", "init-volume", "init-retry"],
    "together": [
        "log-shipper",
        "log-shipper-native",
        "adapter",
        "adapter-without",
        "ambassador",
        "web-with-cache",
        "native-sidecar",
    ],
    "failing": ["crash-loop", "probes", "image-missing"],
    "owners": ["deployment", "job-never-ends", "job-with-sidecar"],
    "users": ["autoscaled", "update-unguarded", "update-guarded"],
);
