//! The files of a volume at any instant, made of what the journal says of their changes.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::Run;
use crate::cluster::{FileChange, FileNote, Time, Toucher};

/// A file of a volume at an instant.
#[derive(Clone, Debug, PartialEq)]
pub enum VolumeFile {
    /// Its bytes, and how many zeros come after them that nobody keeps.
    File(Vec<u8>, u64),
    /// A folder.
    Folder,
    /// A link to a path.
    Link(Rc<str>),
}

/// What a file of a volume is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link to this path.
    Link(Rc<str>),
}

/// A file of a volume as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Its name from the volume's root.
    pub path: Rc<str>,
    /// What it is.
    pub kind: FileKind,
    /// Its length in bytes.
    pub size: u64,
    /// When it changed last.
    pub changed: Time,
}

/// What a volume holds at an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskScene {
    /// Its files by their names; a folder is listed where it is empty.
    pub files: Vec<FileRow>,
    /// How many bytes all of them have.
    pub used: u64,
    /// When any of them changed last.
    pub changed: Option<Time>,
    /// Which container wrote last.
    pub wrote: Option<Touch>,
    /// Which container read last.
    pub read: Option<Touch>,
}

/// That a container has written or read a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// When.
    pub at: Time,
    /// Who.
    pub by: Toucher,
    /// The file's name from the volume's root.
    pub path: Rc<str>,
}

/// A volume that is watched as the playhead goes on: what changed before is not gone through again.
#[derive(Clone, Debug, Default)]
pub struct DiskView {
    /// How many of its changes have been gone through.
    seen: usize,
    rows: BTreeMap<Rc<str>, FileRow>,
    changed: Option<Time>,
    wrote: Option<Touch>,
    read: Option<Touch>,
    scene: Rc<DiskScene>,
}

impl DiskView {
    /// What the volume `disk` ([`crate::cluster::volume_keys`]) holds at `at`; one view is for one volume. As long as
    /// nothing changed the answer is the same [`Rc`].
    pub fn look(&mut self, run: &Run, disk: &str, at: Time) -> Rc<DiskScene> {
        let length = run.chronicle().files_length(disk, at);
        if length == self.seen {
            return self.scene.clone();
        }
        if length < self.seen {
            *self = Self::default();
        }
        for (at, note) in run.chronicle().files_between(disk, self.seen, length) {
            self.take(at, note);
        }
        self.seen = length;
        let holds = |folder: &str| {
            let below: Rc<str> = format!("{folder}/").into();
            self.rows.range(below.clone()..).next().is_some_and(|(path, _)| path.starts_with(&*below))
        };
        let listed = self.rows.values().filter(|row| row.kind != FileKind::Folder || !holds(&row.path));
        self.scene = Rc::new(DiskScene {
            files: listed.cloned().collect(),
            used: self.rows.values().map(|row| row.size).sum(),
            changed: self.changed,
            wrote: self.wrote.clone(),
            read: self.read.clone(),
        });
        self.scene.clone()
    }

    fn take(&mut self, at: Time, note: &FileNote) {
        let touch = note.by.clone().map(|by| Touch { at, by, path: note.path.clone() });
        if note.change == FileChange::Read {
            self.read = touch.or(self.read.take());
            return;
        }
        self.changed = Some(at);
        self.wrote = touch.or(self.wrote.take());
        let (kind, size) = match &note.change {
            FileChange::Appended(bytes) => {
                let before = self.rows.get(&note.path).map_or(0, |row| row.size);
                (FileKind::File, before + bytes.len() as u64)
            }
            FileChange::Set(bytes, zeros) => (FileKind::File, bytes.len() as u64 + zeros),
            FileChange::Folder => (FileKind::Folder, 0),
            FileChange::Link(target) => (FileKind::Link(target.clone()), target.len() as u64),
            FileChange::Read => return,
            FileChange::Removed => {
                let below = format!("{}/", note.path);
                self.rows.retain(|path, _| *path != note.path && !path.starts_with(&below));
                return;
            }
        };
        self.rows.insert(note.path.clone(), FileRow { path: note.path.clone(), kind, size, changed: at });
    }
}

impl Run {
    /// The file `path` of the volume `disk` ([`crate::cluster::volume_keys`]) as it is at `at`; none where there is none.
    pub fn file(&self, disk: &str, path: &str, at: Time) -> Option<VolumeFile> {
        let mut file = None;
        for (_, note) in self.chronicle().files_between(disk, 0, self.chronicle().files_length(disk, at)) {
            let own = *note.path == *path;
            match &note.change {
                FileChange::Removed => {
                    let inside = path.strip_prefix(&*note.path).is_some_and(|rest| rest.starts_with('/'));
                    file = file.filter(|_| !own && !inside);
                }
                FileChange::Read => {}
                _ if !own => {}
                FileChange::Appended(bytes) => match &mut file {
                    Some(VolumeFile::File(so_far, _)) => so_far.extend_from_slice(bytes),
                    _ => file = Some(VolumeFile::File(bytes.to_vec(), 0)),
                },
                FileChange::Set(bytes, zeros) => file = Some(VolumeFile::File(bytes.to_vec(), *zeros)),
                FileChange::Folder => file = Some(VolumeFile::Folder),
                FileChange::Link(target) => file = Some(VolumeFile::Link(target.clone())),
            }
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Config};
    use crate::manifest;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  volumes:\n  - name: v\n    emptyDir: {}\n  \
        containers:\n  - name: a\n    image: busybox\n    volumeMounts: [{name: v, mountPath: /v}]\n    command: [sh, -c, \
        'mkdir /v/sub; echo one >> /v/sub/log; sleep 2; echo two >> /v/sub/log; sleep 2; rm -r /v/sub; echo x > /v/y; sleep 99']\n";

    #[test]
    fn a_volume_is_seen_at_any_instant_whichever_way_one_comes() {
        let mut run = Run::new(Config::default());
        for object in manifest::check(POD, "p.yaml").accepted_objects() {
            run.act(Time::ZERO, Action::Create(object.clone())).unwrap();
        }
        let time = Time::from_secs_f64;
        run.run_until(time(20.0));
        let life = run.pods().first().unwrap().clone();
        let disk = format!("{}/v", life.uid);
        let mut view = DiskView::default();
        let mut told = |at: f64| {
            let scene = view.look(&run, &disk, time(at));
            let files: Vec<String> = scene.files.iter().map(|row| format!("{} {}", row.path, row.size)).collect();
            (files.join(", "), scene.used)
        };
        assert_eq!(told(0.1), (String::new(), 0));
        let end = told(20.0);
        assert_eq!(end, ("y 2".to_owned(), 2));
        // Backwards, and forwards again.
        let middle = (10..80).map(|tenth| told(f64::from(tenth) / 10.0)).collect::<Vec<_>>();
        assert!(
            middle.contains(&("sub/log 4".to_owned(), 4)) && middle.contains(&("sub/log 8".to_owned(), 8)),
            "{middle:?}"
        );
        assert_eq!(told(20.0), end);
        assert_eq!(run.file(&disk, "y", time(20.0)), Some(VolumeFile::File(b"x\n".to_vec(), 0)));
        assert_eq!(run.file(&disk, "sub/log", time(20.0)), None);
    }

    #[test]
    fn what_comes_from_the_api_was_written_by_no_container() {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {mode: fast}\n---\n\
            apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  volumes: [{name: v, configMap: {name: c}}, {name: own, \
            emptyDir: {}}]\n  containers:\n  - name: a\n    image: busybox\n    volumeMounts: [{name: v, mountPath: /v}, {name: own, \
            mountPath: /own}]\n    command: [sh, -c, 'cat /v/mode > /own/mode; sleep 99']\n";
        let mut run = Run::new(Config::default());
        for object in manifest::check(text, "p.yaml").accepted_objects() {
            run.act(Time::ZERO, Action::Create(object.clone())).unwrap();
        }
        let end = Time::from_secs_f64(20.0);
        run.run_until(end);
        let uid = run.pods().first().unwrap().uid.clone();
        let look = |name: &str| DiskView::default().look(&run, &format!("{uid}/{name}"), end);
        let (given, own) = (look("v"), look("own"));
        assert_eq!(given.files.iter().map(|row| &*row.path).collect::<Vec<_>>(), ["mode"]);
        assert_eq!((given.wrote.is_some(), own.wrote.is_some()), (false, true));
    }
}
