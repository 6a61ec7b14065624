import { CapstanError } from '@capstan/sdk/contract';
import { plainText } from '../render/plain-text.ts';

/**
 * Takes a commit message out of what a model answered: fences, quotes and a lead-in are dropped.
 *
 * @throws {CapstanError} `model_failed` when there is none.
 */
export function readMessage(answer: string): string {
  const fenced = /```[a-z]*\n([\s\S]*?)```/.exec(answer)?.[1] ?? answer;
  const lines = plainText(fenced)
    .trim()
    .split('\n')
    .map((line) => line.trimEnd());
  const start = lines.findIndex((line) => line !== '' && !/^(?:here (?:is|'s)|sure|commit message)\b.*:$/i.test(line));
  const message = lines
    .slice(Math.max(0, start))
    .join('\n')
    .replace(/^["'`]([^\n]*)["'`]$/, '$1')
    .trim();
  if (message !== '' && start !== -1) return message;
  throw new CapstanError('model_failed', 'The model gave no message. Give one with --message.');
}

/** Makes a conventional message from which files a diff touches, and how. */
export function messageByRules(diff: string): string {
  const files = [...diff.matchAll(/^diff --git "?a\/(.+?)"? "?b\/(.+?)"?$/gm)].map((match) => match[2] ?? '');
  const made = (diff.match(/^new file mode/gm) ?? []).length;
  const verb =
    made === files.length
      ? 'add'
      : (diff.match(/^deleted file mode/gm) ?? []).length === files.length
        ? 'remove'
        : 'change';
  const scope = commonFolder(files);
  const names = files.map((file) => file.slice(file.lastIndexOf('/') + 1));
  const words = names.length <= 2 ? names.join(' and ') : `${names[0]} and ${names.length - 1} more files`;
  const head = `${typeOf(files)}${scope === '' ? '' : `(${scope})`}: ${verb} ${words}`;
  return head.length <= 72 ? head : `${head.slice(0, 71)}…`;
}

function typeOf(files: readonly string[]): string {
  const all = (pattern: RegExp) => files.length > 0 && files.every((file) => pattern.test(file));
  if (all(/\.(?:md|mdx|rst|txt)$|(?:^|\/)docs\//i)) return 'docs';
  if (all(/(?:^|\/)(?:tests?|__tests__)\/|[._-](?:test|spec)\.|_test\.go$|(?:^|\/)test_[^/]*\.py$/)) return 'test';
  if (all(/(?:^|\/)\.github\/|(?:^|\/)\.gitlab-ci/)) return 'ci';
  if (
    all(
      /(?:^|\/)(?:package(?:-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|go\.(?:mod|sum)|requirements.*\.txt|pyproject\.toml|Cargo\.(?:toml|lock))$/,
    )
  )
    return 'build';
  return 'chore';
}

/** The folder all files share, its last name only; of `packages/x/…` the package. */
function commonFolder(files: readonly string[]): string {
  const [first = []] = files.map((file) => file.split('/').slice(0, -1));
  const shared = first.filter((part, at) =>
    files.every(
      (file) => file.split('/').slice(0, -1)[at] === part && file.startsWith(first.slice(0, at + 1).join('/')),
    ),
  );
  const container = shared[0] === 'packages' || shared[0] === 'apps' || shared[0] === 'examples';
  return (container ? shared[1] : shared.at(-1)) ?? '';
}
