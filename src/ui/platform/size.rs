//! How large things are on the screen, told again whenever that changes.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};
use yew::NodeRef;

/// Tells of changes until it is dropped.
pub(crate) struct Watch {
    observer: ResizeObserver,
    _heard: Closure<dyn FnMut()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Tells `heard` how wide `node` is, and how much height is left for it in the window `window` around it.
pub(crate) fn watch(node: &NodeRef, window: &'static str, heard: impl Fn(f64, f64) + 'static) -> Option<Watch> {
    let element = node.cast::<Element>()?;
    let around = element.closest(window).ok().flatten();
    let (inner, outer) = (element.clone(), around.clone());
    let heard = Closure::<dyn FnMut()>::new(move || {
        let bounds = inner.get_bounding_client_rect();
        let left = outer.as_ref().map_or(0.0, |outer| {
            let above = bounds.top() - outer.get_bounding_client_rect().top() + f64::from(outer.scroll_top());
            f64::from(outer.client_height()) - above
        });
        heard(bounds.width(), left);
    });
    let observer = ResizeObserver::new(heard.as_ref().unchecked_ref()).ok()?;
    observer.observe(&element);
    if let Some(around) = &around {
        observer.observe(around);
    }
    Some(Watch { observer, _heard: heard })
}
