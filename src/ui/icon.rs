//! Icons, drawn inline so that they look the same everywhere. Each tone of state has a shape of its own.

use yew::{Html, Properties, component, html};

use crate::trace::{MarkKind, Tone};

/// A picture of 16 by 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Hexagon,
    Pod,
    Down,
    Play,
    Pause,
    ToStart,
    Back,
    On,
    Sun,
    Moon,
    Share,
    Copy,
    Question,
    Undo,
    Close,
    Volume,
    Plus,
    Minus,
    Fit,
    Warning,
    Error,
    Info,
    Check,
    Left,
    Right,
    Stack,
    Bolt,
    Node,
    Until,
    Book,
    Users,
    Search,
    Globe,
    Lock,
    Person,
    Tone(Tone),
    Mark(MarkKind),
}

const FILLED: &str = "fill";
const DRAWN: &str = "draw";

/// The path of an icon and whether it is filled or drawn.
fn path(icon: Icon) -> (&'static str, &'static str) {
    match icon {
        Icon::Hexagon => (DRAWN, "M8 1.2l5.9 3.4v6.8L8 14.8l-5.9-3.4V4.6zM8 8v6.6M8 8L2.3 4.7M8 8l5.7-3.3"),
        Icon::Pod => (DRAWN, "M8 1.5l5.6 3.2v6.6L8 14.5l-5.6-3.2V4.7z"),
        Icon::Down => (DRAWN, "M4 6.3L8 10l4-3.7"),
        Icon::Copy => (DRAWN, "M5.5 5.5V2.5h8v8h-3M2.5 5.5h8v8h-8z"),
        Icon::Play => (FILLED, "M4.5 2.6v10.8L13 8z"),
        Icon::Pause => (FILLED, "M4 2.8h2.9v10.4H4zM9.1 2.8H12v10.4H9.1z"),
        Icon::ToStart => (FILLED, "M3 3h1.8v10H3zM13 3v10L5.6 8z"),
        Icon::Back => (FILLED, "M11.2 3h1.8v10h-1.8zM9.6 3v10L2.4 8z"),
        Icon::On => (FILLED, "M3 3h1.8v10H3zM6.4 3v10L13.6 8z"),
        Icon::Sun => (
            DRAWN,
            "M8 5a3 3 0 100 6 3 3 0 000-6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13M13 3l-1.2 1.2M4.2 11.8L3 13",
        ),
        Icon::Moon => (DRAWN, "M13.4 9.8A5.8 5.8 0 016.2 2.6a5.8 5.8 0 107.2 7.2z"),
        Icon::Share => (
            DRAWN,
            "M6.6 9.4a3 3 0 004.3 0l2.1-2.1a3 3 0 00-4.3-4.3l-.9.9M9.4 6.6a3 3 0 00-4.3 0L3 8.7A3 3 0 007.3 13l.9-.9",
        ),
        Icon::Question => (DRAWN, "M5.4 5.6a2.6 2.6 0 115 .9c-.4 1.3-2.4 1.6-2.4 3.2M8 12.4v.2"),
        Icon::Undo => (DRAWN, "M3 3.2v3.6h3.6M3.3 6.6A5.2 5.2 0 113 9.6"),
        Icon::Close => (DRAWN, "M4 4l8 8M12 4l-8 8"),
        Icon::Volume => (
            DRAWN,
            "M3 4c0-1.2 2.2-2 5-2s5 .8 5 2-2.2 2-5 2-5-.8-5-2zM3 4v8c0 1.2 2.2 2 5 2s5-.8 5-2V4M3 8c0 1.2 2.2 2 5 2s5-.8 5-2",
        ),
        Icon::Plus => (DRAWN, "M8 3v10M3 8h10"),
        Icon::Minus => (DRAWN, "M3 8h10"),
        Icon::Fit => (DRAWN, "M2 3v10M14 3v10M4.5 8h7M6.5 5.8L4.3 8l2.2 2.2M9.5 5.8L11.7 8l-2.2 2.2"),
        Icon::Warning => (DRAWN, "M8 2l6.4 11.4H1.6zM8 6.4v3.2M8 11.6v.1"),
        Icon::Error => (DRAWN, "M8 1.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6"),
        Icon::Info => (DRAWN, "M8 1.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM8 7.4v3.8M8 4.8v.1"),
        Icon::Check => (DRAWN, "M8 1.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM5 8.2l2.1 2.1L11 6.2"),
        Icon::Left => (DRAWN, "M9.7 4L6 8l3.7 4"),
        Icon::Right => (DRAWN, "M6.3 4L10 8l-3.7 4"),
        Icon::Stack => (DRAWN, "M8 2l6 3-6 3-6-3zM2.4 8.2L8 11l5.6-2.8M2.4 11.2L8 14l5.6-2.8"),
        Icon::Bolt => (FILLED, "M9.4 1L3 9h4.2L6.2 15 13 7H8.6z"),
        Icon::Users => (
            DRAWN,
            "M6 2.6a2.4 2.4 0 100 4.8 2.4 2.4 0 000-4.8zM1.6 13.4c0-2.6 1.8-4.2 4.4-4.2s4.4 1.6 4.4 4.2M10.6 3a2.2 2.2 0 010 4.2M12 9.6c1.6.5 2.4 1.8 2.4 3.8",
        ),
        Icon::Until => (DRAWN, "M2 8h7M6.5 5.2L9.3 8l-2.8 2.8M12.8 3v10"),
        Icon::Book => (
            DRAWN,
            "M8 3.6C6.6 2.7 4.6 2.4 2 2.6v9.8c2.6-.2 4.6.1 6 1 1.4-.9 3.4-1.2 6-1V2.6c-2.6-.2-4.6.1-6 1zM8 3.6v9.8",
        ),
        Icon::Lock => (DRAWN, "M3.5 7.2h9v6.3h-9zM5.4 7V5a2.6 2.6 0 015.2 0v2"),
        Icon::Globe => (
            DRAWN,
            "M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8zM2 8h12M8 1.8c2 2 2.6 4 2.6 6.2S10 12.2 8 14.2C6 12.2 5.4 10.2 5.4 8S6 3.8 8 1.8",
        ),
        Icon::Person => (DRAWN, "M8 2.4a2.6 2.6 0 100 5.2 2.6 2.6 0 000-5.2zM3 14c.300-3 2.2-4.4 5-4.4s4.7 1.4 5 4.4"),
        Icon::Search => (DRAWN, "M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.4 10.4L14 14"),
        Icon::Node => (DRAWN, "M2.5 2.8h11v4.4h-11zM2.5 8.8h11v4.4h-11zM4.8 5h.1M4.8 11h.1M7.5 5h3.6M7.5 11h3.6"),
        Icon::Tone(tone) => match tone {
            Tone::Waiting => (
                DRAWN,
                "M8 2.2a5.8 5.8 0 014.1 1.7M13.6 6.6a5.8 5.8 0 01-1.2 5M10.2 13.4a5.8 5.8 0 01-5.2-.4M2.9 10.8a5.8 5.8 0 010-5.4M5 3a5.8 5.8 0 01.8-.4",
            ),
            Tone::Pulling => (DRAWN, "M8 2v7.2M4.8 6.4L8 9.6l3.2-3.2M2.6 10.6v2.8h10.8v-2.8"),
            Tone::Running => (FILLED, "M4.5 2.6v10.8L13 8z"),
            Tone::Ready => {
                (FILLED, "M8 1.3a6.7 6.7 0 100 13.4A6.7 6.7 0 008 1.3zM7 11L3.9 7.9l1.2-1.2L7 8.6l3.9-3.9 1.2 1.2z")
            }
            Tone::Done => (DRAWN, "M2.6 8.4l3.6 3.6 7.2-7.6"),
            Tone::Failed => (DRAWN, "M3.6 3.6l8.8 8.8M12.4 3.6l-8.8 8.8"),
            Tone::BackOff => (DRAWN, "M13 3.2v3.6H9.4M12.7 6.6A5.2 5.2 0 1013 9.6"),
            Tone::Terminating => (FILLED, "M3.4 3.4h9.2v9.2H3.4z"),
        },
        Icon::Mark(kind) => match kind {
            MarkKind::Event => (FILLED, "M8 4a4 4 0 100 8 4 4 0 000-8z"),
            MarkKind::Warning => (FILLED, "M8 2l6.5 12h-13z"),
            MarkKind::ProbeOk => (FILLED, "M6.8 3h2.4v10H6.8z"),
            MarkKind::ProbeFailed => (FILLED, "M3 5l2-2 3 3 3-3 2 2-3 3 3 3-2 2-3-3-3 3-2-2 3-3z"),
            MarkKind::Hook => (FILLED, "M8 2l6 6-6 6-6-6z"),
            MarkKind::Signal => (FILLED, "M1.5 3h13L8 14z"),
            MarkKind::Exit => (FILLED, "M3 3h10v10H3z"),
            MarkKind::Action => (FILLED, "M9 1L3 9h4l-1 6 6-8H8z"),
        },
    }
}

/// The path of an icon within 16 by 16, and whether it is filled or drawn.
pub(crate) fn shape(icon: Icon) -> (bool, &'static str) {
    let (how, d) = path(icon);
    (how == FILLED, d)
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub icon: Icon,
    #[prop_or(16)]
    pub size: u32,
}

/// An icon; it says nothing to a screen reader, the word beside it does.
#[component]
pub(crate) fn Glyph(props: &Props) -> Html {
    let (how, d) = path(props.icon);
    let size = props.size.to_string();
    let (fill, stroke) = if how == FILLED { ("currentColor", "none") } else { ("none", "currentColor") };
    html! {
        <svg width={size.clone()} height={size} viewBox="0 0 16 16" fill={fill} stroke={stroke} stroke-width="1.7"
            stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
            <path d={d} />
        </svg>
    }
}
