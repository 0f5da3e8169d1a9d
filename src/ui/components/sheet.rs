//! What was opened from the stage, laid over its lower part: the files of a volume. It follows the playhead.

use std::rc::Rc;

use yew::{AttrValue, Html, Properties, component, html, use_effect_with, use_memo};

use super::stage_vessel::{content, kind, mounted, touched};
use crate::cluster::{ObjectKey, Time};
use crate::trace::scene::{PodScene, VolumeScene};
use crate::trace::{DiskScene, FileKind, FileRow, VolumeFile};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::bytes::{self, size};
use crate::ui::model::clock::clock;
use crate::ui::platform::focus;
use crate::ui::sender::use_sender;
use crate::ui::session::Session;
use crate::ui::state::{Msg, Same, Sheet};
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub pod: Same<PodScene>,
    pub volume: VolumeScene,
    pub file: Option<Rc<str>>,
    pub session: Session,
    pub at: Time,
}

#[component]
pub(crate) fn VolumeSheet(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let (volume, key) = (&props.volume, props.pod.key.clone());
    let disk = Same(props.session.disk(props.at, &volume.disk));
    // Where none is chosen, the first is: whoever opens a volume wants to see what is in it.
    let first = || disk.files.iter().find(|row| row.kind != FileKind::Folder).or_else(|| disk.files.first());
    let file = props.file.clone().or_else(|| Some(first()?.path.clone()));
    // Opened by hand, it takes the focus; scrubbing does not.
    use_effect_with((), |()| {
        let lent = focus::Lent::now();
        move || drop(lent)
    });
    use_effect_with(volume.name.clone(), |_| focus::by_id("sheet-close"));
    let open = {
        let (key, name) = (key.clone(), volume.name.clone());
        move |file| Msg::Open(Some(Sheet::Volume { pod: key.clone(), volume: name.clone(), file }))
    };
    let row = |row: &FileRow| {
        let chosen = file.as_ref() == Some(&row.path);
        let kind = match &row.kind {
            FileKind::Folder => "/".to_owned(),
            FileKind::Link(target) => format!(" → {target}"),
            FileKind::File => String::new(),
        };
        html! {
            <li key={row.path.to_string()}>
                <button type="button" aria-pressed={chosen.to_string()} onclick={sender.on(open(Some(row.path.clone())))}>
                    <span class="name">{ format!("{}{kind}", row.path) }</span>
                    <span class="size">{ size(row.size) }</span>
                    <span class="time">{ clock(row.changed, true) }</span>
                </button>
            </li>
        }
    };
    let title = words.fill("volume-title", &[("name", (&*volume.name).into())]);
    html! {
        <section class="sheet" aria-label={&title} id="sheet">
            <header>
                <Glyph icon={Icon::Volume} />
                <h3>{ volume.name.to_string() }</h3>
                <span class="dim">{ format!("{} · {}", kind(volume), content(volume, &disk, words)) }</span>
                <span class="grow" />
                <button class="button small icon quiet" type="button" id="sheet-close" onclick={sender.on(Msg::Open(None))}
                    aria-label={words.say("close")} title={words.say("close")}><Glyph icon={Icon::Close} size={13} /></button>
                <p class="dim">{ mounted(volume, words) }
                    if disk.wrote.is_some() || disk.read.is_some() { <br />{ touched(&disk, words) } }
                </p>
            </header>
            if disk.files.is_empty() {
                <p class="none">{ words.say("volume-empty") }</p>
            } else {
                <div class="sheet-body">
                    <ul class="sheet-files" aria-label={words.say("volume-files")}>{ for disk.files.iter().map(row) }</ul>
                    if let Some(path) = file {
                        <FileText session={props.session.clone()} at={props.at} name={volume.disk.clone()} {disk} {path} />
                    } else {
                        <p class="none">{ words.say("file-choose") }</p>
                    }
                </div>
            }
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct FileProps {
    session: Session,
    at: Time,
    /// The volume's key.
    name: Rc<str>,
    /// What it holds: another one as soon as anything in it changed.
    disk: Same<DiskScene>,
    path: Rc<str>,
}

/// The text of a file.
#[component]
fn FileText(props: &FileProps) -> Html {
    let words = use_words();
    let at = props.at;
    let file = use_memo(
        (props.session.clone(), props.name.clone(), props.disk.clone(), props.path.clone()),
        move |(session, name, _, path)| session.file(at, name, path),
    );
    let (text, note): (String, Option<AttrValue>) = match &*file {
        Some(VolumeFile::File(bytes, zeros)) => match bytes::text(bytes).filter(|_| *zeros == 0) {
            Some((text, 0)) if text.is_empty() => (text, Some(words.say("file-empty"))),
            Some((text, 0)) => (text, None),
            Some((text, left_out)) => (text, Some(words.fill("file-cut", &[("size", size(left_out as u64).into())]))),
            None => {
                (String::new(), Some(words.fill("file-binary", &[("size", size(bytes.len() as u64 + zeros).into())])))
            }
        },
        Some(VolumeFile::Link(target)) => {
            (String::new(), Some(words.fill("file-link", &[("name", (&**target).into())])))
        }
        Some(VolumeFile::Folder) => (String::new(), Some(words.say("file-folder"))),
        None => (String::new(), Some(words.say("file-gone"))),
    };
    html! {
        <div class="sheet-text" tabindex="0" role="region" aria-label={props.path.to_string()}>
            if let Some(note) = note { <p class="dim">{ note }</p> }
            <pre class="text">{ text }</pre>
        </div>
    }
}

/// The volume that `sheet` is about, where its Pod is there.
pub(crate) fn volume_of<'a>(pod: &'a PodScene, key: &ObjectKey, name: &str) -> Option<&'a VolumeScene> {
    pod.volumes.iter().find(|volume| pod.key == *key && *volume.name == *name)
}
