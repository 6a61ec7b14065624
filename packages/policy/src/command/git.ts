import type { Field } from './field.ts';

/** Says what a git command would destroy that no roll-back brings back; `undefined` when nothing. */
export function gitHarm(words: readonly Field[]): string | undefined {
  const texts = words.map((word) => word.text);
  const at = texts.findIndex(
    (text, index) =>
      !text.startsWith('-') && !/^(?:-C|-c|--git-dir|--work-tree|--namespace)$/.test(texts[index - 1] ?? ''),
  );
  const sub = texts[at];
  const rest = texts.slice(at + 1);
  if (sub === 'push') return pushHarm(rest);
  if (sub === 'filter-branch' || sub === 'filter-repo') return 'It would rewrite the whole history.';
  if (sub === 'reflog' && /^(?:expire|delete)$/.test(rest[0] ?? ''))
    return 'It would delete the record that mends mistakes.';
  if (sub === 'gc' && rest.some((text) => /^--prune(?:=|$)/.test(text) && !/=.*(?:week|month|year)/.test(text)))
    return 'It would delete what could still be mended.';
  if (sub === 'prune' || sub === 'replace') return 'It would rewrite or delete history.';
  if (sub === 'update-ref' && rest.some((text) => /^(?:-d|--delete|--stdin)$/.test(text)))
    return 'It would delete references.';
  if (sub === 'clone' && rest.some((text) => /^ext::/.test(text))) return 'An ext:: address runs a command.';
  if (/^(?:fetch|pull|ls-remote|remote|submodule)$/.test(sub ?? '') && rest.some((text) => /^ext::/.test(text)))
    return 'An ext:: address runs a command.';
  return undefined;
}

function pushHarm(rest: readonly string[]): string | undefined {
  if (rest.some((text) => /^ext::/.test(text))) return 'An ext:: address runs a command.';
  const forced = rest.some((text) => /^--(?:force|mirror|prune)/.test(text) || /^-[a-zA-Z]*f/.test(text));
  if (forced) return 'A force push overwrites the history that others have.';
  if (rest.some((text) => /^\+\S/.test(text)))
    return 'A `+` reference is a force push, which overwrites the history that others have.';
  const deletes = rest.some((text) => /^(?:--delete|-d)$/.test(text) || /^:\S/.test(text));
  return deletes ? 'It would delete branches or tags that others have.' : undefined;
}

/** Tells whether `git config` is given one of its subcommands that change something; older versions have none. */
export function changesSettings(words: readonly Field[]): boolean {
  const texts = words.map((word) => word.text);
  const at = texts.indexOf('config');
  const sub = texts.slice(at + 1).find((text) => !text.startsWith('-'));
  return at >= 0 && /^(?:edit|set|unset|rename-section|remove-section)$/.test(sub ?? '');
}
