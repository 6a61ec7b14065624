import { posix } from 'node:path';
import type { Effect, Extent, WriteEffect } from '../effect/effect.ts';
import { criticalHarm } from './critical.ts';
import type { Field } from './field.ts';
import { note } from './state.ts';
import type { Context, State } from './state.ts';

/** What is done to a path. */
export type Touch = 'read' | 'tree' | 'write' | 'make' | 'delete' | 'delete-tree' | 'write-tree';

const harmlessDevices = /^\/dev\/(?:null|stdin|stdout|stderr|tty|zero|full|random|urandom|fd\/\d+)$/;

/** Emits what is done to the files that a word names, in each folder the shell may be in. */
export function touch(how: Touch, field: Field, state: State, context: Context): void {
  const whole = how === 'delete-tree' || how === 'write-tree';
  if (!field.known) {
    const harm = whole ? emptiedHarm(field, state, context) : undefined;
    if (harm !== undefined) context.emit({ effect: { kind: 'unknown', note: harm }, harm });
    const at = field.start?.lastIndexOf('/') ?? -1;
    // The folder it lies in is known, which may be enough to say no.
    const folder =
      at > 0 && field.start !== undefined
        ? pathsOf({ text: field.start.slice(0, at), known: true }, state)?.[0]
        : undefined;
    if (folder !== undefined)
      touchPath(how === 'read' || how === 'tree' ? 'tree' : 'write-tree', folder, false, context);
    note(context, `\`${field.text}\` names a file that is only known when it runs`);
    return;
  }
  if (field.text === '') return;
  // Some programs take an address where they take a file.
  if (/^(?:https?|ftp|git|ssh|s3|gs|smb|file):\/\//i.test(field.text))
    context.emit({ effect: { kind: 'network', url: field.text } });
  for (const path of pathsOf(field, state) ?? [undefined]) {
    if (path === undefined) note(context, `\`${field.text}\` is relative to a folder that is not known`);
    else if (/[*?[].*\/\.\.(?:\/|$)/.test(field.text))
      note(context, `\`${field.text}\` climbs out of what a pattern matches`);
    else {
      const all = whole || (how === 'delete' && field.glob === true && path.endsWith('/**'));
      const harm = all ? criticalHarm(path, field.glob === true, context) : undefined;
      if (harm !== undefined) context.emit({ effect: { kind: 'unknown', note: harm }, harm });
      touchPath(how, path, field.glob === true || isPatternFolder(field, state), context);
    }
  }
}

/** What a word would delete if the variables in it turn out to be empty. */
function emptiedHarm(field: Field, state: State, context: Context): string | undefined {
  if (/:?\?/.test(field.text.replace(/\*/g, '')) || /[`(]/.test(field.text)) return undefined;
  const bare = field.text
    .replace(/["']/g, '')
    .replace(/^~(?=\/)/, context.home)
    .replace(/\$\{?HOME\}?/g, context.home)
    .replace(/\$(?:\{[^}]*\}|\w+|[@*])/g, '');
  if (bare === '' || bare === field.text) return undefined;
  const path = pathsOf({ text: bare, known: true }, state)?.[0];
  return path !== undefined && bare.startsWith('/') ? criticalHarm(path, /[*?]/.test(bare), context) : undefined;
}

/** `cd "$dir"` in a loop over a pattern: the folder is a pattern too. */
function isPatternFolder(field: Field, state: State): boolean {
  return !field.text.startsWith('/') && (state.cwds ?? []).some((cwd) => /[*?]/.test(cwd));
}

/** The absolute paths a known word can mean; `undefined` when the folder is not known. */
export function pathsOf(field: Field, state: State): readonly string[] | undefined {
  if (field.text.startsWith('/')) return [posix.normalize(field.text)];
  if (/^[a-zA-Z]:[\\/]|^\\\\/.test(field.text)) return [field.text];
  return state.cwds?.map((cwd) => posix.join(cwd, field.text));
}

function touchPath(how: Touch, path: string, glob: boolean, context: Context): void {
  const found = /^\/dev\/(tcp|udp)\/([^/]+)\/([^/]+)/.exec(path);
  if (found) {
    context.emit({ effect: { kind: 'network', url: `${found[1]}://${found[2]}:${found[3]}` } });
    return;
  }
  if (!glob && harmlessDevices.test(path)) return;
  const bare = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  context.emit({ effect: effectOf(how, bare, glob) });
}

function effectOf(how: Touch, path: string, glob: boolean): Effect {
  const extent: { readonly extent?: Extent } = glob
    ? { extent: 'pattern' }
    : how.endsWith('tree')
      ? { extent: 'tree' }
      : {};
  if (how === 'read' || how === 'tree') return { kind: 'read', path, ...extent };
  const change: Pick<WriteEffect, 'change'> = how.startsWith('delete')
    ? { change: 'delete' }
    : how === 'make'
      ? { change: 'create' }
      : {};
  return { kind: 'write', path, ...extent, ...change };
}
