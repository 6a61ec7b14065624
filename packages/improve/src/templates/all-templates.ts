import type { Template } from '../scan/template.ts';
import { appendInLoop } from './append-in-loop.ts';
import { filterFirst } from './filter-first.ts';
import { includesSet } from './includes-set.ts';
import { reduceSpread } from './reduce-spread.ts';

/** Every rewrite that needs no model. */
export const allTemplates: readonly Template[] = [reduceSpread, appendInLoop, includesSet, filterFirst];
