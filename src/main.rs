//! The page: mounts [`podlab::ui`] in the browser.

#[cfg(target_arch = "wasm32")]
fn main() {
    podlab::ui::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this is the page's program; build it with `cargo xtask build`");
}
