//! Pictures and work: frames while something moves, and between them the work that is cut in pieces, so that what a
//! person does is answered meanwhile. Both rest when nothing moves and nothing is left to do.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

use gloo::events::{EventListener, EventListenerOptions};
use gloo::render::{AnimationFrame, request_animation_frame};
use wasm_bindgen::JsValue;
use web_sys::{MessageChannel, MessagePort};

use crate::ui::model::pace::{BRIEF, Pace, STRETCH};

/// What a person does that is answered before the next picture is made.
const DONE_BY_HAND: [&str; 5] = ["keydown", "pointerdown", "pointermove", "wheel", "input"];

/// What there is to do beside the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Nothing.
    Done,
    /// Some, and there is time.
    Calm,
    /// Some, and what is shown waits for it.
    Hasty,
}

/// What became of the last thing that a person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hand {
    /// Nothing is left to do for it.
    Rests,
    /// No frame has shown what it led to.
    Acted,
    /// The last frame has.
    Shown,
}

/// Makes pictures, and works between them, until it is dropped.
pub(crate) struct Frames(Rc<Inner>);

struct Inner {
    /// Makes a picture, so many seconds after the last one.
    picture: Box<dyn Fn(f64)>,
    /// Does so many milliseconds of what there is to do, and says what is left.
    work: Box<dyn Fn(f64) -> Work>,
    pace: Cell<Pace>,
    /// When the last picture was made, of the clock of frames.
    last: Cell<Option<f64>>,
    /// The frame that was asked for.
    asked: RefCell<Option<AnimationFrame>>,
    /// When the frame began that is about to be seen, and whether it has a picture.
    begun: Cell<Option<(f64, bool)>>,
    hand: Cell<Hand>,
    /// Whether the last frame had no picture for that: a hand that keeps moving does not keep the next one away too.
    put_off: Cell<bool>,
    /// Whether a piece of work is due.
    called: Cell<bool>,
    /// Calls itself: a message comes after what a person did and what is to be painted, and sooner than any timer.
    caller: OnceCell<(MessagePort, MessagePort)>,
    listeners: RefCell<Vec<EventListener>>,
}

impl Frames {
    /// Begins with a frame. `picture` makes one, `work` works for so many milliseconds and says what is left.
    pub fn start(picture: impl Fn(f64) + 'static, work: impl Fn(f64) -> Work + 'static) -> Frames {
        let inner = Rc::new(Inner {
            picture: Box::new(picture),
            work: Box::new(work),
            pace: Cell::default(),
            last: Cell::default(),
            asked: RefCell::default(),
            begun: Cell::default(),
            hand: Cell::new(Hand::Rests),
            put_off: Cell::default(),
            called: Cell::default(),
            caller: OnceCell::new(),
            listeners: RefCell::default(),
        });
        if let Ok(channel) = MessageChannel::new() {
            let (here, there) = (channel.port1(), channel.port2());
            let weak = Rc::downgrade(&inner);
            let heard = EventListener::new(&here, "message", move |_| with(&weak, Inner::called));
            // A port that is listened to by name has to be opened.
            here.start();
            inner.listeners.borrow_mut().push(heard);
            // It was empty.
            let _set = inner.caller.set((here, there));
        }
        let by_hand = DONE_BY_HAND.map(|name| {
            let weak = Rc::downgrade(&inner);
            let options = EventListenerOptions::run_in_capture_phase();
            EventListener::new_with_options(&gloo::utils::window(), name, options, move |_| {
                with(&weak, Inner::acted);
            })
        });
        inner.listeners.borrow_mut().extend(by_hand);
        inner.ask();
        Frames(inner)
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.0.asked.take();
        self.0.listeners.take();
        if let Some((here, there)) = self.0.caller.get() {
            here.close();
            there.close();
        }
    }
}

/// Does something with it while it is there.
fn with(inner: &Weak<Inner>, what: impl FnOnce(&Rc<Inner>)) {
    if let Some(inner) = inner.upgrade() {
        what(&inner);
    }
}

impl Inner {
    fn ask(self: &Rc<Self>) {
        if self.asked.borrow().is_some() {
            return;
        }
        let weak = Rc::downgrade(self);
        let handle = request_animation_frame(move |now| with(&weak, |inner| inner.frame(now)));
        *self.asked.borrow_mut() = Some(handle);
    }

    /// Has itself called after the next frame is painted, or soon.
    fn call(&self) {
        if !self.called.replace(true)
            && let Some((_, there)) = self.caller.get()
        {
            // Nothing is sent along that could not be.
            let _sent = there.post_message(&JsValue::NULL);
        }
    }

    /// A person did something: the next frame shows what it led to.
    fn acted(self: &Rc<Self>) {
        self.hand.set(Hand::Acted);
        self.ask();
    }

    fn frame(self: &Rc<Self>, at: f64) {
        self.asked.take();
        let begun = now();
        let acted = self.hand.get() == Hand::Acted;
        if acted {
            self.hand.set(Hand::Shown);
        }
        let hasty = (self.work)(0.0) == Work::Hasty;
        let due = self.pace.get().due(begun, hasty);
        // What a person did is painted in this frame; a picture that waits for the engine anyway can wait for the next.
        let waits = acted && hasty && !self.put_off.get();
        self.put_off.set(due && waits);
        let picture = due && !waits;
        if picture {
            let last = self.last.replace(Some(at));
            (self.picture)(last.map_or(0.0, |last| (at - last) / 1000.0));
        }
        self.begun.set(Some((begun, picture)));
        self.call();
    }

    fn called(self: &Rc<Self>) {
        self.called.set(false);
        let stretch = match self.hand.get() {
            Hand::Acted => BRIEF,
            // Whoever waits for that frame was called later than this.
            Hand::Shown => {
                self.hand.set(Hand::Rests);
                return self.call();
            }
            Hand::Rests => STRETCH,
        };
        let mut pace = self.pace.get();
        let mut start = now();
        if let Some((begun, picture)) = self.begun.take()
            && picture
        {
            pace.seen(begun, start);
        }
        let mut work = (self.work)(0.0);
        if work != Work::Done && pace.goes_on(work == Work::Hasty) {
            work = (self.work)(stretch);
            let end = now();
            pace.worked(end - start);
            start = end;
        }
        self.pace.set(pace);
        let hasty = work == Work::Hasty;
        if work != Work::Done && pace.goes_on(hasty) {
            self.call();
        }
        if work == Work::Done || pace.due(start, hasty) {
            self.ask();
        }
    }
}

/// Milliseconds since the page was opened, to keep work within a frame.
pub(crate) fn now() -> f64 {
    gloo::utils::window().performance().map_or(0.0, |performance| performance.now())
}
