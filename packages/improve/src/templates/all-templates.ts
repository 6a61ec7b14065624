import type { Template } from '../scan/template.ts';
import { appendAllInLoop, appendInLoop, concatInLoop } from './append-in-loop.ts';
import { filterFirst } from './filter-first.ts';
import { filterSome } from './filter-some.ts';
import { includesSet } from './includes-set.ts';
import { lookupSet } from './lookup-set.ts';
import { objectInLoop } from './object-in-loop.ts';
import { reduceConcat, reduceSpread } from './reduce-spread.ts';
import { spreadHas, spreadSize } from './spread-has.ts';

/** Every rewrite that needs no model. */
export const allTemplates: readonly Template[] = [
  reduceSpread,
  reduceConcat,
  appendInLoop,
  appendAllInLoop,
  concatInLoop,
  objectInLoop,
  lookupSet,
  spreadHas,
  spreadSize,
  includesSet,
  filterFirst,
  filterSome,
];
