//! Warnings on volumes: types that do nothing any more, and files that fall onto one path.

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, KeyToPath, PodSpec, VolumeProjection};

use super::pod::fraction;
use crate::api::Path;
use crate::manifest::rules::errors::{Errors, push_go_quoted};
use crate::manifest::rules::go;

/// `volume/dead-type`: a volume type that the kubelet no longer mounts.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, gitRepo: {repository: "https://example.com/r"}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}}]}
/// ```
///
/// At run time the Pod stays in `ContainerCreating` with `FailedMount`.
pub fn dead_types(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    const SINCE_22: &str = "deprecated in v1.22, non-functional in v1.25+";
    const SINCE_28: &str = "deprecated in v1.28, non-functional in v1.31+";
    for (i, volume) in go::list(&spec.volumes).iter().enumerate() {
        let at = path.index(i);
        let mut dead = |types: &[(&'static str, bool, &str)]| {
            for (field, _, text) in types.iter().filter(|(_, set, _)| *set) {
                errors.warning("volume/dead-type", &at.field(field), text, true);
            }
        };
        dead(&[
            (
                "photonPersistentDisk",
                volume.photon_persistent_disk.is_some(),
                "deprecated in v1.11, non-functional in v1.16+",
            ),
            ("gitRepo", volume.git_repo.is_some(), "deprecated in v1.11, and disabled by default in v1.33+"),
            ("scaleIO", volume.scale_io.is_some(), "deprecated in v1.16, non-functional in v1.22+"),
            ("flocker", volume.flocker.is_some(), SINCE_22),
            ("storageOS", volume.storageos.is_some(), SINCE_22),
            ("quobyte", volume.quobyte.is_some(), SINCE_22),
            ("glusterfs", volume.glusterfs.is_some(), "deprecated in v1.25, non-functional in v1.26+"),
        ]);
        let template = volume.ephemeral.as_ref().and_then(|source| source.volume_claim_template.as_ref());
        if let Some(resources) = template.and_then(|template| template.spec.resources.as_ref()) {
            let ephemeral = at.field("ephemeral");
            let template = ephemeral.field("volumeClaimTemplate");
            let spec = template.field("spec");
            let place = spec.field("resources");
            fraction(resources.requests.as_ref(), "storage", &place.field("requests"), errors);
            fraction(resources.limits.as_ref(), "storage", &place.field("limits"), errors);
        }
        let mut dead = |field: &'static str, set: bool| {
            if set {
                errors.warning("volume/dead-type", &at.field(field), SINCE_28, true);
            }
        };
        dead("cephfs", volume.cephfs.is_some());
        dead("rbd", volume.rbd.is_some());
    }
}

/// A file that a volume makes, and the source it comes from (in projected volumes).
struct File {
    path: String,
    source: String,
}

impl File {
    fn new(path: &str, source: &str) -> Self {
        Self { path: path.trim_end_matches('/').to_owned(), source: source.to_owned() }
    }

    /// Whether one of the two paths is the other or lies in it.
    fn meets(&self, other: &File) -> bool {
        let inside = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let (a, b) = (self.path.as_str(), other.path.as_str());
        !a.is_empty() && !b.is_empty() && (inside(a, b) || inside(b, a))
    }

    fn push_to(&self, out: &mut String) {
        push_go_quoted(out, &self.path);
        if !self.source.is_empty() {
            out.push_str(" (");
            out.push_str(&self.source);
            out.push(')');
        }
    }
}

/// `volume/overlap`: two files of one volume fall onto one path, or one into the other; or a source is empty.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, configMap: {name: c, items: [{key: a, path: p}, {key: b, path: p/q}]}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, configMap: {name: c, items: [{key: a, path: p/a}, {key: b, path: p/b}]}}]}
/// ```
pub fn overlaps(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    for (i, volume) in go::list(&spec.volumes).iter().enumerate() {
        let at = path.index(i);
        if let Some(source) = &volume.config_map {
            let files = items(go::list(&source.items), "");
            tell(&volume.name, &sort("ConfigMap", &source.name), files, &at.field("configMap"), errors);
        }
        if let Some(source) = &volume.secret {
            let files = items(go::list(&source.items), "");
            let name = go::text(&source.secret_name);
            tell(&volume.name, &sort("Secret", name), files, &at.field("secret"), errors);
        }
        if let Some(source) = &volume.downward_api {
            let files = downward(go::list(&source.items), "");
            tell(&volume.name, "DownwardAPI", files, &at.field("downwardAPI"), errors);
        }
        if let Some(source) = &volume.projected {
            let at = at.field("projected");
            projected(&volume.name, go::list(&source.sources), &at, errors);
        }
    }
}

fn projected(volume: &str, sources: &[VolumeProjection], path: &Path<'_>, errors: &mut Errors) {
    let mut files: Vec<File> = Vec::new();
    for source in sources {
        if *source == VolumeProjection::default() {
            let mut text = String::from("volume ");
            push_go_quoted(&mut text, volume);
            text.push_str(" (Projected) has no sources provided");
            errors.warning(CODE, path, &text, false);
            continue;
        }
        for file in files_of(source) {
            for other in files.iter().filter(|other| file.meets(other)) {
                overlap(volume, "Projected", &file, other, path, errors);
            }
            files.push(file);
        }
    }
}

/// The files of one source; of several in one entry only the first with items counts.
fn files_of(source: &VolumeProjection) -> Vec<File> {
    if let Some((map, list)) = source.config_map.as_ref().and_then(|map| Some((map, map.items.as_ref()?))) {
        items(list, &sort("ConfigMap", &map.name))
    } else if let Some((secret, list)) = source.secret.as_ref().and_then(|it| Some((it, it.items.as_ref()?))) {
        items(list, &sort("Secret", &secret.name))
    } else if let Some(list) = source.downward_api.as_ref().and_then(|it| it.items.as_ref()) {
        downward(list, "DownwardAPI")
    } else {
        source.service_account_token.iter().map(|token| File::new(&token.path, "ServiceAccountToken")).collect()
    }
}

fn sort(kind: &str, name: &str) -> String {
    let mut out = String::from(kind);
    out.push(' ');
    push_go_quoted(&mut out, name);
    out
}

fn items(list: &[KeyToPath], source: &str) -> Vec<File> {
    list.iter().map(|item| File::new(&item.path, source)).collect()
}

fn downward(list: &[DownwardAPIVolumeFile], source: &str) -> Vec<File> {
    list.iter().map(|file| File::new(&file.path, source)).collect()
}

fn tell(volume: &str, sort: &str, files: Vec<File>, path: &Path<'_>, errors: &mut Errors) {
    for (i, file) in files.iter().enumerate() {
        for other in files.iter().take(i).filter(|other| file.meets(other)) {
            overlap(volume, sort, file, other, path, errors);
        }
    }
}

const CODE: &str = "volume/overlap";

fn overlap(volume: &str, sort: &str, file: &File, other: &File, path: &Path<'_>, errors: &mut Errors) {
    let mut text = String::from("volume ");
    push_go_quoted(&mut text, volume);
    text.push_str(" (");
    text.push_str(sort);
    text.push_str("): overlapping paths: ");
    file.push_to(&mut text);
    text.push_str(" with ");
    other.push_to(&mut text);
    errors.warning(CODE, path, &text, false);
}
