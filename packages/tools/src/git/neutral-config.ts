/** One setting of git and where it was set. */
export interface GitSetting {
  /** `system`, `global`, `local`, `worktree` or `command`. */
  readonly scope: string;
  /** Lower-case section and name; a subsection keeps its case. */
  readonly key: string;
  readonly value: string;
}

/** Reads the output of `git config --list --show-scope -z`. */
export function parseSettings(output: string): GitSetting[] {
  const fields = output.split('\0');
  const settings: GitSetting[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const pair = fields[index + 1]!;
    const at = pair.indexOf('\n');
    settings.push({
      scope: fields[index]!,
      key: at < 0 ? pair : pair.slice(0, at),
      value: at < 0 ? 'true' : pair.slice(at + 1),
    });
  }
  return settings;
}

// What git runs or trusts without being asked, on commands that only look. Hooks are not here: see `GitOptions.hooks`.
const always: Readonly<Record<string, string>> = {
  'core.fsmonitor': 'false',
  'core.pager': 'cat',
  'core.alternateRefsCommand': '',
  'diff.external': '',
  'diff.submodule': 'short',
  'status.submoduleSummary': 'false',
  'submodule.recurse': 'false',
  'log.showSignature': 'false',
  'safe.bareRepository': 'explicit',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'advice.detachedHead': 'false',
  'core.quotePath': 'false',
  'color.ui': 'false',
};

// Settings of the repository that name a program, and what to put in their place when the user has not set them.
const programs: readonly (readonly [RegExp, string])[] = [
  [/^filter\..+\.(clean|smudge|process)$/s, ''],
  [/^filter\..+\.required$/s, 'false'],
  [/^diff\..+\.command$/s, ''],
  [/^diff\..+\.textconv$/s, 'cat'],
  [/^merge\..+\.driver$/s, 'git merge-file --marker-size=%L %A %O %B'],
  [/^gpg\.program$/, 'gpg'],
  [/^gpg\.openpgp\.program$/, 'gpg'],
  [/^gpg\.x509\.program$/, 'gpgsm'],
  [/^gpg\.ssh\.program$/, 'ssh-keygen'],
  [/^gpg\.ssh\.defaultkeycommand$/, ''],
  [/^core\.(editor|askpass|sshcommand|gitproxy)$/, 'true'],
  [/^sequence\.editor$/, 'true'],
  [/^interactive\.difffilter$/, ''],
  [
    /^(pager\..+|trailer\..+\.(command|cmd)|credential\.(.+\.)?helper|browser\..+\.cmd|man\..+\.cmd|mergetool\..+\.cmd|difftool\..+\.cmd)$/s,
    '',
  ],
];

// Large-file support, installed per repository, is the one filter whose absence would show every file as changed.
const known: ReadonlySet<string> = new Set(['git-lfs clean -- %f', 'git-lfs smudge -- %f', 'git-lfs filter-process']);

/**
 * Gives the `-c` words that keep a repository's own settings from running anything. What the user set for himself
 * (`--global`, `--system`) holds, except where it could wait for a person.
 */
export function neutralWords(settings: readonly GitSetting[]): string[] {
  const own = settings.filter(({ scope }) => scope === 'global' || scope === 'system');
  const words = new Map<string, string>(Object.entries(always));
  for (const { scope, key, value } of settings) {
    if (scope !== 'local' && scope !== 'worktree') continue;
    if (known.has(value) && key.startsWith('filter.lfs.')) continue;
    const rule = programs.find(([pattern]) => pattern.test(key));
    if (rule) words.set(key, own.findLast((setting) => setting.key === key)?.value ?? rule[1]);
  }
  // A required filter that is emptied would fail instead of passing its input on.
  const emptied = [...words].filter(([, value]) => value === '');
  for (const [key] of emptied) {
    const name = /^filter\.(.+)\.(clean|smudge|process)$/s.exec(key)?.[1];
    if (name !== undefined) words.set(`filter.${name}.required`, 'false');
  }
  return [...words].flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}
