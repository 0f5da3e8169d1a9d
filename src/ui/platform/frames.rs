//! The frame loop: runs while it is needed, and rests when nothing moves.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::render::{AnimationFrame, request_animation_frame};

/// Calls `frame` with the seconds since the last call, before each repaint, until it is dropped.
pub(crate) struct Frames(Rc<RefCell<Option<AnimationFrame>>>);

impl Frames {
    /// Starts the loop.
    pub fn start(frame: impl Fn(f64) + 'static) -> Frames {
        let slot = Rc::new(RefCell::new(None));
        next(slot.clone(), Rc::new(frame), None);
        Frames(slot)
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.0.take();
    }
}

fn next(slot: Rc<RefCell<Option<AnimationFrame>>>, frame: Rc<dyn Fn(f64)>, last: Option<f64>) {
    let weak = Rc::downgrade(&slot);
    let handle = request_animation_frame(move |now| {
        let Some(slot) = weak.upgrade() else { return };
        frame(last.map_or(0.0, |last| (now - last) / 1000.0));
        // `frame` may have stopped the loop.
        if slot.borrow().is_some() {
            next(slot, frame, Some(now));
        }
    });
    *slot.borrow_mut() = Some(handle);
}

/// Milliseconds since the page was opened, to keep work within a frame.
pub(crate) fn now() -> f64 {
    gloo::utils::window().performance().map_or(0.0, |performance| performance.now())
}
