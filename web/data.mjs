// Which constants of the program's memory only its second part can reach (split.mjs).
//
// The linker leaves its relocations in the page's wasm (`--emit-relocs`, build.rs): which named piece of data lies where,
// and which of them refer to which. Code refers to a piece by a number that the linker wrote; whoever does not hold one of
// those numbers, or a piece that refers to it, cannot get there. Only what never changes (`.rodata`) is ever withheld, and
// bytes that belong to no piece are not.

/** Types of relocations whose place holds an address in memory: as LEB, as signed LEB, as four bytes. */
const [LEB, SLEB, I32] = [3, 4, 5];
/** Types that carry a number to be added. */
const ADDENDS = new Set([LEB, SLEB, I32, 8, 9, 11, 13, 14, 15, 16, 17, 21, 22, 23, 25]);
const text = new TextDecoder();

/** Reads numbers and names of wasm at a place that moves on. */
class Reader {
  constructor(bytes, at = 0) {
    Object.assign(this, { bytes, at });
  }
  byte() {
    return this.bytes[this.at++];
  }
  unsigned() {
    let [value, factor, byte] = [0, 1, 0];
    do {
      byte = this.byte();
      value += (byte & 0x7f) * factor;
      factor *= 128;
    } while (byte & 0x80);
    return value;
  }
  signed() {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = this.byte();
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte & 0x80);
    return shift < 32 && byte & 0x40 ? value | (-1 << shift) : value;
  }
  name() {
    const length = this.unsigned();
    this.at += length;
    return text.decode(this.bytes.subarray(this.at - length, this.at));
  }
}

/** The sections: `{ id, name, from, to }`; `from` is after a custom section's name. */
function sections(bytes) {
  const found = [];
  for (let reader = new Reader(bytes, 8); reader.at < bytes.length; ) {
    const id = reader.byte();
    const to = reader.unsigned() + reader.at;
    const name = id === 0 ? reader.name() : "";
    found.push({ id, name, from: reader.at, to });
    reader.at = to;
  }
  return found;
}

/** The module without the sections that speak to linkers. */
export function withoutRelocations(bytes) {
  const speaks = ({ name }) => name === "linking" || name.startsWith("reloc.");
  let from = 8;
  const parts = [bytes.subarray(0, 8)];
  for (const section of sections(bytes)) {
    if (!speaks(section)) parts.push(bytes.subarray(from, section.to));
    from = section.to;
  }
  return Buffer.concat(parts);
}

/** The active segments of the memory: `{ address, bytes, at }`, `at` being their place in the section's contents. */
function segments(bytes, section) {
  const reader = new Reader(bytes, section.from);
  return Array.from({ length: reader.unsigned() }, () => {
    if (reader.unsigned() !== 0 || reader.byte() !== 0x41) throw new Error("a segment of memory without a plain address");
    const address = reader.signed();
    reader.at += 1;
    const length = reader.unsigned();
    reader.at += length;
    return { address, bytes: bytes.subarray(reader.at - length, reader.at), at: reader.at - length - section.from };
  });
}

/** The pieces of data by the number that relocations know them by, and the names of the segments. */
function linking(bytes, { from, to }, segments) {
  const reader = new Reader(bytes, from);
  const [symbols, names] = [[], []];
  if (reader.unsigned() !== 2) throw new Error("the linker writes another version of its section");
  while (reader.at < to) {
    const kind = reader.byte();
    const end = reader.unsigned() + reader.at;
    if (kind === 5) {
      for (let count = reader.unsigned(); count > 0; count -= 1) {
        names.push(reader.name());
        reader.unsigned();
        reader.unsigned();
      }
    }
    if (kind === 8) {
      for (let count = reader.unsigned(); count > 0; count -= 1) {
        const type = reader.byte();
        const flags = reader.unsigned();
        const [undefined_, named] = [flags & 0x10, flags & 0x40];
        if (type === 1) {
          const name = reader.name();
          if (undefined_) symbols.push(null);
          else {
            const [segment, offset, size] = [reader.unsigned(), reader.unsigned(), reader.unsigned()];
            const address = (segments[segment]?.address ?? 0) + offset;
            symbols.push({ name, segment, from: address, to: address + size });
          }
        } else {
          reader.unsigned();
          if (type !== 3 && (!undefined_ || named)) reader.name();
          symbols.push(null);
        }
      }
    }
    reader.at = end;
  }
  return { symbols, names };
}

/** What a section of relocations says of addresses: `{ offset, symbol, addend }`, offsets in the other's contents. */
function relocations(bytes, { from }) {
  const reader = new Reader(bytes, from);
  reader.unsigned();
  const found = [];
  for (let count = reader.unsigned(); count > 0; count -= 1) {
    const type = reader.byte();
    const [offset, symbol] = [reader.unsigned(), reader.unsigned()];
    const addend = ADDENDS.has(type) ? reader.signed() : 0;
    if ([LEB, SLEB, I32].includes(type)) found.push({ offset, symbol, addend });
  }
  return found;
}

/** Every number that stands in the code of a module where an address can stand. */
function immediates(bytes) {
  const code = sections(bytes).find(({ id }) => id === 10);
  const found = new Set();
  // At each place, whether an instruction begins there or not: what is found too much only keeps a piece.
  for (let at = code.from; at < code.to; at += 1) {
    const op = bytes[at];
    if (op === 0x41) found.add(new Reader(bytes, at + 1).signed() >>> 0);
    else if (op >= 0x28 && op <= 0x3e && bytes[at + 1] < 8) found.add(new Reader(bytes, at + 2).unsigned());
  }
  return found;
}

/**
 * What of the memory a module cannot reach: `[{ from, to }]`, addresses in order; nothing where the linker left no
 * relocations. `linked` is the program as it was linked, `module` a part of it whose code nobody has changed since.
 */
export function unreached(linked, module) {
  const all = sections(linked);
  const find = (name) => all.find((section) => section.name === name);
  const [info, code, links] = [find("linking"), find("reloc.CODE"), find("reloc.DATA")];
  if (!info || !code) return [];
  const memory = segments(linked, all.find(({ id }) => id === 11));
  const { symbols, names } = linking(linked, info, memory);
  const constant = ({ segment }) => names[segment] === ".rodata";

  // Whom the code names, by the number that it holds; two pieces can have one number, the end of one being another's start.
  const by = new Map();
  for (const { symbol, addend } of relocations(linked, code)) {
    const piece = symbols[symbol];
    if (!piece) continue;
    const number = (piece.from + addend) >>> 0;
    by.set(number, (by.get(number) ?? new Set()).add(piece));
  }
  // Whom the pieces name.
  const pieces = symbols.filter(Boolean).sort((a, b) => a.from - b.from);
  const named = new Map(pieces.map((piece) => [piece, new Set()]));
  const longest = Math.max(...pieces.map(({ from, to }) => to - from));
  const first = (address) => {
    let [low, high] = [0, pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pieces[middle].from < address) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const anybody = new Set();
  for (const { offset, symbol } of links ? relocations(linked, links) : []) {
    const home = memory.find(({ at, bytes }) => at <= offset && offset < at + bytes.length);
    const piece = symbols[symbol];
    if (!home || !piece) continue;
    const address = home.address + offset - home.at;
    let owned = false;
    for (let i = first(address - longest); pieces[i]?.from <= address; i += 1) {
      if (address >= pieces[i].to) continue;
      named.get(pieces[i]).add(piece);
      owned = true;
    }
    if (!owned) anybody.add(piece);
  }

  const needed = new Set([...anybody, ...pieces.filter((piece) => !constant(piece))]);
  for (const number of immediates(module)) for (const piece of by.get(number) ?? []) needed.add(piece);
  for (const piece of needed) for (const other of named.get(piece)) needed.add(other);

  const free = [];
  memory.forEach(({ address, bytes }, segment) => {
    if (names[segment] !== ".rodata") return;
    const kept = new Uint8Array(bytes.length).fill(1);
    const mark = (pieces, value) => pieces.forEach(({ from, to }) => kept.fill(value, from - address, to - address));
    const here = pieces.filter((piece) => piece.segment === segment);
    mark(here.filter((piece) => !needed.has(piece)), 0);
    mark(here.filter((piece) => needed.has(piece)), 1);
    for (let at = 0; at < kept.length; ) {
      const value = kept[at];
      let end = at;
      while (end < kept.length && kept[end] === value) end += 1;
      if (value === 0) free.push({ from: address + at, to: address + end });
      at = end;
    }
  });
  return free;
}
