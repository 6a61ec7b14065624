import { decide } from '../decide/decide.ts';
import type { Policy } from '../decide/policy.ts';
import type { Effect, WriteEffect } from '../effect/effect.ts';
import { findSecrets } from '../redact/find-secrets.ts';
import type { Judgement } from './judge.ts';

/** A secret that a diff would add. */
export interface AddedSecret {
  readonly path: string;
  /** Line of the new file, from 1. */
  readonly line: number;
  readonly kind: string;
}

export interface DiffJudgement extends Judgement {
  readonly secrets: readonly AddedSecret[];
}

/**
 * Judges a unified diff, as `git diff` gives it: every file it would create, change or delete, and the lines it adds.
 *
 * A diff that adds a secret is denied by `secret-in-diff`.
 *
 * @param root Absolute folder that the diff's paths are relative to. Default: the policy's first root.
 */
export function judgeDiff(
  diff: string,
  policy: Policy,
  { root = policy.roots[0] ?? '/' }: { readonly root?: string } = {},
): DiffJudgement {
  const { effects, secrets } = readDiff(diff, root);
  const { verdict, rule, reason } = decide(policy, { effects });
  const [secret] = secrets;
  if (!secret || verdict === 'deny') return { verdict, rule, reason, effects, secrets };
  return {
    verdict: 'deny',
    rule: 'secret-in-diff',
    reason: `Line ${secret.line} of ${secret.path} adds a secret (${secret.kind}). Take it out and read it from the environment.`,
    effects,
    secrets,
  };
}

function readDiff(
  diff: string,
  root: string,
): { readonly effects: readonly Effect[]; readonly secrets: readonly AddedSecret[] } {
  const writes = new Map<string, WriteEffect>();
  const secrets: AddedSecret[] = [];
  const add = (path: string | undefined, change: WriteEffect['change']): void => {
    if (path !== undefined)
      writes.set(`${change ?? ''} ${path}`, { kind: 'write', path: `${root}/${path}`, ...(change ? { change } : {}) });
  };
  let old: string | undefined;
  let path: string | undefined;
  let line = 0;
  let left = { old: 0, new: 0 };
  for (const text of diff.split('\n')) {
    if (left.old > 0 || left.new > 0) {
      if (text.startsWith('+')) {
        for (const { kind } of findSecrets(text.slice(1), { personal: false, nationalIds: false }))
          secrets.push({ path: path ?? old ?? '', line, kind });
      }
      if (!text.startsWith('-') && !text.startsWith('\\')) {
        line += 1;
        left = { ...left, new: left.new - 1 };
      }
      if (!text.startsWith('+') && !text.startsWith('\\')) left = { ...left, old: left.old - 1 };
      continue;
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text);
    if (hunk) {
      line = Number(hunk[2]);
      left = { old: Number(hunk[1] ?? 1), new: Number(hunk[3] ?? 1) };
    } else if (text.startsWith('--- ')) old = pathOf(text.slice(4));
    else if (text.startsWith('+++ ')) {
      path = pathOf(text.slice(4));
      if (path === undefined) add(old, 'delete');
      else add(path, old === undefined ? 'create' : 'modify');
    } else if (/^(?:rename|copy) (?:from|to) /.test(text))
      add(unquoted(text.replace(/^\w+ \w+ /, '')), text.startsWith('rename from') ? 'delete' : 'create');
    else if (/^diff --git /.test(text)) {
      const quoted = /"b\/((?:[^"\\]|\\.)*)"$/.exec(text)?.[1];
      const plain = / b\/(.*)$/.exec(text)?.[1];
      const name = quoted === undefined ? plain : unquoted(`"${quoted}"`);
      // A change of mode or of a binary file has no other line with its name.
      if (name !== undefined) add(name, 'modify');
    }
  }
  return { effects: [...writes.values()], secrets };
}

function pathOf(text: string): string | undefined {
  const bare = unquoted(text.replace(/\t.*$/, '').trimEnd());
  return bare === '/dev/null' ? undefined : bare.replace(/^[abciwo]\//, '');
}

/** Names with odd letters stand in quotes, with octal escapes for their UTF-8 bytes. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  const bytes: number[] = [];
  const inner = text.slice(1, text.endsWith('"') ? -1 : undefined);
  const named: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };
  for (const [, octal, letter, plain] of inner.matchAll(/\\([0-7]{1,3})|\\(.)|([^\\]+)/gs)) {
    if (octal !== undefined) bytes.push(parseInt(octal, 8));
    else if (letter !== undefined) bytes.push(named[letter] ?? letter.charCodeAt(0));
    else bytes.push(...new TextEncoder().encode(plain ?? ''));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
