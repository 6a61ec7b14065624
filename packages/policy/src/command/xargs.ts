import type { Handler } from './call.ts';
import { literal, unknownField } from './field.ts';
import type { Field } from './field.ts';
import { placed } from './find.ts';
import { note } from './state.ts';
import { touch } from './touch.ts';

const valued = /^-(?:[nLPsdEJRS]|-(?:max-args|max-lines|max-procs|max-chars|delimiter|eof|process-slot-var))$/;

/** Understands `xargs`: the command it runs, given what comes in. */
export const xargs: Handler = ({ words, state, context }) => {
  let placeholder: string | undefined;
  let fromFile = false;
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at];
    if (!word?.known || !word.text.startsWith('-') || word.text === '-') break;
    const { text } = word;
    if (text === '--') {
      at += 1;
      break;
    }
    if (text === '-I' || text === '--replace') {
      const next = text === '-I' ? words[(at += 1)] : undefined;
      placeholder = next?.text ?? '{}';
      if (next && !next.known) note(context, 'the placeholder of xargs is only known when it runs');
    } else if (/^-I./.test(text)) placeholder = text.slice(2);
    else if (/^-i/.test(text)) placeholder = text.slice(2) || '{}';
    else if (text.startsWith('--replace=')) placeholder = text.slice(10);
    else if (/^(?:-a|--arg-file)$/.test(text)) {
      const file = words[(at += 1)];
      fromFile = true;
      if (file) touch('read', file, state, context);
    } else if (/^--arg-file=/.test(text)) {
      fromFile = true;
      touch('read', literal(text.slice(11)), state, context);
    } else if (valued.test(text)) at += 1;
    else if (
      !/^-(?:[0rtpxo]+|[nLPsdEle].*|-(?:null|no-run-if-empty|verbose|exit|interactive|open-tty|max-\w+=.*|delimiter=.*|eof.*))$/.test(
        text,
      )
    ) {
      note(context, `the option \`${text}\` of xargs is not known to be harmless`);
    }
  }
  const command = words.slice(at);
  const { paths, remote, field, code } = state.stdin;
  const text = field?.known && !field.glob ? field.text : code;
  const line = text === undefined || text.trim() === '' ? undefined : text.trim().split(/\s+/).map(literal);
  const given: readonly Field[] =
    paths && paths.length > 0 && !fromFile
      ? paths.map((text) => ({ text, known: true, glob: true, many: true }))
      : line && !fromFile
        ? line
        : [unknownField('what xargs is given', { many: true, remote: Boolean(remote) })];
  const all = command.length > 0 ? command : [literal('echo')];
  const slot = placeholder;
  const full = slot === undefined ? [...all, ...given] : all.flatMap((word) => placed(word, slot, given));
  return { origin: context.command(full, { ...state, stdin: {} }) };
};
