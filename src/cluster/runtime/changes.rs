//! What programs do to the files of volumes, as the journal tells it; and who is woken by it.

use std::rc::Rc;
use std::time::Duration;

use super::files::{Body, DiskChange, Stat, atomic};
use super::program::Process;
use super::{Due, Runtime, Timer, World};
use crate::cluster::{FileChange, FileNote, Happening, Toucher};

/// That somebody reads a file is told so often while nobody else does.
const TOLD: Duration = Duration::from_secs(10);
/// A change is seen a moment later, so that two who wait for one another take time.
const SEEN: Duration = Duration::from_millis(1);

impl Runtime {
    /// Notes what an instance has changed and read in its volumes.
    pub(super) fn note_files_of(&mut self, uid: &Rc<str>, id: u64, name: &Rc<str>, world: &mut World) {
        let live = self.pods.get_mut(uid).map(Rc::make_mut).and_then(|pod| pod.live.get_mut(&id));
        let mut reads = Vec::new();
        let mut keys: Vec<Rc<str>> = Vec::new();
        if let Some(live) = live {
            reads = live.process.as_mut().and_then(Process::machine).map(|machine| machine.reads()).unwrap_or_default();
            let setup = live.process.as_ref().and_then(Process::setup).or(live.setup.as_ref());
            keys.extend(setup.into_iter().flat_map(|setup| setup.mounts.iter()).map(|mount| mount.disk.clone()));
        } else if let Some(pod) = self.pods.get(uid) {
            // It has ended in this step.
            keys.extend(super::volumes::keys(&pod.pod).map(|(_, key)| key));
        }
        let by = Toucher { pod: uid.clone(), container: name.clone() };
        for (disk, inode) in reads {
            let Some(path) = self.disks.get(&disk).and_then(|disk| disk.tree.name_of(inode)) else { continue };
            let path = atomic::plain(path);
            let last = self.readers.get(&(disk.clone(), path.clone()));
            if last.is_some_and(|(reader, at)| *reader == id && world.now.since(*at) < TOLD) {
                continue;
            }
            self.readers.insert((disk.clone(), path.clone()), (id, world.now));
            let note = FileNote { disk, path, change: FileChange::Read, by: Some(by.clone()) };
            world.note(Happening::Files(Rc::new(note)));
        }
        self.note_files(keys, Some(by), world);
    }

    /// Notes what has changed in these volumes, and wakes those who wait for it.
    pub(super) fn note_files(&mut self, keys: Vec<Rc<str>>, by: Option<Toucher>, world: &mut World) {
        let mut changed: Vec<Rc<str>> = Vec::new();
        for key in keys {
            let Some(disk) = self.disks.get_mut(&key).filter(|disk| !disk.changes.is_empty()) else { continue };
            let disk = Rc::make_mut(disk);
            // Whoever starts first is not to blame for what the kubelet has laid there before.
            let by = by.as_ref().filter(|_| !disk.from_api);
            for change in std::mem::take(&mut disk.changes) {
                let (path, change) = match change {
                    DiskChange::Appended(path, bytes) => (path, FileChange::Appended(bytes.into())),
                    DiskChange::Removed(path) => (path, FileChange::Removed),
                    DiskChange::Set(path) => {
                        // What the kubelet has written lies behind links.
                        let body = match disk.tree.stat(&path) {
                            Some(Stat { body: Body::Link(target), .. }) if !target.starts_with("..data/") => {
                                Some(Body::Link(target))
                            }
                            _ => disk.tree.stat(&disk.tree.follow(&path)).map(|stat| stat.body),
                        };
                        let change = match body {
                            Some(Body::File(bytes, zeros)) => FileChange::Set(bytes, zeros),
                            Some(Body::Link(target)) => FileChange::Link(target),
                            Some(Body::Folder) => FileChange::Folder,
                            Some(Body::Fifo) => continue,
                            None => FileChange::Removed,
                        };
                        (path, change)
                    }
                };
                let note = FileNote { disk: key.clone(), path, change, by: by.cloned() };
                world.note(Happening::Files(Rc::new(note)));
            }
            changed.push(key);
        }
        for key in changed {
            // A volume of a Pod's own is seen by that Pod alone.
            match key.split_once('/') {
                Some((uid, _)) if self.pods.contains_key(uid) => {
                    let uid: Rc<str> = uid.into();
                    self.wake_watchers(&uid, &key, world);
                }
                _ => {
                    let uids: Vec<Rc<str>> = self.pods.keys().cloned().collect();
                    uids.iter().for_each(|uid| self.wake_watchers(uid, &key, world));
                }
            }
        }
    }

    fn wake_watchers(&mut self, uid: &Rc<str>, key: &Rc<str>, world: &mut World) {
        let Some(pod) = self.pods.get_mut(uid) else { return };
        let watches = |live: &super::Live| {
            let setup = live.process.as_ref().and_then(Process::setup).or(live.setup.as_ref());
            setup.is_some_and(|setup| setup.mounts.iter().any(|mount| mount.disk == *key))
                && live.process.as_ref().is_some_and(Process::watches)
        };
        let ids: Vec<u64> = pod.live.iter().filter(|(_, live)| watches(live)).map(|(id, _)| *id).collect();
        for id in ids {
            if let Some(live) = Rc::make_mut(pod).live.get_mut(&id) {
                live.token = live.token.wrapping_add(1);
                world.wake(SEEN, Due::Runtime(Timer::Process { pod: uid.clone(), id, token: live.token }));
            }
        }
    }
}
