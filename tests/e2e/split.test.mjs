// What is taken out of a function does what it did inside of it, whatever is taken out: random functions, random pieces,
// the same results, the same effects in the same order. Needs no browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "binaryen";
import { outline, pieces } from "../../web/outline.mjs";

/** Numbers that look random and are the same in every run (mulberry32). */
function chance(seed) {
  const next = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let it = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it;
    return ((it ^ (it >>> 14)) >>> 0) / 4294967296;
  };
  return { below: (n) => Math.floor(next() * n), is: (share) => next() < share };
}

/** A function of random statements over locals of two types, with blocks, loops, jumps, tables and returns, as text. */
function program(seed) {
  const { below, is } = chance(seed);
  // Few locals, which everything shares, or many, some of which one piece has to itself.
  const count = 3 + below(30);
  const local = () => below(count);
  const wide = () => count + below(2);
  let label = 0;
  const small = (depth) => {
    if (depth === 0 || is(0.3)) return is(0.6) ? `(local.get ${local()})` : `(i32.const ${below(9)})`;
    if (is(0.1)) return `(local.tee ${local()} ${small(depth - 1)})`;
    if (is(0.1)) return `(i32.wrap_i64 (local.get ${wide()}))`;
    return `(i32.${["add", "sub", "xor", "lt_s", "and"][below(5)]} ${small(depth - 1)} ${small(depth - 1)})`;
  };
  const some = (labels, depth) => Array.from({ length: 2 + below(5) }, () => statement(labels, depth)).join("\n");
  const any = (labels) => labels[below(labels.length)];
  const statement = (labels, depth) => {
    const kind = below(12);
    if (kind < 3) return `(local.set ${local()} ${small(2)})`;
    if (kind === 3) return `(local.set ${wide()} (i64.add (local.get ${wide()}) (i64.extend_i32_s ${small(1)})))`;
    if (kind < 6) return `(call $trace ${small(2)})`;
    if (kind < 8 && labels.length) return `(br_if ${any(labels)} ${small(2)})`;
    if (kind === 8 && labels.length) return `(block (br_if 0 ${small(1)}) (br_table ${any(labels)} ${any(labels)} ${any(labels)} ${small(1)}))`;
    if (kind === 9) return `(block (br_if 0 ${small(2)}) ${is(0.7) ? `(return ${small(2)})` : "(call $trace (i32.const 77)) (unreachable)"})`;
    if (depth === 0) return `(call $trace (local.get ${local()}))`;
    const name = `$l${label++}`;
    if (kind === 10) return `(block ${name}\n${some([...labels, name], depth - 1)})`;
    // A loop ends when its fuel is used up.
    return `(block ${name}o (loop ${name} (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1))) (br_if ${name}o (i32.lt_s (global.get $fuel) (i32.const 0)))
${some([...labels, name, `${name}o`], depth - 1)}))`;
  };
  return `(module (import "e" "trace" (func $trace (param i32))) (global $fuel (export "fuel") (mut i32) (i32.const 0))
(func $f (export "f") (param i32 i32) (result i32) (local ${"i32 ".repeat(count - 2)} i64 i64)
${some([], 3)}
${some([], 3)}
(i32.xor (local.get ${local()}) (local.get ${local()}))))`;
}

/** A local that one piece has to itself, and that remembers from one turn of a loop to the next. */
const remembers = `(module (import "e" "trace" (func $trace (param i32))) (global $fuel (export "fuel") (mut i32) (i32.const 0))
(func $f (export "f") (param i32 i32) (result i32) (local i32)
(loop $again
  (block (br_if 0 (i32.eqz (local.get 1)))
    (call $trace (local.get 2))
    (local.set 2 (i32.add (local.get 2) (i32.const 1))))
  (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
  (br_if $again (i32.gt_s (local.get 0) (i32.const 0))))
(i32.const 0)))`;

/** What a call does: what it traced, and what it returned or that it trapped. */
function calls(bytes) {
  let traced;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { trace: (value) => traced.push(value) } });
  return (a, b) => {
    traced = [];
    exports.fuel.value = 25;
    try {
      traced.push(["returned", exports.f(a, b)]);
    } catch (error) {
      traced.push(["trapped", error.constructor.name]);
    }
    return traced;
  };
}

test("what is taken out of a function does what it did inside", () => {
  let [taken, compared] = [0, 0];
  for (let seed = 0; seed <= 300; seed += 1) {
    const text = seed === 0 ? remembers : program(seed);
    const read = () => {
      const module = binaryen.parseText(text);
      module.setFeatures(binaryen.Features.All);
      return module;
    };
    const before = calls(read().emitBinary());
    const { below, is } = chance(-seed);
    const module = read();
    const fn = module.getFunction("f");
    const all = pieces(binaryen.getFunctionInfo(fn).body).pieces;
    const share = seed === 0 ? 0 : 0.2 + 0.1 * below(8);
    const made = outline(module, fn, all.map((_, at) => at === 0 || is(share)), 0);
    taken += made.length;
    assert.ok(module.validate(), `seed ${seed}`);
    const after = calls(module.emitBinary());
    for (let call = 0; call < 40; call += 1) {
      const [a, b] = [below(9) - 3, below(9) - 3];
      assert.deepEqual(after(a, b), before(a, b), `seed ${seed}: f(${a}, ${b})`);
      compared += 1;
    }
    module.dispose();
  }
  assert.ok(taken > 500, `only ${taken} pieces were taken out`);
  console.log(`    ${taken} pieces taken out of 301 functions, ${compared} calls compared`);
});
