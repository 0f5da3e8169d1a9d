// Takes out of a function what a first visit does not run of it, and makes functions of their own of that, which can come
// later (split.mjs).
//
// A function is looked at in pieces: a piece is a run of instructions that is begun at its first and left at its last. What
// has never been begun, and stands together in one block, is taken out as a whole. The locals that it reads become its
// parameters, those that it sets its results, and one more result says how it was left, where there is more than one way:
// by its end, by a jump to an outer label, or by returning from the whole function.
import binaryen from "binaryen";

const b = binaryen;
/** What to call costs, in bytes, beside what it hands over; and how many bytes an instruction has. */
const CALL = 26;
const HANDED = 4;
const INSTRUCTION = 1.9;

/** The operands of an expression, in the order they run; none where this kind is not known here. */
function operands(it) {
  const all = (count, get) => Array.from({ length: count(it) }, (_, at) => get(it, at));
  switch (b._BinaryenExpressionGetId(it)) {
    case b.NopId: case b.UnreachableId: case b.ConstId: case b.LocalGetId: case b.GlobalGetId: case b.MemorySizeId: return [];
    case b.BlockId: return all(b._BinaryenBlockGetNumChildren, b._BinaryenBlockGetChildAt);
    case b.LoopId: return [b._BinaryenLoopGetBody(it)];
    case b.IfId: return [b._BinaryenIfGetCondition(it), b._BinaryenIfGetIfTrue(it), b._BinaryenIfGetIfFalse(it)].filter(Boolean);
    case b.BreakId: return [b._BinaryenBreakGetValue(it), b._BinaryenBreakGetCondition(it)].filter(Boolean);
    case b.SwitchId: return [b._BinaryenSwitchGetValue(it), b._BinaryenSwitchGetCondition(it)].filter(Boolean);
    case b.CallId: return all(b._BinaryenCallGetNumOperands, b._BinaryenCallGetOperandAt);
    case b.CallIndirectId: return [...all(b._BinaryenCallIndirectGetNumOperands, b._BinaryenCallIndirectGetOperandAt), b._BinaryenCallIndirectGetTarget(it)];
    case b.LocalSetId: return [b._BinaryenLocalSetGetValue(it)];
    case b.GlobalSetId: return [b._BinaryenGlobalSetGetValue(it)];
    case b.LoadId: return [b._BinaryenLoadGetPtr(it)];
    case b.StoreId: return [b._BinaryenStoreGetPtr(it), b._BinaryenStoreGetValue(it)];
    case b.UnaryId: return [b._BinaryenUnaryGetValue(it)];
    case b.BinaryId: return [b._BinaryenBinaryGetLeft(it), b._BinaryenBinaryGetRight(it)];
    case b.SelectId: return [b._BinaryenSelectGetIfTrue(it), b._BinaryenSelectGetIfFalse(it), b._BinaryenSelectGetCondition(it)];
    case b.DropId: return [b._BinaryenDropGetValue(it)];
    case b.ReturnId: return [b._BinaryenReturnGetValue(it)].filter(Boolean);
    case b.MemoryGrowId: return [b._BinaryenMemoryGrowGetDelta(it)];
    case b.MemoryCopyId: return [b._BinaryenMemoryCopyGetDest(it), b._BinaryenMemoryCopyGetSource(it), b._BinaryenMemoryCopyGetSize(it)];
    case b.MemoryFillId: return [b._BinaryenMemoryFillGetDest(it), b._BinaryenMemoryFillGetValue(it), b._BinaryenMemoryFillGetSize(it)];
    default: return undefined;
  }
}

const LEAVES = new Set([b.BreakId, b.SwitchId, b.ReturnId, b.UnreachableId, b.BlockId, b.LoopId, b.IfId]);
/** Where a part that returns from the whole function jumps to; no label of a compiler looks like it. */
const BACK = "$back";

/**
 * The pieces of a function: `[{ block, from, to, looped }]`, places in the block's list, whether they stand in a loop; and
 * its shape, the kinds of its instructions in order. None where it has instructions that are not known here.
 */
export function pieces(body) {
  const found = [];
  const shape = [];
  let known = true;
  /** Whether control leaves the straight way somewhere in it. */
  const visit = (it, looped) => {
    const id = b._BinaryenExpressionGetId(it);
    shape.push(id);
    const parts = operands(it);
    if (!parts) known = false;
    if (!parts || !known) return true;
    let leaves = LEAVES.has(id);
    if (id !== b.BlockId) {
      for (const part of parts) leaves = visit(part, looped || id === b.LoopId) || leaves;
      return leaves;
    }
    let piece;
    parts.forEach((part, at) => {
      if (!piece) found.push((piece = { block: it, from: at, to: at, looped }));
      piece.to = at + 1;
      if (visit(part, looped)) piece = undefined;
    });
    return true;
  };
  visit(body, false);
  return known ? { pieces: found, shape } : undefined;
}

/** The runs of pieces that stand together in one block and were never begun, the outermost ones. */
function runs(all, begun) {
  const inside = new Set();
  const found = [];
  const swallow = (it) => {
    if (b._BinaryenExpressionGetId(it) === b.BlockId) inside.add(it);
    operands(it).forEach(swallow);
  };
  for (let at = 0; at < all.length; at += 1) {
    const { block, from, looped } = all[at];
    if (begun[at] || inside.has(block)) continue;
    const last = found.at(-1);
    const to = all[at].to;
    for (let child = from; child < to; child += 1) swallow(b._BinaryenBlockGetChildAt(block, child));
    if (last?.block === block && last.to === from) last.to = to;
    else found.push({ block, from, to, looped });
  }
  return found;
}

/** Counts by number. */
const count = () => {
  const counts = new Map();
  return { add: (it) => counts.set(it, (counts.get(it) ?? 0) + 1), of: (it) => counts.get(it) ?? 0, keys: () => counts.keys() };
};

/** What a run reads, sets and where it goes; none where it cannot be taken out. */
function look(run) {
  const { block, from, to } = run;
  const seen = { size: 0, gets: count(), touches: count(), sets: new Set(), surely: new Set(), exposed: new Set(), touched: [], returns: [], outer: new Set(), ends: false };
  const labels = new Set();
  let [possible, straight] = [true, true];
  const target = (label, value) => {
    if (labels.has(label)) return;
    if (value) possible = false;
    seen.outer.add(label);
  };
  const visit = (it, home, at) => {
    if (!possible) return;
    seen.size += 1;
    const id = b._BinaryenExpressionGetId(it);
    const label = id === b.BlockId ? b.Block.getName(it) : id === b.LoopId ? b.Loop.getName(it) : undefined;
    if (label) labels.add(label);
    if (id === b.IfId) straight = false;
    operands(it).forEach((part, place) => visit(part, id === b.BlockId ? it : undefined, place));
    if (id === b.LocalGetId || id === b.LocalSetId) {
      const local = id === b.LocalGetId ? b._BinaryenLocalGetGetIndex(it) : b._BinaryenLocalSetGetIndex(it);
      seen.touched.push(it);
      seen.touches.add(local);
      if (id === b.LocalSetId) {
        seen.sets.add(local);
        if (straight) seen.surely.add(local);
      } else {
        seen.gets.add(local);
        if (!seen.surely.has(local)) seen.exposed.add(local);
      }
    }
    if (id === b.BreakId) target(b.Break.getName(it), b._BinaryenBreakGetValue(it));
    if (id === b.SwitchId) {
      const value = b._BinaryenSwitchGetValue(it);
      for (const other of [...b.Switch.getNames(it), b.Switch.getDefaultName(it)]) target(other, value);
    }
    if (id === b.ReturnId) {
      if (home === undefined) possible = false;
      else seen.returns.push({ block: home, at, value: b._BinaryenReturnGetValue(it) });
    }
    if (LEAVES.has(id)) straight = false;
    if (label) labels.delete(label);
  };
  for (let at = from; at < to; at += 1) visit(b._BinaryenBlockGetChildAt(block, at), block, at);
  seen.ends = b._BinaryenExpressionGetType(b._BinaryenBlockGetChildAt(block, to - 1)) !== b.unreachable;
  return possible ? seen : undefined;
}

/** How often each local is read in all of the body, and how often it is touched. */
function uses(body) {
  const [gets, touches] = [count(), count()];
  const visit = (it) => {
    const id = b._BinaryenExpressionGetId(it);
    if (id === b.LocalGetId) gets.add(b._BinaryenLocalGetGetIndex(it));
    if (id === b.LocalGetId) touches.add(b._BinaryenLocalGetGetIndex(it));
    if (id === b.LocalSetId) touches.add(b._BinaryenLocalSetGetIndex(it));
    operands(it).forEach(visit);
  };
  visit(body);
  return { gets, touches };
}

/**
 * Takes out of the function what was never begun (`begun`, by piece), where that saves at least `worth` bytes or `worth` is 0; returns the
 * names of the new functions.
 */
export function outline(module, fn, begun, worth = 1) {
  const { name, params, results, vars, body } = b.getFunctionInfo(fn);
  const found = pieces(body);
  if (!found || found.pieces.length !== begun.length) return [];
  const types = [...b.expandType(params), ...vars];
  const simple = new Set([b.i32, b.i64, b.f32, b.f64]);
  if (types.some((type) => !simple.has(type))) return [];
  const whole = uses(body);
  const made = [];
  // From the end, so that places before it stay what they are.
  for (const run of runs(found.pieces, begun).reverse()) {
    const last = b._BinaryenBlockGetChildAt(run.block, run.to - 1);
    if (simple.has(b._BinaryenExpressionGetType(last))) run.to -= 1;
    if (run.to <= run.from) continue;
    const seen = look(run);
    if (!seen) continue;

    const ways = [...(seen.ends ? [{ end: true }] : []), ...[...seen.outer].map((label) => ({ label })), ...(seen.returns.length ? [{ back: true }] : [])];
    const read = (local) => whole.gets.of(local) > seen.gets.of(local);
    const touched = (local) => whole.touches.of(local) > seen.touches.of(local) || local < types.length - vars.length;
    const again = (local) => run.looped && seen.exposed.has(local);
    const given = ways.length ? [...seen.sets].filter((local) => read(local) || again(local)) : [];
    // A local that is touched here alone begins with zero, here as there.
    const taken = [...new Set([...seen.exposed, ...given.filter((local) => !seen.surely.has(local))])].filter((local) => touched(local) || again(local));
    const value = seen.returns.length && results !== b.none ? [results] : [];
    const cost = CALL + HANDED * (taken.length + given.length + ways.length + value.length);
    if (worth > 0 && seen.size * INSTRUCTION - cost < worth) continue;

    // The new function: its own numbers for the locals.
    const own = [...taken, ...[...seen.touches.keys()].filter((local) => !taken.includes(local))];
    const number = new Map(own.map((local, at) => [local, at]));
    const back = own.length;
    for (const it of seen.touched) {
      if (b._BinaryenExpressionGetId(it) === b.LocalGetId) b._BinaryenLocalGetSetIndex(it, number.get(b._BinaryenLocalGetGetIndex(it)));
      else b._BinaryenLocalSetSetIndex(it, number.get(b._BinaryenLocalSetGetIndex(it)));
    }
    for (const { block, at, value } of seen.returns) {
      const leave = module.break(BACK);
      const instead = value ? module.block(null, [module.local.set(back, value), leave]) : leave;
      b._BinaryenBlockSetChildAt(block, at, instead);
    }
    const told = [...(ways.length > 1 ? [b.i32] : []), ...given.map((local) => types[local]), ...value];
    const tell = (way) => {
      const values = [
        ...(ways.length > 1 ? [module.i32.const(way)] : []),
        ...given.map((local) => module.local.get(number.get(local), types[local])),
        ...value.map((type) => module.local.get(back, type)),
      ];
      return module.return(values.length > 1 ? module.tuple.make(values) : values[0]);
    };
    const children = Array.from({ length: run.to - run.from }, (_, at) => b._BinaryenBlockGetChildAt(run.block, run.from + at));
    let inner = module.block(null, seen.ends ? [...children, tell(0)] : children, b.unreachable);
    ways.forEach(({ label, back }, way) => {
      if (label || back) inner = module.block(null, [module.block(label ?? BACK, [inner], b.none), tell(way)], b.unreachable);
    });
    const type = told.length > 1 ? b.createType(told) : (told[0] ?? b.none);
    const taker = `${name}$${made.length}`;
    const rest = own.slice(taken.length).map((local) => types[local]);
    module.addFunction(taker, b.createType(taken.map((local) => types[local])), type, [...rest, ...value], inner);
    made.push(taker);

    // In its place: the call, what it tells, and the way on.
    const call = module.call(taker, taken.map((local) => module.local.get(local, types[local])), type);
    const instead = [];
    const way = ways.length > 1 ? b._BinaryenFunctionAddVar(fn, b.i32) : undefined;
    const returned = value.length ? b._BinaryenFunctionAddVar(fn, results) : undefined;
    const places = [...(way === undefined ? [] : [way]), ...given, ...(returned === undefined ? [] : [returned])];
    if (places.length === 0) instead.push(call);
    else if (places.length === 1) instead.push(module.local.set(places[0], call));
    else {
      const tuple = b._BinaryenFunctionAddVar(fn, type);
      instead.push(module.local.set(tuple, call));
      places.forEach((place, at) => instead.push(module.local.set(place, module.tuple.extract(module.local.get(tuple, type), at))));
    }
    ways.forEach(({ end, label }, at) => {
      if (end) return;
      const is = () => (ways.length === 2 && at === 1 ? module.local.get(way, b.i32) : module.i32.eq(module.local.get(way, b.i32), module.i32.const(at)));
      const only = !seen.ends && at === ways.length - 1;
      const go = () => (label ? module.break(label) : module.return(returned === undefined ? undefined : module.local.get(returned, results)));
      if (only) instead.push(go());
      else if (label) instead.push(module.break(label, is()));
      else instead.push(module.if(is(), go()));
    });
    if (ways.length === 0) instead.push(module.unreachable());
    for (let at = run.to - 1; at >= run.from; at -= 1) b._BinaryenBlockRemoveChildAt(run.block, at);
    instead.forEach((it, at) => b._BinaryenBlockInsertChildAt(run.block, run.from + at, it));
  }
  return made;
}
