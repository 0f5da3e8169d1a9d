//! The few kinds of state that a picture tells apart.

/// What a state looks like: colour and pattern. It never stands alone, a word goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// Not begun: it waits for its turn, a node, a volume.
    Waiting,
    /// Its image is being pulled, or its sandbox or the container itself is being made.
    Pulling,
    /// It runs, but does not (yet) count as ready.
    Running,
    /// It runs and is ready.
    Ready,
    /// It ended as it should.
    Done,
    /// It ended or cannot begin, and that is an error.
    Failed,
    /// It failed and waits for its next try.
    BackOff,
    /// It is being stopped.
    Terminating,
}

impl Tone {
    /// Every tone, in the order a legend shows them.
    pub const ALL: [Tone; 8] = [
        Tone::Waiting,
        Tone::Pulling,
        Tone::Running,
        Tone::Ready,
        Tone::Done,
        Tone::Failed,
        Tone::BackOff,
        Tone::Terminating,
    ];

    /// How much it asks to be looked at: the smallest number first.
    pub fn urgency(self) -> u8 {
        match self {
            Tone::Failed | Tone::BackOff => 0,
            Tone::Terminating => 1,
            Tone::Pulling | Tone::Waiting => 2,
            Tone::Running => 3,
            Tone::Ready | Tone::Done => 4,
        }
    }

    /// Its name in style sheets and message ids (`back-off`).
    pub fn id(self) -> &'static str {
        match self {
            Tone::Waiting => "waiting",
            Tone::Pulling => "pulling",
            Tone::Running => "running",
            Tone::Ready => "ready",
            Tone::Done => "done",
            Tone::Failed => "failed",
            Tone::BackOff => "back-off",
            Tone::Terminating => "terminating",
        }
    }
}
