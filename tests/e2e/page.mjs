// What several tests do to the page.
import { deflateRawSync } from "node:zlib";

/** The fragment of the address that holds `shared`, as a copied link has it. */
export const link = (shared) => `#v1.${deflateRawSync(JSON.stringify(shared)).toString("base64url")}`;

/** Opens an example from the menu. */
export async function example(page, title) {
  await page.getByRole("button", { name: "Examples" }).click();
  await page.getByRole("menuitemradio", { name: title }).click();
}

/** Presses on the ruler at a share of its length. */
export async function scrub(page, share) {
  const scale = await page.locator(".ruler .scale").boundingBox();
  await page.mouse.click(scale.x + scale.width * share, scale.y + scale.height / 2);
}
