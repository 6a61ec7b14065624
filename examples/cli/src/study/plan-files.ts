import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import { prepareFolder } from '../project/open-project.ts';
import { readPlanWork, type Plan } from './plan.ts';
import { planText, readPlanText, type FollowedPlan } from './plan-text.ts';

/** Where plans are kept below a root. */
const folder = '.capstan/plans';

/** Keeps a plan as Markdown and as JSON. @returns Their paths, relative to the root. */
export function keepPlan(root: string, plan: Plan): { readonly markdown: string; readonly json: string } {
  prepareFolder(root);
  mkdirSync(join(root, folder), { recursive: true });
  const paths = { markdown: `${folder}/${plan.id}.md`, json: `${folder}/${plan.id}.json` };
  writeWhole(join(root, paths.json), `${JSON.stringify(plan, undefined, 2)}\n`);
  writeWhole(join(root, paths.markdown), planText(plan));
  return paths;
}

/** A reader never meets half a file. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** A plan that was found, and where. */
export interface FoundPlan extends FollowedPlan {
  /** Relative to the root where it lies below it. */
  readonly path: string;
  /** Of a plan that is kept here. */
  readonly id?: string;
}

export interface PlanPlace {
  readonly root: string;
  readonly cwd: string;
}

/**
 * Finds a plan by its file, Markdown or JSON, by its id or a part of it, or by `last`.
 *
 * @throws {CapstanError} `not_found` where there is none or more than one, `invalid_config` for a file that is no plan.
 */
export function findPlan(words: string, { root, cwd }: PlanPlace): FoundPlan {
  for (const from of [cwd, root]) {
    const file = resolve(from, words);
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) return readPlan(root, file);
  }
  const ids = keptIds(root);
  const fits =
    words === 'last'
      ? ids.slice(-1)
      : ids.filter((id) => id.startsWith(words.toUpperCase()) || id.endsWith(words.toUpperCase()));
  const [id, ...more] = fits;
  if (id !== undefined && more.length === 0) return readPlan(root, join(root, folder, `${id}.md`));
  const text =
    id === undefined
      ? `There is no plan ${words}: no file of that name, and none is kept under it. Make one with: capstan plan "TASK"`
      : `${fits.length} plans fit ${words}: ${fits.join(', ')}. Give more of the id.`;
  throw new CapstanError('not_found', text, { where: words });
}

/** Ids of the plans that are kept, the oldest first. */
function keptIds(root: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.md'));
  return names.map((name) => name.slice(0, -3)).toSorted();
}

function readPlan(root: string, file: string): FoundPlan {
  const text = readFileSync(file, 'utf8');
  const way = relative(root, file).replaceAll('\\', '/');
  const path = way.startsWith('..') ? file : way;
  const kept = path.startsWith(`${folder}/`) ? { id: basename(file).replace(/\.[^.]+$/, '') } : {};
  const plan = file.endsWith('.json') ? fromJson(text, path) : readPlanText(text);
  if (plan.text === '') throw noPlan(path, 'it is empty');
  return { ...plan, path, ...kept };
}

function fromJson(text: string, path: string): FollowedPlan {
  const value = parsed(text, path);
  const work = readPlanWork(value, '');
  if (!work) throw noPlan(path, 'it has no steps');
  const { id = '', task = '', tests = [], commands = [], commits = [] } = value as Partial<Plan>;
  const whole: Plan = { ...work, v: 1, id, task, tests, commands, commits, model: null, commit: null, madeAt: '' };
  const told = planText(whole);
  return { title: work.title, steps: work.steps, text: told.slice(0, told.lastIndexOf('\n\nPlan ')).trim() };
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw noPlan(path, `it is not JSON: ${(cause as Error).message}`);
  }
}

function noPlan(path: string, why: string): CapstanError {
  const text = `${path} is no plan: ${why}. A plan is Markdown with a list of steps, or what capstan plan wrote.`;
  return new CapstanError('invalid_config', text, { where: path });
}
