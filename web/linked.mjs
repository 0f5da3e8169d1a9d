// Where Cargo puts the page's program: as the linker wrote it, before wasm-bindgen has changed it.
import { fileURLToPath } from "node:url";

const target = process.env.CARGO_TARGET_DIR ?? "target";
/** The file. */
export const linked = fileURLToPath(new URL(`../${target}/wasm32-unknown-unknown/release/podlab-page.wasm`, import.meta.url));
