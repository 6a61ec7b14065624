import type { Redirection, WordPart } from 'unbash';
import { copy, note } from './state.ts';
import type { Context, State } from './state.ts';
import { touch } from './touch.ts';
import { expandWhole, expandWord } from './words.ts';

/** Emits what a redirection reads or writes; gives what it puts on standard input. */
export function redirect(part: Redirection, state: State, context: Context): State['stdin'] | undefined {
  const first =
    part.descriptor === undefined || (part.descriptor.type === 'FileDescriptor' && part.descriptor.value === 0);
  if (part.type === 'HereDoc') {
    const { body } = part;
    if (!body.parts) return first ? { code: body.text } : undefined;
    const plain = body.parts.every((piece) => piece.type === 'Literal');
    expandParts(body.parts, state, context);
    return first ? (plain ? { code: body.text } : {}) : undefined;
  }
  if (!part.target) {
    note(context, 'a redirection has no target');
    return undefined;
  }
  if (part.type === 'HereString') {
    const field = expandWhole(part.target, state, context);
    return first ? { ...(field.known ? { code: field.text } : {}), remote: Boolean(field.remote) } : undefined;
  }
  const [piece, ...others] = part.target.parts ?? [];
  if (part.operator === '<' && piece?.type === 'ProcessSubstitution' && others.length === 0 && first) {
    const { paths, remote } = context.script(piece.script, { ...copy(state), stdin: {} });
    return { ...(paths ? { paths } : {}), remote: Boolean(remote) };
  }
  const [target, ...more] = expandWord(part.target, state, context);
  if (!target || more.length > 0) {
    note(context, `\`${part.target.text}\` is no single file`);
    return undefined;
  }
  const duplicates = /&$/.test(part.operator);
  if (duplicates && target.known && /^(?:\d+-?|-)$/.test(target.text)) return undefined;
  if (duplicates && !target.known) {
    note(context, `\`${target.text}\` names a stream that is only known when it runs`);
    return undefined;
  }
  if (part.operator === '<' || part.operator === '<&') {
    touch('read', target, state, context);
    return first ? { remote: Boolean(target.remote) } : undefined;
  }
  touch('write', target, state, context);
  if (part.operator === '<>') touch('read', target, state, context);
  return undefined;
}

function expandParts(parts: readonly WordPart[], state: State, context: Context): void {
  expandWhole({ type: 'Word', text: '', value: '', pos: 0, end: 0, parts }, copy(state), context);
}
