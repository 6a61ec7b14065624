import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { decide, type Decision, type Effect, type Policy } from '@capstan/policy';
import { CapstanError } from '@capstan/sdk/contract';

/** What is to be judged: a command line, a path or an address. */
export interface Question {
  readonly kind: 'shell' | 'path' | 'url';
  readonly input: string;
  /** With a path: `read`, `write`, `create`, `modify` or `delete`. */
  readonly op?: string;
}

/** The verdict with the effects it was found for. */
export interface Judgement {
  readonly verdict: Decision['verdict'];
  readonly rule: string;
  readonly reason: string;
  readonly approvals: number;
  readonly effects: readonly Effect[];
}

/** Judges one question by a policy. Nothing is run, read or reached. */
export async function judge(question: Question, policy: Policy, root: string): Promise<Judgement> {
  const effects = [effectOf(question, root)];
  const { verdict, rule, reason, approvals } = decide(policy, { effects });
  return { verdict, rule, reason, approvals, effects };
}

/** Reads a question from a line of JSON. @throws {CapstanError} `invalid_config` saying what is wrong with it. */
export function readQuestion(line: string): Question {
  const wrong = (why: string) =>
    new CapstanError('invalid_config', `${why} Write {"kind":"shell"|"path"|"url","input":"…"}.`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw wrong('The line is not JSON.');
  }
  if (typeof value !== 'object' || value === null) throw wrong('The line is not an object.');
  const { kind, input, op } = value as Partial<Record<string, unknown>>;
  if (kind !== 'shell' && kind !== 'path' && kind !== 'url') throw wrong('"kind" is missing or unknown.');
  if (typeof input !== 'string') throw wrong('"input" is not a text.');
  return { kind, input, ...(typeof op === 'string' ? { op } : {}) };
}

/** Says as an effect what a question asks about. */
function effectOf({ kind, input, op = 'read' }: Question, root: string): Effect {
  switch (kind) {
    case 'shell':
      return { kind: 'run', command: input, cwd: root };
    case 'url':
      return { kind: 'network', url: input };
    case 'path': {
      const path = followed(resolve(root, input));
      if (op === 'read' || op === 'list') return { kind: 'read', path };
      if (op === 'write') return { kind: 'write', path };
      if (op === 'create' || op === 'modify' || op === 'delete') return { kind: 'write', path, change: op };
      throw new CapstanError(
        'invalid_config',
        `"${op}" is not an operation. Use read, write, create, modify or delete.`,
        { where: '--op' },
      );
    }
    default:
      return kind satisfies never;
  }
}

/** Follows the links of a path as far as it exists, as the work tree does before it acts. */
function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(followed(parent), basename(path));
  }
}
