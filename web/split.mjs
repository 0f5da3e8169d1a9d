// Cuts the page's wasm in two: what a first visit may run, and what comes after it.
//
// Both are parts of one program: one memory, one stack, one table of functions. In the first part a function that came off
// is a few bytes that call through a table of its own; the second part fills that table when it is instantiated. Called
// before that, it asks for the second part first (`loadLaterNow` of load.js, which waits for it).
//
// What a first visit does not run was seen in a browser (`node web/first-visit.mjs`) and is kept in later.txt, by name. What
// is not named there stays in the first part: new code is safe, and moves when that is run again.
import binaryen from "binaryen";
import { createHash } from "node:crypto";

/** The table that the second part fills, and the global that says it did. */
const TABLE = "later";
const HERE = "later_here";
/** The module that the second part imports everything from: the exports of the first. */
const FIRST = "first";
/** What wasm-ld calls the memory. */
const MEMORY = "0";

/** A function's name as later.txt has it: 30 bits of it, without what differs from build to build. */
export const short = (name) => {
  const plain = name.replace(/\[[0-9a-f]+\]/g, "").replace(/\{(closure|shim|impl)#\d+\}/g, "{$1}").replace(/\.llvm\.\d+|\.\d+$/g, "");
  return createHash("sha256").update(plain).digest("base64url").slice(0, 5);
};

const functions = (module) =>
  Array.from({ length: module.getNumFunctions() }, (_, i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)));
const imported = ({ base }) => base !== "";
const named = (count, get) => Array.from({ length: count }, (_, i) => get(i));

// What rustc turns on for wasm32-unknown-unknown (see optimize.mjs): nothing newer may be written.
const { BulkMemory, BulkMemoryOpt, CallIndirectOverlong, Multivalue, MutableGlobals, NontrappingFPToInt, ReferenceTypes, SignExt } = binaryen.Features;
const features = [BulkMemory, BulkMemoryOpt, CallIndirectOverlong, Multivalue, MutableGlobals, NontrappingFPToInt, ReferenceTypes, SignExt];

const read = (bytes) => {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(features.reduce((all, one) => all | one));
  return module;
};

/** The module with a call of `profile.mark(index)` at the start of each function, and the functions' names by index. */
export function instrument(bytes) {
  const module = read(bytes);
  module.addFunctionImport("profile_mark", "profile", "mark", binaryen.i32, binaryen.none);
  const own = functions(module).filter((one) => !imported(one));
  own.forEach(({ name, body, results }, index) => {
    const mark = module.call("profile_mark", [module.i32.const(index)], binaryen.none);
    binaryen.Function(module.getFunction(name)).setBody(module.block(null, [mark, body], results));
  });
  return { bytes: module.emitBinary(), names: own.map(({ name }) => short(name)) };
}

/**
 * The two parts. `comesLater` has the short names of what comes off; `loader` is in the name of the import that brings
 * the second part.
 */
export function split(bytes, comesLater, loader) {
  const first = read(bytes);
  const all = functions(first);
  const load = all.find((one) => one.base.includes(loader));
  if (load?.params !== binaryen.none || load.results !== binaryen.none) throw new Error(`no import ${loader}() in the page's wasm`);
  const exported = new Set(named(first.getNumExports(), (i) => binaryen.getExportInfo(first.getExportByIndex(i)).value));
  const goes = new Set(all.filter((one) => !imported(one) && !exported.has(one.name) && comesLater.has(short(one.name))).map(({ name }) => name));
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
  const later = read(bytes);
  for (const { name } of named(later.getNumExports(), (i) => binaryen.getExportInfo(later.getExportByIndex(i)))) later.removeExport(name);
  const segments = named(later.getNumElementSegments(), (i) => binaryen.getElementSegmentInfo(later.getElementSegmentByIndex(i)));
  for (const { name } of segments) later.removeElementSegment(name);
  const { initial, max } = later.getMemoryInfo(MEMORY);
  later.setMemory(initial, max ?? -1, null, [], false, false, MEMORY);
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
  if (!first.validate() || !later.validate()) throw new Error("a part of the page's wasm is not valid");
  return { first: first.emitBinary(), later: later.emitBinary(), stubs: slots.length };
}
