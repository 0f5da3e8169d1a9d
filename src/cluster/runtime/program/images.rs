//! Well-known images: what they do when nothing else is said. The list is `images.txt`, for people to extend.

use std::sync::LazyLock;
use std::time::Duration;

use collections::Map;

use super::process::{ExitReason, ProcessState, ended};
use super::tools::civil_text;
use crate::cluster::Time;

/// The list; how it is written stands at its beginning.
const LIST: &str = include_str!("images.txt");

/// One image of the catalogue: a part of the list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Image {
    pub name: &'static str,
    lines: &'static [Line],
}

/// What a line is about, and what it says of it.
type Line = (&'static str, &'static str);

/// The parts of the list: it is a text, and thousands of Pods ask for the same few images, each at every probe.
static PARTS: LazyLock<Vec<(&'static str, Vec<Line>)>> = LazyLock::new(|| {
    let parts = LIST.split("\n\n").filter(|part| !part.trim_start().starts_with('#'));
    let read = |part: &'static str| {
        let (name, text) = part.trim_start().split_once('\n')?;
        Some((name, text.lines().filter_map(|line| line.trim_start().split_once(' ')).collect()))
    };
    parts.filter_map(read).collect()
});

/// Every image of the list.
fn all() -> impl Iterator<Item = Image> {
    PARTS.iter().map(|(name, lines)| Image { name, lines })
}

/// The repository of an image as manifests write it, without registry, `library/`, tag and digest.
fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or_default();
    let name = match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => name,
    };
    let name = match name.split_once('/') {
        Some((registry, rest)) if registry.contains('.') || registry.contains(':') || registry == "localhost" => rest,
        _ => name,
    };
    name.strip_prefix("library/").unwrap_or(name)
}

/// The tag of an image as manifests write it; empty where there is none.
pub(crate) fn tag(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or_default();
    name.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/')).unwrap_or_default()
}

/// The catalogue by name.
static BY_NAME: LazyLock<Map<&'static str, Image>> = LazyLock::new(|| {
    let mut known = Map::new();
    for image in all() {
        for name in [image.name].into_iter().chain(image.words("also")) {
            if !known.contains_key(name) {
                known.insert(name, image);
            }
        }
    }
    known
});

/// The catalogue's entry for an image as manifests write it. Where one of its tags is another program it has an entry of
/// its own: `php:apache` is `php:8-apache`.
pub(crate) fn find(image: &str) -> Option<Image> {
    let name = repository(image);
    let special = image.ends_with("apache").then(|| BY_NAME.get(&*format!("{name}:apache"))).flatten();
    special.or_else(|| BY_NAME.get(name)).copied()
}

/// The image that serves when `program` is run.
pub(crate) fn serving(program: &str) -> Option<Image> {
    all().find(|image| image.programs().any(|known| known == program))
}

impl Image {
    fn value(&self, key: &str) -> Option<&'static str> {
        self.lines.iter().find(|(about, _)| *about == key).map(|(_, said)| *said)
    }

    fn words(&self, key: &str) -> impl Iterator<Item = &'static str> + use<> {
        self.value(key).unwrap_or_default().split_whitespace()
    }

    /// Its family of tools, and tools it has beside those.
    pub fn tools(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.words("tools")
    }

    /// Programs that serve as the image does.
    pub fn programs(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.words("program")
    }

    /// Whether it has a shell.
    pub fn has_shell(&self) -> bool {
        self.words("tools").next() != Some("none")
    }

    /// The ports it listens on.
    pub fn ports(&self) -> impl Iterator<Item = u16> + use<> {
        self.words("ports").filter_map(|port| port.parse().ok())
    }

    /// How long it takes until it serves.
    pub fn start_up(self) -> Duration {
        seconds(self.value("start"))
    }

    /// Its size, bytes.
    pub fn size(&self) -> Option<u64> {
        Some(self.value("size")?.parse::<u64>().ok()? << 20)
    }

    /// The user it runs as, where that is not root.
    pub fn user(&self) -> Option<u32> {
        self.value("user")?.parse().ok()
    }

    /// The name of that user, where the image says a name instead of a number.
    pub fn user_name(&self) -> Option<&'static str> {
        self.value("username")
    }

    /// The signal that stops it, where that is not TERM.
    pub fn stop_signal(&self) -> Option<&'static str> {
        self.words("stop").next().filter(|name| *name != "TERM")
    }

    /// The folder its programs start in.
    pub fn folder(&self) -> &'static str {
        self.value("folder").unwrap_or("/")
    }

    /// Variables of its environment.
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        self.words("env").filter_map(|word| word.split_once('='))
    }

    /// The program that its entry point puts before the arguments.
    pub fn entry(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.words("entry")
    }

    /// The command that it runs where none is said and it is not enough to know that it serves.
    pub fn command(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.words("cmd")
    }

    /// The file that is there once its database is made.
    pub fn data(&self) -> Option<&'static str> {
        self.value("data")
    }

    /// The variables of which its entry point wants one before it makes a database: a name, or `NAME=value`.
    pub fn needs(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.words("needs")
    }

    /// What its entry point says where none of them is there.
    pub fn lacks(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.value("lacks").unwrap_or_default().split("\\n")
    }

    /// The folders that it makes when it starts, and at last the file with its process id.
    pub fn writes(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.words("writes")
    }

    /// Whether arguments alone are a command to run.
    pub fn runs_arguments(&self) -> bool {
        self.has_shell() && self.value("args") != Some("own")
    }

    /// How it answers, and the folder it serves (or the text it answers); nothing where nothing is known of it.
    pub fn serves(&self) -> (&'static str, &'static str) {
        let said = self.value("serves").unwrap_or_default();
        said.split_once(' ').unwrap_or((said, ""))
    }

    /// Whether what it serves are pages over HTTP/1.
    pub fn serves_pages(&self) -> bool {
        matches!(self.serves().0, "nginx" | "apache" | "files" | "text")
    }

    /// The folder of its configuration, and the command that reads it.
    pub fn config(&self) -> Option<(&'static str, impl Iterator<Item = &'static str> + use<>)> {
        let (folder, command) = self.value("config")?.split_once(' ')?;
        Some((folder, command.split_whitespace()))
    }

    /// Files it brings: name and text.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        self.lines.iter().filter(|(about, _)| *about == "file").filter_map(|(_, said)| said.split_once(' '))
    }

    /// How it takes the signal that stops it: exits after a while with a code, or not at all.
    pub fn on_term(&self) -> Option<(Duration, i32)> {
        let mut words = self.words("stop");
        let _signal = words.next()?;
        let code = words.next()?.parse().ok()?;
        Some((words.next().map_or(Duration::from_millis(50), |after| seconds(Some(after))), code))
    }

    /// The code it ends with when it is given no command; none: it serves.
    pub fn ends(&self) -> Option<i32> {
        self.value("ends").and_then(|code| code.parse().ok())
    }

    /// Its line of that number: when it is written, whether to standard error, and the text before [`stamped`].
    pub fn line(&self, number: usize, started: Time) -> Option<(Time, bool, &'static str)> {
        let lines = || self.lines.iter().filter(|(about, _)| matches!(*about, "!" | ">"));
        let (about, text) = *lines().nth(number)?;
        let stderr = about == "!";
        // The first lines come while it starts, the last one when it is ready.
        let count = u32::try_from(lines().count()).unwrap_or(1).max(1);
        let part = u32::try_from(number + 1).unwrap_or(1);
        Some((started + self.start_up().saturating_mul(part) / count, stderr, text))
    }

    /// What it does by itself up to `now`.
    pub fn advance(
        &self,
        started: Time,
        now: Time,
        epoch: i64,
        written: &mut usize,
        lines: &mut Vec<(bool, String)>,
    ) -> ProcessState {
        while let Some((at, stderr, text)) = self.line(*written, started) {
            if at > now {
                return ProcessState::Runs { wake: Some(at) };
            }
            lines.push((stderr, filled(text, self.ports().next().as_ref(), epoch, now)));
            *written += 1;
        }
        match self.ends() {
            None => ProcessState::Runs { wake: None },
            Some(code) => ended(code, ExitReason::of_code(code), None),
        }
    }

    /// Whether it listens on `port` at `age`.
    pub fn listens(&self, port: u16, age: Duration) -> bool {
        age >= self.start_up() && self.ports().any(|own| own == port)
    }
}

/// What a program does that finds its port taken: what it writes, and after how long it ends with which code.
pub(crate) fn taken(image: Option<Image>, port: u16, epoch: i64, now: Time) -> (Vec<String>, Duration, i32) {
    let said = image.and_then(|image| image.value("taken"));
    let mut words = said.unwrap_or("1 0 listen tcp :{port}: bind: address already in use").splitn(3, ' ');
    let code = words.next().and_then(|code| code.parse().ok()).unwrap_or(1);
    let after = seconds(words.next());
    let lines = words.next().unwrap_or_default().split("\\n");
    let line = |line: &str| filled(line, Some(&port), epoch, now);
    (lines.map(line).collect(), after, code)
}

fn seconds(text: Option<&str>) -> Duration {
    let seconds = text.and_then(|text| text.parse::<f64>().ok()).filter(|seconds| (0.0..1e6).contains(seconds));
    Duration::from_secs_f64(seconds.unwrap_or(0.0))
}

/// The bytes of a file as the list writes it: in one line, with `\n` where another begins.
pub(crate) fn file_text(said: &str) -> String {
    said.replace("\\n", "\n") + "\n"
}

/// A line with its time and the port that `{port}` stands for.
pub(crate) fn filled(text: &str, port: Option<&u16>, epoch: i64, now: Time) -> String {
    let line = stamped(text, epoch, now);
    match port {
        Some(port) => line.replace("{port}", &port.to_string()),
        None => line,
    }
}

/// A line with its time: `{…}` holds a form of `strftime`.
pub(crate) fn stamped(text: &str, epoch: i64, now: Time) -> String {
    match text.split_once("{%").and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
        Some((before, (form, after))) => format!("{before}{}{after}", civil_text(&format!("%{form}"), epoch, now)),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_found_whatever_their_registry_and_tag() {
        for image in ["nginx", "nginx:1.27", "docker.io/library/nginx:1.27", "localhost:5000/nginx@sha256:0"] {
            assert_eq!(find(image).map(|image| image.name), Some("nginx"), "{image}");
        }
        assert!(find("registry.example.com/team/nginx-proxy:1").is_none());
        let tags = ["nginx", "docker.io/library/nginx:1.27", "localhost:5000/nginx@sha256:0"].map(tag);
        assert_eq!(tags, ["", "1.27", ""]);
        let name = |image| find(image).map(|image| image.name);
        assert_eq!((name("php:8-apache"), name("php:8-cli")), (Some("php:apache"), Some("php")));
    }

    #[test]
    fn the_list_is_sorted_and_every_line_of_it_is_understood() {
        let names: Vec<&str> = all().map(|image| image.name).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        assert!(names.len() >= 40, "{}", names.len());
        let keys = [
            "also", "args", "cmd", "config", "data", "ends", "entry", "env", "file", "folder", "lacks", "needs",
            "ports", "program", "serves", "size", "start", "stop", "taken", "tools", "user", "username", "writes", ">",
            "!",
        ];
        let parts = LIST.split("\n\n").filter(|part| !part.trim_start().starts_with('#'));
        let lines = parts.flat_map(|part| part.trim_start().lines().skip(1));
        for line in lines.clone() {
            let key = line.trim_start().split(' ').next().unwrap_or_default();
            assert!(keys.contains(&key), "{line}");
        }
        assert_eq!(all().map(|image| image.lines.len()).sum::<usize>(), lines.count());
        for image in all() {
            assert!(image.size().is_some(), "{} has no size", image.name);
            assert!(matches!(image.tools().next(), Some("busybox" | "alpine" | "debian" | "none")), "{}", image.name);
        }
    }

    #[test]
    fn lines_have_their_time() {
        assert_eq!(stamped("{%Y-%m-%d} x", 1_767_225_600, Time::ZERO), "2026-01-01 x");
        assert_eq!(stamped("{\"a\": 1}", 0, Time::ZERO), "{\"a\": 1}");
    }
}
