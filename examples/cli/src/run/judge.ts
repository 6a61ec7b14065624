import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { judge, type JudgeRequest, type Judgement, type Policy } from '@capstan/policy';
import { CapstanError } from '@capstan/sdk/contract';

/** Judges a question for a work tree: links of this machine's paths are followed first, as the tools do. */
export function judgeHere(request: JudgeRequest, policy: Policy, root: string): Judgement {
  return judge({ ...request, input: followedInput(request, root) }, policy);
}

/** Reads a question from a line of JSON. @throws {CapstanError} `invalid_config` saying what is wrong with it. */
export function readQuestion(line: string): JudgeRequest {
  const wrong = (why: string) =>
    new CapstanError('invalid_config', `${why} Write {"kind":"shell"|"path"|"url","input":"…"}.`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw wrong('The line is not JSON.');
  }
  if (typeof value !== 'object' || value === null) throw wrong('The line is not an object.');
  const question = value as Partial<Record<keyof JudgeRequest, unknown>>;
  if (question.kind !== 'shell' && question.kind !== 'path' && question.kind !== 'url')
    throw wrong('"kind" is missing or unknown.');
  if (typeof question.input !== 'string') throw wrong('"input" is not a text.');
  for (const key of ['os', 'shell', 'cwd'] as const) {
    if (question[key] !== undefined && typeof question[key] !== 'string') throw wrong(`"${key}" is not a text.`);
  }
  return { ...(value as JudgeRequest), ...opOf(question.op) };
}

/** Reads an operation on a path; `modify` is a write. @throws {CapstanError} `invalid_config` for another word. */
export function opOf(op: unknown): Pick<JudgeRequest, 'op'> {
  if (op === undefined) return {};
  if (op === 'read' || op === 'list') return { op: 'read' };
  if (op === 'write' || op === 'modify') return { op: 'write' };
  if (op === 'create' || op === 'delete') return { op };
  throw new CapstanError('invalid_config', `"${String(op)}" is not an operation. Use read, write, create or delete.`, {
    where: '--op',
  });
}

/** What is no plain path of this machine is left as it is, for the policy to judge. */
function followedInput({ kind, input, os, cwd }: JudgeRequest, root: string): string {
  const foreign =
    kind !== 'path' ||
    input === '' ||
    /^~|\0|^[a-z][a-z0-9+.-]*:/i.test(input) ||
    (os !== undefined && !/^(?:linux|darwin|macos)$/i.test(os));
  if (foreign) return input;
  const plain = resolve(cwd ?? root, input);
  const real = followed(plain);
  return real === plain ? input : real;
}

function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(followed(parent), basename(path));
  }
}
