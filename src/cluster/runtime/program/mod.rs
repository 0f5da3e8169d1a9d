//! What a container's program does. In order: the annotation `podlab.dev/sim.<container>` says it; the command is one
//! that can be interpreted; the image is in the catalogue; else it is taken for a server, and said to be.

mod advice;
pub(crate) mod images;
mod layer;
pub(super) mod machine;
mod missing;
mod process;
mod scripted;
pub(crate) mod servers;
mod shell;
mod tools;
mod trial;

use std::rc::Rc;

use k8s_openapi::api::core::v1::{Container, Volume};

pub use advice::{ScriptAdvice, script_advice};
pub use trial::{Handled, Trial, run_script, run_tool};

pub(crate) use crate::api::sim::{PullRule, Verdict};
pub(crate) use layer::base_layer;
pub(crate) use machine::{Outside, Reply, Request, Setup, State as MachineState, Ticket};
pub(crate) use missing::missing;
pub(crate) use process::{ExecAnswer, HttpAnswer, Process, ProcessState, Workplace};
pub(crate) use servers::{Access, Question, Served};
pub(super) use tools::civil_text;

use super::files::Disks;
use crate::api::{Pod, sim};
use images::Image;

/// What a container's program does; the same for all its instances.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    behaviour: Behaviour,
    /// What the annotation says beside the behaviour, or the defaults.
    sim: sim::Sim,
    /// The signal that stops it, where the image says another than TERM.
    stop: Option<&'static str>,
}

/// Where the behaviour comes from.
#[derive(Clone, Debug)]
enum Behaviour {
    /// The scripted words of [`sim::Sim`].
    Scripted,
    /// A command that is interpreted.
    Script(Rc<[String]>),
    /// A well-known image.
    Catalogue(Image),
    /// Nothing is known: a server that runs until it is told to stop.
    Assumed,
    /// The program is not in the image: the runtime cannot start it.
    Missing(String),
}

/// Where a program's behaviour comes from, for the page to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramSource {
    /// The annotation says it.
    Annotation,
    /// The command is interpreted.
    Interpreted,
    /// The image is known.
    Catalogue,
    /// Nobody says it; it is taken for a server.
    Assumed,
}

impl Program {
    /// What `container` of `pod` does. With `sim_variables` the variable `SIM` speaks, as in the recordings.
    pub fn of(pod: &Pod, container: &Container, sim_variables: bool) -> Rc<Program> {
        let image = container.image.as_deref().unwrap_or_default();
        let command = container.command.as_deref().unwrap_or_default();
        let args = container.args.as_deref().unwrap_or_default();
        let mounts = container.volume_mounts.as_deref().unwrap_or_default();
        let mounted = |folder: &str| {
            mounts.iter().any(|mount| inside(&mount.mount_path, folder) || inside(folder, &mount.mount_path))
        };
        let volumes = pod.spec.volumes.as_deref().unwrap_or_default();
        let written = |path: &str| {
            let mount = mounts.iter().filter(|mount| inside(path, &mount.mount_path));
            let mount = mount.max_by_key(|mount| mount.mount_path.len());
            mount.is_some_and(|mount| volumes.iter().any(|volume| volume.name == mount.name && is_from_api(volume)))
        };
        let behaviour = || Self::behaviour(image, command, args, bounded(pod, container), &mounted, &written);
        let stop = images::find(image).and_then(|image| image.stop_signal());
        let said = if sim_variables {
            let variables = container.env.as_deref().unwrap_or_default();
            Some(variables.iter().find(|v| v.name == "SIM").and_then(|v| v.value.as_deref()).unwrap_or_default())
        } else {
            let annotations = pod.metadata.annotations.as_ref();
            let said = annotations
                .filter(|annotations| !annotations.is_empty())
                .and_then(|annotations| annotations.get(&format!("{}{}", sim::ANNOTATION_PREFIX, container.name)));
            said.map(String::as_str)
        };
        // Words that cannot be read are told of by the judge; the program then does what it would do without them.
        Rc::new(match said.map(sim::parse) {
            Some(Ok(said)) if sim_variables || says_more_than_pull(&said) => {
                Program { behaviour: Behaviour::Scripted, sim: said, stop: stop.filter(|_| !sim_variables) }
            }
            Some(Ok(said)) => Program { behaviour: behaviour(), sim: said, stop },
            _ => Program { behaviour: behaviour(), sim: sim::Sim::default(), stop },
        })
    }

    /// What `command` and `args` do in `image`; for containers that no manifest lists.
    pub fn of_image(image: &str, command: &[String], args: &[String]) -> Rc<Program> {
        let behaviour = Self::behaviour(image, command, args, false, &|_| false, &|_| false);
        let stop = images::find(image).and_then(|image| image.stop_signal());
        Rc::new(Program { behaviour, sim: sim::Sim::default(), stop })
    }

    /// `bounded` tells whether it may do less than it could, `mounted` whether something is mounted at or in a folder,
    /// `written` whether a path is in a volume whose files the API knows.
    fn behaviour(
        image: &str,
        command: &[String],
        args: &[String],
        bounded: bool,
        mounted: &dyn Fn(&str) -> bool,
        written: &dyn Fn(&str) -> bool,
    ) -> Behaviour {
        let known = images::find(image);
        let entry = || known.iter().flat_map(|image| image.entry().map(str::to_owned));
        if command.is_empty() && args.is_empty() {
            let own = |image: Image| {
                let bounded = bounded && image.writes().next().is_some();
                let own: Vec<String> = match image.config() {
                    // Its configuration says what it does.
                    Some((folder, command)) if bounded || mounted(folder) => command.map(str::to_owned).collect(),
                    _ => image.command().map(str::to_owned).collect(),
                };
                if own.is_empty() {
                    Behaviour::Catalogue(image)
                } else {
                    Behaviour::Script(entry().chain(own).collect())
                }
            };
            return known.map_or(Behaviour::Assumed, own);
        }
        // Options alone go to the program of the image, as its entry point has it.
        let program = known.and_then(|image| image.programs().next());
        if let (true, Some(program), Some('-')) =
            (command.is_empty(), program, args.first().and_then(|word| word.chars().next()))
        {
            let own = std::iter::once(program.to_owned());
            return Behaviour::Script(entry().chain(own).chain(args.iter().cloned()).collect());
        }
        // Arguments alone go to the image's own entry point; only a shell-like image runs them as a command.
        if command.is_empty() && !known.is_some_and(|image| image.runs_arguments()) {
            return known.map_or(Behaviour::Assumed, Behaviour::Catalogue);
        }
        let entry = entry().filter(|_| command.is_empty());
        let words: Rc<[String]> = entry.chain(command.iter().chain(args).cloned()).collect();
        match tools::knows(known, &words) {
            tools::Knows::Yes => Behaviour::Script(words),
            tools::Knows::Missing(program) => Behaviour::Missing(program),
            tools::Knows::No if words.first().is_some_and(|path| written(path)) => Behaviour::Script(words),
            tools::Knows::No => Behaviour::Assumed,
        }
    }

    /// The signal that stops it, where that is not TERM.
    pub fn stop_signal(&self) -> Option<&'static str> {
        self.stop
    }

    /// Whether it needs to know what the container is started with.
    pub fn is_interpreted(&self) -> bool {
        matches!(self.behaviour, Behaviour::Script(_)) || self.sim.ship.is_some()
    }

    /// The memory it uses, where the annotation says so.
    pub fn memory(&self, instance: u32) -> Option<u64> {
        self.sim.memory(instance)
    }

    /// How it answers simulated users, as far as the annotation says.
    pub fn serves(&self) -> sim::Serves {
        self.sim.serves
    }

    /// Where the behaviour comes from.
    pub fn source(&self) -> ProgramSource {
        match self.behaviour {
            Behaviour::Scripted => ProgramSource::Annotation,
            Behaviour::Script(_) | Behaviour::Missing(_) => ProgramSource::Interpreted,
            Behaviour::Catalogue(_) => ProgramSource::Catalogue,
            Behaviour::Assumed => ProgramSource::Assumed,
        }
    }

    /// The runtime's words when `instance` cannot be created.
    pub fn create_error(&self, instance: u32) -> Option<String> {
        self.sim.create_error.contains(instance).then(|| "failed to create container (scripted)".to_owned())
    }

    /// The runtime's words when `instance`, which is started with `setup`, cannot be.
    pub fn start_error(&self, instance: u32, setup: Option<&Setup>, disks: &mut Disks) -> Option<String> {
        match (&self.behaviour, setup) {
            (Behaviour::Missing(program), _) => Some(missing::not_begun(program, &missing(program))),
            (Behaviour::Script(words), Some(setup)) => {
                let program = expand(words.first()?, &setup.environment);
                let why = missing::fault(&program, setup, disks)?;
                Some(missing::not_begun(&program, &why))
            }
            _ => {
                let fails = self.sim.start_error.contains(instance);
                fails.then(|| missing::not_begun("nosuch", &missing("nosuch")))
            }
        }
    }

    /// How the image is pulled, where the annotation says so.
    pub fn pull(&self) -> Option<PullRule> {
        self.sim.pull
    }
}

/// Where the behaviour of `container` of `pod` comes from.
pub fn program_source(pod: &Pod, container: &Container) -> ProgramSource {
    match Program::of(pod, container, false).source() {
        // What is interpreted then is the image's own command.
        ProgramSource::Interpreted if container.command.is_none() && container.args.is_none() => {
            ProgramSource::Catalogue
        }
        source => source,
    }
}

/// Whether the security context takes something from the program that its image would have given it.
fn bounded(pod: &Pod, container: &Container) -> bool {
    let own = container.security_context.as_ref();
    own.is_some_and(|own| {
        own.read_only_root_filesystem == Some(true) || own.capabilities.is_some() || own.run_as_user.is_some()
    }) || pod.spec.security_context.as_ref().is_some_and(|pods| pods.run_as_user.is_some())
}

/// Whether `path` is `folder` or lies in it.
fn inside(path: &str, folder: &str) -> bool {
    let path = path.trim_end_matches('/');
    path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the API knows a volume's files.
pub(crate) fn is_from_api(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.secret.is_some()
        || volume.downward_api.is_some()
        || volume.projected.is_some()
}

/// Whether `sim` says anything about the program itself.
fn says_more_than_pull(said: &sim::Sim) -> bool {
    *said != sim::Sim { pull: said.pull, memory: said.memory.clone(), serves: said.serves, ..sim::Sim::default() }
}

/// Replaces `$(NAME)` by variables defined before; `$$` is one dollar sign
/// (kubelet: third_party/forked/golang/expansion).
pub(crate) fn expand(text: &str, variables: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let after = after.get(1..).unwrap_or_default();
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            match variables.iter().rev().find(|(known, _)| known == name) {
                Some((_, value)) => out.push_str(value),
                None => out.push_str(&format!("$({name})")),
            }
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// Replaces `$NAME` and `${NAME}` by variables, and by nothing where there is no such variable.
pub(crate) fn expand_plain(text: &str, variables: &[(String, String)]) -> String {
    let mut parts = text.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) =
            match part.strip_prefix('{').or(part.strip_prefix('(')).and_then(|it| it.split_once(['}', ')'])) {
                Some(found) => found,
                None => {
                    part.split_at(part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len()))
                }
            };
        out.push_str(variables.iter().rev().find(|(known, _)| known == name).map_or("", |(_, value)| value));
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Kind, Object};

    /// Where the behaviour of the only container comes from.
    fn source(container: serde_json::Value, annotation: &str) -> ProgramSource {
        let metadata = serde_json::json!({"name": "p", "annotations": {"podlab.dev/sim.app": annotation}});
        let pod = serde_json::json!({"metadata": metadata, "spec": {"containers": [container]}});
        let Object::Pod(pod) = Object::from_json(Kind::Pod, pod).unwrap() else { unreachable!() };
        Program::of(&pod, &pod.spec.containers[0], false).source()
    }

    #[test]
    fn what_is_said_goes_before_what_is_known() {
        let nginx = serde_json::json!({"name": "app", "image": "nginx"});
        assert_eq!(source(nginx.clone(), ""), ProgramSource::Catalogue);
        assert_eq!(source(nginx.clone(), "run=5"), ProgramSource::Annotation);
        assert_eq!(source(nginx.clone(), "pull=5"), ProgramSource::Catalogue);
        assert_eq!(source(nginx, "colour=red"), ProgramSource::Catalogue);
    }

    #[test]
    fn arguments_go_to_the_entry_point_of_the_image() {
        let git = serde_json::json!({"name": "app", "image": "alpine/git", "args": ["clone", "https://example.com/a"]});
        assert_eq!(source(git, ""), ProgramSource::Interpreted);
        let unknown = serde_json::json!({"name": "app", "image": "example.com/a", "args": ["--port", "80"]});
        assert_eq!(source(unknown, ""), ProgramSource::Assumed);
    }

    #[test]
    fn variables_are_expanded_as_the_kubelet_does() {
        let known = [("A".to_owned(), "1".to_owned())];
        assert_eq!(expand("$(A)-$$(A)-$(B)-$", &known), "1-$(A)-$(B)-$");
    }
}
