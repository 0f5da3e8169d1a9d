// Draws icon.svg as PNG, for systems that install pages and know no SVG. Run by build.mjs.
import { deflateSync } from "node:zlib";

const BLUE = [37, 99, 235];
const WHITE = [255, 255, 255];
const corners = [[32, 12], [49, 21.8], [49, 42.2], [32, 52], [15, 42.2], [15, 21.8]];

/** How far a point is from the line between two others. */
const away = ([x, y], [ax, ay], [bx, by]) => {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
};

/** How deep a point lies in the white, in units of the square of 64; negative outside of it. */
const inWhite = (point) =>
  Math.max(
    2 - Math.min(...corners.map((corner, index) => away(point, corner, corners[(index + 1) % corners.length]))),
    ...[25, 39].map((x) => 4.5 - Math.hypot(point[0] - x, point[1] - 32)),
  );

/** The same for the square with corners rounded by `radius`. */
const inSquare = ([x, y], radius) => {
  const over = (at) => Math.max(radius - at, at - (64 - radius));
  const [dx, dy] = [over(x), over(y)];
  return radius - (Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0));
};

/** A colour and how much of it; near an edge averaged over a grid within the pixel. */
function pixel(column, row, size, radius) {
  const scale = 64 / size;
  const middle = [(column + 0.5) * scale, (row + 0.5) * scale];
  const edge = Math.min(Math.abs(inWhite(middle)), Math.abs(inSquare(middle, radius)));
  const grid = edge > scale ? 1 : 4;
  const sum = [0, 0, 0, 0];
  for (let step = 0; step < grid * grid; step++) {
    const at = [column + ((step % grid) + 0.5) / grid, row + (Math.floor(step / grid) + 0.5) / grid].map((pixels) => pixels * scale);
    if (inSquare(at, radius) < 0) continue;
    (inWhite(at) > 0 ? WHITE : BLUE).forEach((value, channel) => (sum[channel] += value));
    sum[3] += 1;
  }
  const parts = sum[3] || 1;
  return [...sum.slice(0, 3).map((value) => Math.round(value / parts)), Math.round((255 * sum[3]) / (grid * grid))];
}

const crcs = Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte >>> 0;
});
const crc = (bytes) => ~bytes.reduce((sum, byte) => crcs[(sum ^ byte) & 255] ^ (sum >>> 8), ~0) >>> 0;

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc(body));
  return Buffer.concat([length, body, sum]);
}

/** The icon as a PNG of `size` by `size`; `radius` of 64 rounds its corners. */
export function icon(size, radius) {
  const rows = Array.from({ length: size }, (_, row) => [0, ...Array.from({ length: size }, (_, column) => pixel(column, row, size, radius)).flat()]);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(Buffer.from(rows.flat()), { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
