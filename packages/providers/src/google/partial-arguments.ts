import type { Json } from '@capstan/sdk/contract';
import { type Fields, textOf } from '../wire/shape.ts';

/** Arguments that are put together from pieces. */
export interface PartialArguments {
  /** Takes a piece as Gemini streams it: a `jsonPath` such as `$.files[0].path`, and a value of some kind. */
  add(piece: Fields): void;
  value(): Json;
}

type Tree = Map<string | number, Tree | Json>;

/** Makes empty arguments. Strings at the same place are joined; other values replace what was there. */
export function partialArguments(): PartialArguments {
  const root: Tree = new Map();
  return {
    add(piece) {
      const steps = stepsOf(textOf(piece['jsonPath']));
      const last = steps.pop();
      if (last === undefined) return;
      let tree = root;
      for (const step of steps) {
        const next = tree.get(step);
        if (next instanceof Map) tree = next;
        else tree.set(step, (tree = new Map()));
      }
      const before = tree.get(last);
      const { stringValue: text, numberValue: number, boolValue: truth } = piece;
      if (typeof text === 'string') tree.set(last, typeof before === 'string' ? before + text : text);
      else
        tree.set(last, typeof number === 'number' || typeof truth === 'boolean' ? ((number ?? truth) as Json) : null);
    },
    value: () => plain(root),
  };
}

/** Reads `$.a.b[0]['c d']` as `a`, `b`, 0, `c d`. */
function stepsOf(path: string): (string | number)[] {
  return [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/g)].map(
    ([, name, index, single, double]) =>
      index === undefined ? (name ?? (single ?? double ?? '').replaceAll(/\\(.)/g, '$1')) : Number(index),
  );
}

function plain(tree: Tree): Json {
  const entries = [...tree].map(([step, value]) => [step, value instanceof Map ? plain(value) : value] as const);
  if (entries.length > 0 && entries.every(([step]) => typeof step === 'number')) {
    const list: Json[] = [];
    for (const [step, value] of entries) list[step as number] = value;
    return Array.from(list, (value) => value ?? null);
  }
  return Object.fromEntries(entries);
}
