//! A volume as a vessel: what it is, how full, and the files in it at the playhead.

use yew::{AttrValue, Html, Properties, component, html};

use crate::cluster::{ObjectKey, Time};
use crate::trace::scene::VolumeScene;
use crate::trace::{DiskScene, FileRow, Touch};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::bytes::size;
use crate::ui::model::clock::clock;
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Same, Sheet};
use crate::ui::words::{Words, use_words};

/// How many files are named on a vessel.
const NAMED: usize = 3;

/// For how long a file that changed is lit, in microseconds.
const FRESH: u64 = 1_500_000;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub pod: ObjectKey,
    pub volume: VolumeScene,
    pub disk: Same<DiskScene>,
    /// Its colour among the volumes of the Pod.
    pub hue: usize,
    pub at: Time,
    /// Whether the selected container mounts it.
    pub lit: bool,
    /// The file of it that is open, or nothing where the volume is.
    pub open: Option<AttrValue>,
}

/// What a volume is made from: `emptyDir`, `configMap settings`.
pub(crate) fn kind(volume: &VolumeScene) -> String {
    match volume.source.is_empty() {
        true => volume.kind.to_owned(),
        false => format!("{} {}", volume.kind, volume.source),
    }
}

/// How much is in it: `3 files, 2 KiB of 1 MiB`.
pub(crate) fn content(volume: &VolumeScene, disk: &DiskScene, words: Words) -> AttrValue {
    let count = ("count", disk.files.len().into());
    let used = size(disk.used);
    match volume.limit {
        Some(limit) => words.fill("volume-limited", &[count, ("used", used.into()), ("limit", size(limit).into())]),
        None => words.fill("volume-holds", &[count, ("used", used.into())]),
    }
}

/// Who wrote and who read last: `app wrote app.log at 0:12.3`.
pub(crate) fn touched(disk: &DiskScene, words: Words) -> String {
    let one = |id: &str, touch: &Touch| {
        let args = [
            ("name", (&*touch.by.container).into()),
            ("file", (&*touch.path).into()),
            ("clock", clock(touch.at, true).into()),
        ];
        words.fill(id, &args).to_string()
    };
    let wrote = disk.wrote.iter().map(|touch| one("volume-wrote", touch));
    wrote.chain(disk.read.iter().map(|touch| one("volume-read", touch))).collect::<Vec<_>>().join(" · ")
}

/// Who mounts it where.
pub(crate) fn mounted(volume: &VolumeScene, words: Words) -> String {
    let one = |mount: &crate::trace::scene::Mount| {
        let sub = if mount.sub_path.is_empty() { String::new() } else { format!(" ({})", mount.sub_path) };
        let only = if mount.read_only {
            format!("{}{}", words.say("comma"), words.say("mount-read-only"))
        } else {
            String::new()
        };
        format!("{} {}{sub}{only}", mount.container, mount.path)
    };
    volume.mounts.iter().map(one).collect::<Vec<_>>().join(" · ")
}

#[component]
pub(crate) fn Vessel(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let (volume, disk) = (&props.volume, &props.disk);
    let opened = |file| Sheet::Volume { pod: props.pod.clone(), volume: volume.name.clone(), file };
    // The files that changed last are named.
    let mut rows: Vec<&FileRow> = disk.files.iter().collect();
    collections::sort_by_key(&mut rows, |row| std::cmp::Reverse(row.changed));
    let more = rows.len().saturating_sub(NAMED);
    rows.truncate(NAMED);
    collections::sort_by_key(&mut rows, |row| row.path.clone());
    let file = |row: &&FileRow| {
        let fresh = props.at.as_micros().saturating_sub(row.changed.as_micros()) < FRESH;
        let open = props.open.as_deref() == Some(&*row.path);
        html! {
            <button class={yew::classes!("file", fresh.then_some("fresh"))} type="button" key={row.path.to_string()} aria-pressed={open.to_string()}
                title={words.fill("file-open", &[("name", (&*row.path).into())])}
                onclick={sender.on(Msg::Open(Some(opened(Some(row.path.clone())))))}>
                <span class="name">{ row.path.to_string() }</span><span class="size">{ size(row.size) }</span>
            </button>
        }
    };
    let class = yew::classes!(
        "vessel",
        props.lit.then_some("lit"),
        volume.problem.is_some().then_some("broken"),
        props.open.is_some().then_some("open")
    );
    let full = volume.limit.map(|limit| {
        let share = (disk.used as f64 / limit as f64 * 100.0).min(100.0);
        html! { <span class={yew::classes!("gauge", (share > 90.0).then_some("high"))} aria-hidden="true"><i style={format!("width: {share:.1}%")}></i></span> }
    });
    html! {
        <div {class} data-colour={(props.hue % 8).to_string()} data-volume={volume.name.to_string()}
            data-wire={format!("v:{}", volume.name)}>
            <button class="vessel-head" type="button" onclick={sender.on(Msg::Open(Some(opened(None))))} title={mounted(volume, words)}>
                <Glyph icon={Icon::Volume} />
                <span class="what"><b>{ volume.name.to_string() }</b>{ " " }{ kind(volume) }
                    if volume.memory { { " " }<span class="chip">{ words.say("volume-memory") }</span> }
                </span>
                if rows.is_empty() { <span class="holds">{ content(volume, disk, words) }</span> }
            </button>
            { for full }
            if !rows.is_empty() {
                <span class="files">{ for rows.iter().map(file) }
                    if more > 0 { <button class="file" type="button" onclick={sender.on(Msg::Open(Some(opened(None))))}>{ format!("+{more}") }</button> }
                    <span class="holds">{ content(volume, disk, words) }</span>
                </span>
            }
            if let Some(problem) = &volume.problem { <span class="trouble">{ problem.to_string() }</span> }
            <span class="unseen">{ mounted(volume, words) }{ " · " }{ touched(disk, words) }</span>
        </div>
    }
}
