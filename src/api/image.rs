//! Image names: their parts, the pull policy that follows from them, and the full form that the node uses.

/// An image name taken apart; nothing is checked beyond what splitting needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageName<'a> {
    /// Registry and path (`registry.local:5000/team/app`).
    pub repository: &'a str,
    /// The tag, where one is written.
    pub tag: Option<&'a str>,
    /// The digest (`sha256:…`), where one is written.
    pub digest: Option<&'a str>,
}

/// Takes a name apart. A colon before the last slash belongs to a registry's port, not to a tag.
pub fn split(image: &str) -> ImageName<'_> {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let path_start = name.rfind('/').map_or(0, |slash| slash + 1);
    let colon = name.get(path_start..).and_then(|path| path.rfind(':')).map(|colon| path_start + colon);
    match colon.and_then(|colon| Some((name.get(..colon)?, name.get(colon + 1..)?))) {
        Some((repository, tag)) => ImageName { repository, tag: Some(tag), digest },
        None => ImageName { repository: name, tag: None, digest },
    }
}

/// The `imagePullPolicy` of a container that names none: `Always` for the tag `latest`, written or implied, or else
/// `IfNotPresent` (core/v1: defaults.go SetDefaults_Container). A name that is no valid reference has no tag at all,
/// so it too counts as `IfNotPresent`.
pub fn default_pull_policy(image: &str) -> &'static str {
    let name = split(image);
    let latest = match (name.tag, name.digest) {
        (Some(tag), _) => tag == "latest",
        (None, None) => true,
        (None, Some(_)) => false,
    };
    match latest && is_valid(image) {
        true => "Always",
        false => "IfNotPresent",
    }
}

/// Whether `image` is an image reference at all.
pub fn is_valid(image: &str) -> bool {
    !is_identifier(image) && is_reference(&split(image))
}

/// Whether it looks like the id of an image, which is no name (distribution: reference/normalize.go).
pub fn is_identifier(image: &str) -> bool {
    is_hex(image, 64)
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether it is a digest of one of the usual algorithms (go-digest: algorithm.go).
fn is_digest(digest: &str) -> bool {
    [("sha256:", 64), ("sha384:", 96), ("sha512:", 128)]
        .iter()
        .any(|(algorithm, length)| digest.strip_prefix(algorithm).is_some_and(|sum| is_hex(sum, *length)))
}

/// Whether the parts follow the grammar of image references (distribution: reference/regexp.go).
fn is_reference(name: &ImageName<'_>) -> bool {
    if name.repository.is_empty() || name.repository.len() > 255 || !name.digest.is_none_or(is_digest) {
        return false;
    }
    let tag = name.tag.is_none_or(|tag| {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        tag.len() <= 128
            && tag.bytes().next().is_some_and(word)
            && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
    });
    let mut parts = name.repository.split('/');
    let first = parts.next().unwrap_or_default();
    let has_domain = name.repository.contains('/') && looks_like_registry(first);
    tag && (if has_domain { is_registry(first) } else { is_path_part(first) }) && parts.all(is_path_part)
}

/// One part of the path: lower-case words joined by `.`, `_`, `__` or dashes.
fn is_path_part(part: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let edges = part.bytes().next().is_some_and(word) && part.bytes().last().is_some_and(word);
    edges
        && part.bytes().all(|b| word(b) || matches!(b, b'.' | b'_' | b'-'))
        && part
            .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            .all(|separator| matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-'))
}

/// Whether the first part names a registry rather than a user of Docker Hub.
fn looks_like_registry(part: &str) -> bool {
    part.contains(['.', ':']) || part == "localhost" || part.bytes().any(|b| b.is_ascii_uppercase())
}

fn is_registry(part: &str) -> bool {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    if let Some((address, rest)) = part.strip_prefix('[').and_then(|part| part.split_once(']')) {
        return !address.is_empty()
            && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
            && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port));
    }
    let (host, port) = part.split_once(':').map_or((part, None), |(host, port)| (host, Some(port)));
    port.is_none_or(is_port)
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// The registry of a name (or of its repository), Docker Hub where it names none, and what follows it; what Docker Hub
/// has in no user's name is in `library` (distribution: reference/normalize.go splitDockerDomain).
pub fn domain(name: &str) -> (&str, String) {
    let (domain, rest) = match name.split_once('/') {
        Some((first, rest)) if looks_like_registry(first) => (first, rest),
        _ => ("docker.io", name),
    };
    let domain = if domain == "index.docker.io" { "docker.io" } else { domain };
    let library = domain == "docker.io" && !rest.contains('/');
    (domain, if library { format!("library/{rest}") } else { rest.to_owned() })
}

/// The full name, as containerd's image store and a Pod's status have it: `nginx` is
/// `docker.io/library/nginx:latest` (distribution: reference/normalize.go ParseDockerRef).
/// With tag and digest, the tag is dropped.
pub fn normalise(image: &str) -> String {
    let name = split(image);
    let (registry, path) = domain(name.repository);
    match (name.digest, name.tag) {
        (Some(digest), _) => format!("{registry}/{path}@{digest}"),
        (None, tag) => format!("{registry}/{path}:{}", tag.unwrap_or("latest")),
    }
}

/// Whether a container of `image` with these words (its command and arguments) runs a shell that reads its lines from
/// standard input: the words name one, or there are none and the image's own program is one.
pub fn reads_lines(image: &str, words: &[String]) -> bool {
    const IMAGES: [&str; 9] =
        ["busybox", "alpine", "ubuntu", "debian", "bash", "centos", "fedora", "rockylinux", "netshoot"];
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    match words {
        [] => IMAGES.contains(&last(image).split([':', '@']).next().unwrap_or_default()),
        [program, flags @ ..] => {
            matches!(last(program).as_str(), "sh" | "bash" | "ash" | "dash" | "zsh")
                && flags.iter().all(|flag| matches!(flag.as_str(), "-i" | "-l"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let port = split("registry.local:5000/a/b");
        assert_eq!((port.repository, port.tag), ("registry.local:5000/a/b", None));
        let full = split("r:5000/a:1@sha256:0");
        assert_eq!((full.repository, full.tag, full.digest), ("r:5000/a", Some("1"), Some("sha256:0")));
    }

    #[test]
    fn pull_policies() {
        let (sum, digest) = ("0123456789abcdef".repeat(4), "@sha256:".to_owned() + &"0123456789abcdef".repeat(4));
        let latest = ["nginx:latest", &digest].concat();
        for image in ["nginx", "nginx:latest", "r:5000/x", "busybox:latest", "[::1]:5000/x", "[::1]/x", &latest] {
            assert_eq!(default_pull_policy(image), "Always", "{image}");
        }
        let odd = ["nginx:latest@sha256:zz", "nginx:latest@md5:0", "[::1]:x/x", "[]/x", &sum];
        for image in ["nginx:1", "nginx@sha256:0", "Nginx", "", " nginx", "nginx:"].into_iter().chain(odd) {
            assert_eq!(default_pull_policy(image), "IfNotPresent", "{image}");
        }
    }

    #[test]
    fn full_names() {
        for (image, full) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
            ("ghcr.io/a/b", "ghcr.io/a/b:latest"),
            ("localhost/a:1", "localhost/a:1"),
            ("docker.io/busybox", "docker.io/library/busybox:latest"),
        ] {
            assert_eq!(normalise(image), full);
        }
    }
}
