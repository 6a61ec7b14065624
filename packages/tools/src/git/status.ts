/** The state of a work tree as git sees it. */
export interface GitStatus {
  /** Absent with a detached head. */
  readonly branch?: string;
  /** Absent before the first commit. */
  readonly commit?: string;
  readonly upstream?: string;
  readonly ahead: number;
  readonly behind: number;
  readonly files: readonly GitFileStatus[];
}

export interface GitFileStatus {
  /** Relative to the root of the repository. */
  readonly path: string;
  /** With a rename or copy. */
  readonly from?: string;
  readonly staged: GitChange | undefined;
  readonly unstaged: GitChange | undefined;
}

export type GitChange = 'added' | 'modified' | 'deleted' | 'renamed' | 'copied' | 'type' | 'untracked' | 'conflict';

const letters: Readonly<Record<string, GitChange>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'type',
  U: 'conflict',
};

/** Reads the output of `git status --porcelain=v2 --branch -z`. */
export function parseStatus(output: string): GitStatus {
  const head: { branch?: string; commit?: string; upstream?: string; ahead: number; behind: number } = {
    ahead: 0,
    behind: 0,
  };
  const files: GitFileStatus[] = [];
  const records = output.split('\0');
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index]!;
    if (record.startsWith('# ')) readHeader(head, record);
    else if (record.startsWith('2 ')) files.push({ ...changed(record, 9), from: records[(index += 1)]! });
    else if (record.startsWith('1 ')) files.push(changed(record, 8));
    else if (record.startsWith('u '))
      files.push({ path: fieldsFrom(record, 10), staged: 'conflict', unstaged: 'conflict' });
    else if (record.startsWith('? ')) files.push({ path: record.slice(2), staged: undefined, unstaged: 'untracked' });
  }
  return { ...head, files };
}

/** Prints a status for a model: one line a file. */
export function printStatus({ branch, commit, upstream, ahead, behind, files }: GitStatus): string {
  const where = branch === undefined ? `Detached at ${commit?.slice(0, 9)}` : `On branch ${branch}`;
  const distance = upstream === undefined ? '' : ` (${upstream}: ${ahead} ahead, ${behind} behind)`;
  const lines = [`${where}${distance}${commit === undefined ? ', no commits yet' : ''}`];
  const groups: readonly (readonly [string, (file: GitFileStatus) => GitChange | undefined])[] = [
    ['Conflicts', (file) => (file.staged === 'conflict' ? 'conflict' : undefined)],
    ['Staged', (file) => (file.staged === 'conflict' ? undefined : file.staged)],
    [
      'Not staged',
      (file) => (file.unstaged === 'conflict' || file.unstaged === 'untracked' ? undefined : file.unstaged),
    ],
    ['Untracked', (file) => (file.unstaged === 'untracked' ? 'untracked' : undefined)],
  ];
  for (const [title, changeOf] of groups) {
    const shown = files.filter((file) => changeOf(file) !== undefined);
    if (shown.length === 0) continue;
    lines.push(
      `${title}:`,
      ...shown.map((file) => `  ${changeOf(file)}: ${file.from === undefined ? '' : `${file.from} -> `}${file.path}`),
    );
  }
  if (files.length === 0) lines.push('Nothing to commit; the work tree is clean.');
  return lines.join('\n');
}

function readHeader(
  head: { branch?: string; commit?: string; upstream?: string; ahead: number; behind: number },
  record: string,
): void {
  const [, name, value = ''] = /^# branch\.(\w+) (.*)$/s.exec(record) ?? [];
  if (name === 'head' && value !== '(detached)') head.branch = value;
  if (name === 'oid' && value !== '(initial)') head.commit = value;
  if (name === 'upstream') head.upstream = value;
  if (name !== 'ab') return;
  const [ahead, behind] = value.split(' ').map((part) => Math.abs(Number(part)));
  head.ahead = ahead ?? 0;
  head.behind = behind ?? 0;
}

function changed(record: string, pathField: number): GitFileStatus {
  return { path: fieldsFrom(record, pathField), staged: letters[record[2]!], unstaged: letters[record[3]!] };
}

function fieldsFrom(record: string, field: number): string {
  return record.split(' ').slice(field).join(' ');
}
