// Cuts the page's wasm in two: what a first visit may run, and what comes after it.
//
// Both are parts of one program: one memory, one stack, one table of functions. In the first part a function that came off
// is a few bytes that call through a table of its own; the second part fills that table when it is instantiated. Called
// before that, it asks for the second part first (`loadLaterNow` of load.js, which waits for it). Constants that only the
// second part can reach (data.mjs) come with it: their places in the memory hold nothing before.
//
// What a first visit does not run was seen in a browser (`node web/first-visit.mjs`) and is kept in later.txt: functions by
// name, and pieces of functions (outline.mjs) by the name and the shape of the function. What is not named there stays in the
// first part: new code is safe, and moves when that is run again.
import binaryen from "binaryen";
import { createHash } from "node:crypto";
import { unreached, withoutRelocations } from "./data.mjs";
import { outline, pieces } from "./outline.mjs";

/** The table that the second part fills, and the global that says it did. */
const TABLE = "later";
const HERE = "later_here";
/** The module that the second part imports everything from: the exports of the first. */
const FIRST = "first";
/** So many bytes between two pieces of memory cost less than beginning a new one. */
const GAP = 12;
/** What wasm-ld calls the memory. */
const MEMORY = "0";

/** A function's name as later.txt has it: 30 bits of it, without what differs from build to build. */
export const short = (name) => {
  const plain = name.replace(/\[[0-9a-f]+\]/g, "").replace(/\{(closure|shim|impl)#\d+\}/g, "{$1}").replace(/\.llvm\.\d+|\.\d+$/g, "");
  return createHash("sha256").update(plain).digest("base64url").slice(0, 5);
};

/** The crate that a function is of. */
const crate = (name) => name.match(/[a-z_]\w*(?=\[|::)/)?.[0];
/** Crates of our own: what they do in a first visit is the same each time, so that pieces of their functions can be told apart. */
const OURS = new Set(["podlab", "k8s_openapi"]);
/** Crates whose ways are a matter of chance, of a hash or of the memory's gaps: what was not seen of them is met nevertheless. */
const CHANCE = new Set(["hashbrown", "dlmalloc"]);

const functions = (module) =>
  Array.from({ length: module.getNumFunctions() }, (_, i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)));
const imported = ({ base }) => base !== "";
const named = (count, get) => Array.from({ length: count }, (_, i) => get(i));

// What rustc turns on for wasm32-unknown-unknown (see optimize.mjs): nothing newer may be written.
const { BulkMemory, BulkMemoryOpt, CallIndirectOverlong, Multivalue, MutableGlobals, NontrappingFPToInt, ReferenceTypes, SignExt } = binaryen.Features;
const features = [BulkMemory, BulkMemoryOpt, CallIndirectOverlong, Multivalue, MutableGlobals, NontrappingFPToInt, ReferenceTypes, SignExt];

const read = (bytes) => {
  const module = binaryen.readBinary(withoutRelocations(bytes));
  module.setFeatures(features.reduce((all, one) => all | one));
  return module;
};

/** What the functions of a module are known by in later.txt. */
const shapeOf = ({ shape }) => createHash("sha256").update(Uint8Array.from(shape)).digest("base64url").slice(0, 5);

/**
 * The module with a mark at the start of each piece of each function: a byte in the pages that its memory has more.
 * `pieces` says of each function which marks are its own: `{ name, shape, from, to }`; `begins` is where the marks begin,
 * `count` how many there are.
 */
export function instrument(bytes) {
  const module = read(bytes);
  const { initial, max } = module.getMemoryInfo(MEMORY);
  const begins = initial * PAGE;
  const found = [];
  let mark = 0;
  for (const { name, body, results } of functions(module).filter((one) => !imported(one))) {
    const known = OURS.has(crate(name)) ? pieces(body) : undefined;
    const from = mark;
    const set = () => module.i32.store8(0, 1, module.i32.const(begins + mark++), module.i32.const(1));
    // From the end, so that places before it stay what they are.
    if (known) for (const { block, from } of known.pieces.toReversed()) binaryen._BinaryenBlockInsertChildAt(block, from, set());
    if (!known?.pieces.length) binaryen.Function(module.getFunction(name)).setBody(module.block(null, [set(), body], results));
    if (!CHANCE.has(crate(name))) found.push({ name: short(name), shape: known ? shapeOf(known) : "", from, to: mark });
  }
  const segments = contents(module);
  const placed = segments.map(({ offset, data }) => ({ offset: module.i32.const(offset), data }));
  module.setMemory(initial + Math.ceil(mark / PAGE), max ?? -1, null, placed, false, false, MEMORY);
  return { bytes: module.emitBinary(), pieces: found, begins, count: mark };
}

/** The lines of later.txt: what was never begun, given what of the marks of `pieces` was set. */
export function unseen(pieces, begun) {
  const marks = ({ from, to }) => Array.from({ length: to - from }, (_, at) => begun.has(to - 1 - at));
  const [ran, shapes] = [new Set(), new Map()];
  for (const piece of pieces) {
    const set = marks(piece);
    if (set.includes(true)) ran.add(piece.name);
    const key = `${piece.name} ${piece.shape}`;
    shapes.set(key, shapes.get(key)?.map((one, at) => one || set[at]) ?? set);
  }
  const whole = pieces.map(({ name }) => name).filter((name) => !ran.has(name));
  const parts = [...shapes].filter(([key, set]) => ran.has(key.split(" ")[0]) && set.includes(false) && !key.endsWith(" "));
  const bits = (set) => Buffer.from(set.reduce((bytes, one, at) => ((bytes[at >> 3] |= one << (at & 7)), bytes), new Uint8Array(Math.ceil(set.length / 8)))).toString("base64url");
  return [...new Set([...whole, ...parts.map(([key, set]) => `${key} ${bits(set)}`)])].sort();
}

/** What later.txt says: the names of whole functions, and by name and shape which pieces were begun. */
function reading(text) {
  const [whole, parts] = [new Set(), new Map()];
  for (const line of text.split("\n").filter(Boolean)) {
    const [name, shape, bits] = line.split(" ");
    if (shape === undefined) whole.add(name);
    else parts.set(`${name} ${shape}`, Buffer.from(bits, "base64url"));
  }
  return { whole, parts };
}

/** Takes out of the functions what comes later; returns the names of what it has made of that. */
function divideFunctions(module, { whole, parts }) {
  const made = [];
  for (const { name, body } of functions(module).filter((one) => !imported(one))) {
    const key = short(name);
    const known = whole.has(key) || !OURS.has(crate(name)) ? undefined : pieces(body);
    const bits = known && parts.get(`${key} ${shapeOf(known)}`);
    if (bits) made.push(...outline(module, module.getFunction(name), known.pieces.map((_, at) => ((bits[at >> 3] >> (at & 7)) & 1) === 1)));
  }
  return made;
}

/** What lies in the module's memory at the start: `[{ offset, data }]`. */
const contents = (module) =>
  named(module.getNumDataSegments(), (i) => module.getDataSegmentInfo(module.getDataSegmentByIndex(i))).map(({ offset, data, passive }) => {
    if (passive) throw new Error("a segment of memory that waits to be copied");
    return { offset, data: new Uint8Array(data) };
  });
/** Bytes of a page of memory. */
const PAGE = 65_536;
const setContents = (module, segments) => {
  const { initial, max } = module.getMemoryInfo(MEMORY);
  const placed = segments.map(({ offset, data }) => ({ offset: module.i32.const(offset), data }));
  module.setMemory(initial, max ?? -1, null, placed, false, false, MEMORY);
};

/** The contents of memory without the places in `free`, and what belongs there. */
function divide(segments, free) {
  const kept = segments.map(({ offset, data }) => ({ offset, data: data.slice() }));
  const pieces = [];
  for (const { from, to } of free) {
    const home = segments.find(({ offset, data }) => offset <= from && to <= offset + data.length);
    if (!home) continue;
    kept[segments.indexOf(home)].data.fill(0, from - home.offset, to - home.offset);
    const last = pieces.at(-1);
    // What lies between two pieces never changes: it may be written a second time.
    if (last && last.home === home && from - last.to <= GAP) last.to = to;
    else pieces.push({ home, from, to });
  }
  return { kept, withheld: pieces.map(({ home, from, to }) => ({ offset: from, data: home.data.slice(from - home.offset, to - home.offset) })) };
}

/**
 * The two parts. `comesLater` is the text of later.txt; `loader` is in the name of the import that brings the second part;
 * `linked` is the program with its relocations, as the linker wrote it.
 */
export function split(bytes, comesLater, loader, linked) {
  const known = reading(comesLater);
  const [first, later] = [read(bytes), read(bytes)];
  const parts = divideFunctions(first, known);
  divideFunctions(later, known);
  const all = functions(first);
  const load = all.find((one) => one.base.includes(loader));
  if (load?.params !== binaryen.none || load.results !== binaryen.none) throw new Error(`no import ${loader}() in the page's wasm`);
  const exported = new Set(named(first.getNumExports(), (i) => binaryen.getExportInfo(first.getExportByIndex(i)).value));
  const goes = new Set(all.filter((one) => !imported(one) && !exported.has(one.name) && !CHANCE.has(crate(one.name)) && known.whole.has(short(one.name))).map(({ name }) => name));
  for (const name of parts) goes.add(name);
  // Under which name one part hands a function to the other.
  const passed = new Map(all.map(({ name }, index) => [name, `_${index.toString(36)}`]));
  const signature = new Map(all.map(({ name, params, results }) => [name, { params, results }]));

  // In the first part, whatever came off is a stub; those that nothing refers to disappear.
  const stub = (name, body) => {
    const { params, results } = signature.get(name);
    first.removeFunction(name);
    first.addFunction(name, params, results, [], body(params, results));
  };
  for (const name of goes) stub(name, () => first.unreachable());
  first.runPasses(["remove-unused-module-elements"]);
  // The stubs need it, whoever else does not.
  if (!functions(first).some(({ name }) => name === load.name)) first.addFunctionImport(load.name, load.module, load.base, load.params, load.results);
  const left = functions(first).map(({ name }) => name);
  const slots = left.filter((name) => goes.has(name));
  // What only those called that came off has gone with them.
  const stays = new Set(left.filter((name) => !goes.has(name)));
  first.addTable(TABLE, slots.length, slots.length, binaryen.funcref);
  first.addTableExport(TABLE, TABLE);
  first.addGlobal(HERE, binaryen.i32, true, first.i32.const(0));
  first.addGlobalExport(HERE, HERE);
  slots.forEach((name, slot) =>
    stub(name, (params, results) => {
      const operands = binaryen.expandType(params).map((type, index) => first.local.get(index, type));
      const missing = first.i32.eqz(first.global.get(HERE, binaryen.i32));
      const call = first.call_indirect(TABLE, first.i32.const(slot), operands, params, results);
      return first.block(null, [first.if(missing, first.call(load.name, [], binaryen.none)), call], results);
    }),
  );

  // In the second part whatever stayed is an import; those that nothing refers to disappear.
  for (const { name } of named(later.getNumExports(), (i) => binaryen.getExportInfo(later.getExportByIndex(i)))) later.removeExport(name);
  const segments = named(later.getNumElementSegments(), (i) => binaryen.getElementSegmentInfo(later.getElementSegmentByIndex(i)));
  for (const { name } of segments) later.removeElementSegment(name);
  // Nobody has changed the code since it was linked: the numbers in it are the linker's.
  const { kept, withheld } = divide(contents(first), unreached(linked, first.emitBinary()));
  setContents(first, kept);
  setContents(later, withheld);
  later.addMemoryImport(MEMORY, FIRST, "memory");
  for (const { name } of all.filter((one) => stays.has(one.name) || imported(one))) {
    const { params, results } = signature.get(name);
    later.removeFunction(name);
    later.addFunctionImport(name, FIRST, passed.get(name), params, results);
  }
  for (const { name, type, mutable } of named(later.getNumGlobals(), (i) => binaryen.getGlobalInfo(later.getGlobalByIndex(i)))) {
    later.removeGlobal(name);
    later.addGlobalImport(name, FIRST, `_${name}`, type, mutable);
  }
  const tables = named(later.getNumTables(), (i) => binaryen.getTableInfo(later.getTableByIndex(i)));
  for (const { name } of tables) later.addTableImport(name, FIRST, `_${name}`);
  later.addTable(TABLE, slots.length, slots.length, binaryen.funcref);
  later.addActiveElementSegment(TABLE, "slots", slots, later.i32.const(0));
  later.addTableImport(TABLE, FIRST, TABLE);
  later.runPasses(["remove-unused-module-elements"]);

  // What the second part still imports, the first exports.
  const there = new Set(left);
  for (const { name } of functions(later).filter(imported)) {
    const { module, base, params, results } = all.find((one) => one.name === name);
    // What only the second part asks of JavaScript reaches it through the first.
    if (!there.has(name)) first.addFunctionImport(name, module, base, params, results);
    first.addFunctionExport(name, passed.get(name));
  }
  for (const { name } of named(later.getNumGlobals(), (i) => binaryen.getGlobalInfo(later.getGlobalByIndex(i)))) first.addGlobalExport(name, `_${name}`);
  for (const { name } of named(later.getNumTables(), (i) => binaryen.getTableInfo(later.getTableByIndex(i))).filter(({ name }) => name !== TABLE)) {
    first.addTableExport(name, `_${name}`);
  }
  // The names of what is asked of JavaScript, short: `names` has them by the long ones.
  const names = new Map();
  for (const { name, module, base, params, results } of functions(first).filter(({ base }) => base.startsWith("__wb"))) {
    names.set(base, `_${names.size.toString(36)}`);
    first.removeFunction(name);
    first.addFunctionImport(name, module, names.get(base), params, results);
  }
  if (!first.validate() || !later.validate()) throw new Error("a part of the page's wasm is not valid");
  const bytesOf = (segments) => segments.reduce((sum, { data }) => sum + data.length, 0);
  return { first: first.emitBinary(), later: later.emitBinary(), names, parts: parts.length, stubs: slots.length, data: bytesOf(kept), withheld: bytesOf(withheld) };
}
