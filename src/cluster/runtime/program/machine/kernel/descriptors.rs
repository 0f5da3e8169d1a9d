//! What a process does with its descriptors: opening, reading, seeking, writing.

use super::super::{Io, MEMORY};
use super::{CAPTURED, Cx, PIPE, Pipe, READS, Read, Target, Written};
use crate::cluster::runtime::files::{Body, FileError, Place};

impl Cx<'_, '_> {
    /// Opens the file at an absolute path. `write` is `Some(append)`.
    pub fn open_file(&mut self, path: &str, write: Option<bool>, cut: bool, io: &Io) -> Result<u32, FileError> {
        let number = |prefix: &str| path.strip_prefix(prefix).and_then(|rest| rest.parse::<u8>().ok());
        let device = match path {
            "/dev/null" | "/dev/full" | "/dev/tty" => Some(Target::Null),
            "/dev/zero" => Some(Target::Zero),
            "/dev/urandom" | "/dev/random" => Some(Target::Noise),
            "/proc/1/fd/1" => Some(Target::Log(false)),
            "/proc/1/fd/2" => Some(Target::Log(true)),
            _ => None,
        };
        if let Some(target) = device {
            return Ok(self.kernel.open(target));
        }
        let own = match path {
            "/dev/stdin" => Some(0),
            "/dev/stdout" => Some(1),
            "/dev/stderr" => Some(2),
            _ => number("/dev/fd/").or_else(|| number("/proc/self/fd/")),
        };
        if let Some(fd) = own {
            let handle = io.fds.get(&fd).copied().ok_or(FileError::NotFound)?;
            return Ok(self.kernel.duplicate(handle));
        }
        let mode = 0o666 & !io.umask;
        let mut files = self.files(io.user);
        let (place, inode, body) = match write {
            Some(append) => files.create(path, cut && !append, mode)?,
            None => files.open(path)?,
        };
        if body == Body::Fifo {
            let key = (place, inode);
            let id = match self.kernel.fifos.get(&key) {
                Some(id) => *id,
                None => {
                    let id = self.kernel.next_handle;
                    self.kernel.next_handle += 1;
                    self.kernel.pipes.insert(id, Pipe { waits: true, ..Pipe::default() });
                    self.kernel.fifos.insert(key, id);
                    id
                }
            };
            return Ok(self.kernel.open(Target::Pipe(id, write.is_some())));
        }
        let handle = self.kernel.open(Target::File(place, inode));
        if let Some(open) = self.kernel.opens.get_mut(&handle) {
            open.append = write == Some(true);
        }
        Ok(handle)
    }

    /// Reads up to `most` bytes.
    pub fn read(&mut self, handle: u32, most: usize) -> Read {
        let read = self.read_some(handle, most);
        if let Read::Data(data) = &read {
            self.kernel.spend(data.len());
        }
        read
    }

    fn read_some(&mut self, handle: u32, most: usize) -> Read {
        let Some(open) = self.kernel.opens.get(&handle) else { return Read::End };
        let offset = open.offset;
        let data = match &open.target {
            Target::Log(_) | Target::Null | Target::Captured(_) => return Read::End,
            Target::Zero => return Read::Data(vec![0; most]),
            Target::Noise => {
                let noise = (0..most.min(4_096)).map(|_| self.kernel.random() as u8).collect();
                return Read::Data(noise);
            }
            Target::Pipe(id, _) => {
                let Some(pipe) = self.kernel.pipes.get_mut(id) else { return Read::End };
                if pipe.data.is_empty() {
                    return if pipe.writers == 0 && !pipe.waits { Read::End } else { Read::Wait };
                }
                let count = pipe.data.len().min(most);
                return Read::Data(pipe.data.drain(..count).collect());
            }
            Target::File(place, inode) => {
                let (place, inode) = (place.clone(), *inode);
                if self.files(0).size_of(&place, inode).is_some_and(|_| self.is_folder(&place, inode)) {
                    return Read::End;
                }
                if let Place::Disk(disk) = &place
                    && self.kernel.reads.len() < READS
                    && !self.kernel.reads.iter().any(|(known, number)| known == disk && *number == inode)
                {
                    self.kernel.reads.push((disk.clone(), inode));
                }
                self.files(0).read_at(&place, inode, offset, most)
            }
            Target::Text(text) => {
                let start = (offset as usize).min(text.len());
                let end = start.saturating_add(most).min(text.len());
                text.get(start..end).unwrap_or_default().to_vec()
            }
        };
        if data.is_empty() {
            return Read::End;
        }
        if let Some(open) = self.kernel.opens.get_mut(&handle) {
            open.offset += data.len() as u64;
        }
        Read::Data(data)
    }

    fn is_folder(&self, place: &Place, inode: u32) -> bool {
        let tree = match place {
            Place::Layer => &**self.kernel.layer,
            Place::Disk(key) => match self.outside.disks.get(key) {
                Some(disk) => &disk.tree,
                None => return false,
            },
        };
        tree.inode(inode).is_some_and(|inode| inode.body == Body::Folder)
    }

    /// Reads up to and with the next end of line, no further; what was read so far is in `line`. `Some(true)`: a line
    /// is complete, `Some(false)`: the end came first, none: more has to come.
    pub fn read_line(&mut self, handle: u32, line: &mut Vec<u8>) -> Option<bool> {
        if let Some(Target::Pipe(id, _)) = self.kernel.target(handle) {
            let id = *id;
            let Some(pipe) = self.kernel.pipes.get_mut(&id) else { return Some(false) };
            match pipe.data.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    line.extend(pipe.data.drain(..=end));
                    return Some(true);
                }
                None => line.extend(pipe.data.drain(..)),
            }
            return (pipe.writers == 0 && !pipe.waits).then_some(false);
        }
        loop {
            let before = self.kernel.opens.get(&handle).map_or(0, |open| open.offset);
            let Read::Data(data) = self.read(handle, 512) else { return Some(false) };
            let end = data.iter().position(|byte| *byte == b'\n');
            let part = data.get(..end.map_or(data.len(), |end| end + 1)).unwrap_or_default();
            line.extend_from_slice(part);
            if let Some(open) = self.kernel.opens.get_mut(&handle) {
                open.offset = before + part.len() as u64;
            }
            if end.is_some() {
                return Some(true);
            }
            if line.len() > MEMORY {
                return Some(false);
            }
        }
    }

    /// Moves to `offset` in a file; where it is, without it.
    pub fn seek(&mut self, handle: u32, offset: u64) {
        if let Some(open) = self.kernel.opens.get_mut(&handle) {
            open.offset = offset;
        }
    }

    /// The place in an open file, its length, and where in it reading goes on.
    pub fn position(&mut self, handle: u32) -> Option<(Place, u32, u64, u64)> {
        let open = self.kernel.opens.get(&handle)?;
        let Target::File(place, inode) = &open.target else { return None };
        let (place, inode, offset) = (place.clone(), *inode, open.offset);
        let size = self.files(0).size_of(&place, inode).unwrap_or(0);
        Some((place, inode, size, offset))
    }

    pub(in super::super) fn write(&mut self, handle: u32, data: &[u8]) -> Written {
        self.kernel.spend(data.len());
        let Some(open) = self.kernel.opens.get(&handle) else { return Written::All };
        match &open.target {
            Target::Log(stderr) => {
                let stderr = *stderr;
                self.kernel.log(stderr, data, self.outside)
            }
            Target::Null | Target::Zero | Target::Noise | Target::Text(_) => Written::All,
            Target::Captured(stderr) => {
                let captured = &mut self.kernel.captured;
                let room = CAPTURED.saturating_sub(captured.all.len()).min(data.len());
                let data = data.get(..room).unwrap_or_default();
                captured.all.extend_from_slice(data);
                let own = if *stderr { &mut captured.stderr } else { &mut captured.stdout };
                own.extend_from_slice(data);
                Written::All
            }
            Target::Pipe(id, _) => {
                let Some(pipe) = self.kernel.pipes.get_mut(id) else { return Written::Broken };
                if pipe.readers == 0 && !self.kernel.fifos.values().any(|fifo| fifo == id) {
                    return Written::Broken;
                }
                let room = PIPE.saturating_sub(pipe.data.len()).min(data.len());
                pipe.data.extend(data.get(..room).unwrap_or_default());
                if room == data.len() { Written::All } else { Written::Some(room, None) }
            }
            Target::File(place, inode) => {
                let (place, inode, append, offset) = (place.clone(), *inode, open.append, open.offset);
                let mut files = self.files(0);
                let offset = if append { files.size_of(&place, inode).unwrap_or(0) } else { offset };
                if let Err(error) = files.write(&place, inode, offset, data) {
                    return Written::Failed(error);
                }
                self.seek(handle, offset + data.len() as u64);
                Written::All
            }
        }
    }
}
