import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CapstanError, type Tool, type ToolContext } from '@capstan/sdk/contract';
import { gitTools } from './git-tools.ts';

let root: string;
let home: string;
let tools: Tool[];
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-git-')));
  home = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-githome-')));
  writeFileSync(
    join(home, '.gitconfig'),
    '[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n',
  );
  git('init', '-q');
  write('a.txt', 'one\ntwo\n');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  tools = gitTools({ root, resolve: inTree }, { env: environment() });
});
afterEach(() => [root, home].forEach((path) => rmSync(path, { recursive: true, force: true })));

function inTree(path: string): string {
  const absolute = resolve(root, path);
  if (relative(root, absolute).startsWith('..')) throw new CapstanError('path_outside', 'outside');
  return absolute;
}

function environment() {
  return { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
}

function git(...words: string[]): string {
  return execFileSync('git', words, { cwd: root, env: environment() as NodeJS.ProcessEnv, encoding: 'utf8' });
}

function write(path: string, text: string): void {
  writeFileSync(join(root, path), text);
}

async function call(name: string, input: object = {}): Promise<string> {
  const context = {
    signal: new AbortController().signal,
    callId: 'c',
    runId: 'r',
    sessionId: 's',
    progress: () => {},
    patched: () => {},
  };
  return String(await tools.find((tool) => tool.name === name)!.execute(input, context as unknown as ToolContext));
}

async function commandsOf(name: string, input: object): Promise<string[]> {
  const effects =
    (await tools.find((tool) => tool.name === name)!.effects!(input, { signal: new AbortController().signal })) ?? [];
  return effects.map((effect) => (effect.kind === 'run' ? effect.command : effect.kind));
}

describe('looking', () => {
  test('status tells staged, changed, renamed and new files apart', async () => {
    write('b with space.txt', 'b\n');
    git('add', '.');
    git('commit', '-q', '-m', 'second');
    git('mv', 'b with space.txt', 'ü.txt');
    write('a.txt', 'changed\n');
    write('new.txt', '');
    expect(await call('git_status')).toBe(
      [
        'On branch main',
        'Staged:',
        '  renamed: b with space.txt -> ü.txt',
        'Not staged:',
        '  modified: a.txt',
        'Untracked:',
        '  untracked: new.txt',
      ].join('\n'),
    );
  });

  test('a clean tree is said to be clean', async () => {
    expect(await call('git_status')).toContain('clean');
  });

  test('diff shows the work tree, the index and commits', async () => {
    write('a.txt', 'one\n2\n');
    expect(await call('git_diff')).toContain('-two\n+2');
    expect(await call('git_diff', { staged: true })).toBe('No differences.');
    git('commit', '-qam', 'second');
    expect(await call('git_diff', { from: 'HEAD~1', to: 'HEAD', path: 'a.txt', stat: true })).toContain(
      '1 insertion(+), 1 deletion(-)',
    );
  });

  test('log, show and blame give what was done', async () => {
    expect(await call('git_log', { path: 'a.txt' })).toMatch(/^[0-9a-f]{7,} \d{4}-\d\d-\d\d Ada: first/);
    expect(await call('git_log', { message: 'nothing such' })).toBe('No commits match.');
    expect(await call('git_show', { ref: 'HEAD' })).toContain('+two');
    expect(await call('git_show', { ref: 'HEAD:a.txt' })).toBe('one\ntwo');
    expect(await call('git_blame', { path: 'a.txt', from: 2, to: 2 })).toMatch(/Ada.* 2\) two/);
  });

  test.each([
    ['git_diff', { from: '--output=owned' }],
    ['git_log', { ref: '--output=owned' }],
    ['git_show', { ref: '--output=owned' }],
    ['git_blame', { path: 'a.txt', ref: '--contents=/etc/passwd' }],
    ['git_branch', { action: 'delete', name: '--all' }],
  ])('%s takes no options for names', async (name, input) => {
    await expect(call(name, input)).rejects.toMatchObject({ code: 'tool_failed' });
    expect(existsSync(join(root, 'owned'))).toBe(false);
  });

  test('paths outside of the tree are refused', async () => {
    await expect(call('git_diff', { path: '../x' })).rejects.toMatchObject({ code: 'path_outside' });
  });

  test('a folder without a repository is said to be one', async () => {
    rmSync(join(root, '.git'), { recursive: true });
    await expect(call('git_status')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('changing', () => {
  test('commit stages what it is told and runs the hooks', async () => {
    write('b.txt', 'b\n');
    write('c.txt', 'c\n');
    hook('pre-commit', 'echo ran > hook-ran');
    const said = await call('git_commit', { message: '- a subject\n\n# and a body', paths: ['b.txt'] });
    expect(said).toContain('Ada <ada@example.com>: - a subject');
    expect(git('log', '-1', '--format=%B')).toBe('- a subject\n\n# and a body\n\n');
    expect(git('status', '--porcelain')).toBe('?? c.txt\n?? hook-ran\n');
  });

  test('a hook that refuses is heard, and passed by only when told', async () => {
    write('b.txt', 'b\n');
    hook('pre-commit', 'echo "b.txt is ugly" >&2; exit 1');
    await expect(call('git_commit', { message: 'm', all: true })).rejects.toThrow('b.txt is ugly');
    expect(await commandsOf('git_commit', { message: 'm', all: true, skipHooks: true })).toEqual([
      'git add --all -- .',
      'git commit --no-verify -m m',
    ]);
    await call('git_commit', { message: 'm', all: true, skipHooks: true });
    expect(git('log', '--format=%s')).toBe('m\nfirst\n');
  });

  test('without an author nobody is made up', async () => {
    writeFileSync(join(home, '.gitconfig'), '[user]\n\tuseConfigOnly = true\n');
    write('b.txt', 'b\n');
    await expect(call('git_commit', { message: 'm', all: true })).rejects.toThrow('Ask the user');
  });

  test('nothing staged is said, with what to do', async () => {
    await expect(call('git_commit', { message: 'm' })).rejects.toThrow('Name the files with paths');
  });

  test('branches are created, listed, switched to and deleted', async () => {
    await call('git_branch', { action: 'create', name: 'topic' });
    expect(git('branch', '--show-current')).toBe('topic\n');
    await call('git_branch', { action: 'switch', name: 'main' });
    expect(await call('git_branch', { action: 'list' })).toContain('* main');
    await call('git_branch', { action: 'delete', name: 'topic' });
    expect(git('branch', '--list', 'topic')).toBe('');
  });

  test('a stash takes changes away and brings them back', async () => {
    write('a.txt', 'changed\n');
    write('new.txt', 'n\n');
    await call('git_stash', { action: 'push', untracked: true, message: 'aside' });
    expect(git('status', '--porcelain')).toBe('');
    expect(await call('git_stash', { action: 'list' })).toContain('aside');
    await call('git_stash', { action: 'pop' });
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('changed\n');
    expect(existsSync(join(root, 'new.txt'))).toBe(true);
  });

  test('a work tree is added inside the tree only, and removed', async () => {
    await call('git_worktree', { action: 'add', path: 'trees/x', branch: 'x' });
    expect(readFileSync(join(root, 'trees/x/a.txt'), 'utf8')).toBe('one\ntwo\n');
    await expect(call('git_worktree', { action: 'add', path: '../y' })).rejects.toMatchObject({ code: 'path_outside' });
    await call('git_worktree', { action: 'remove', path: 'trees/x' });
    expect(existsSync(join(root, 'trees/x'))).toBe(false);
  });
});

function hook(name: string, script: string): void {
  mkdirSync(join(root, '.git/hooks'), { recursive: true });
  writeFileSync(join(root, '.git/hooks', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, '.git/hooks', name), 0o755);
}

describe('a hostile repository', () => {
  const bait = (): string => join(home, 'owned');
  beforeEach(() => {
    const program = join(home, 'evil.sh');
    writeFileSync(program, `#!/bin/sh\necho "$@" >> ${bait()}\ncat 2>/dev/null\nexit 0\n`);
    chmodSync(program, 0o755);
    write('.gitattributes', '* filter=evil diff=evil merge=evil\n');
    for (const name of [
      'post-index-change',
      'post-checkout',
      'reference-transaction',
      'post-merge',
      'fsmonitor-watchman',
    ])
      hook(name, `${program} ${name}`);
    const settings = [
      'core.fsmonitor',
      'core.pager',
      'pager.log',
      'pager.status',
      'pager.diff',
      'diff.external',
      'diff.evil.command',
      'diff.evil.textconv',
      'filter.evil.clean',
      'filter.evil.smudge',
      'filter.evil.process',
      'merge.evil.driver',
      'core.editor',
      'gpg.program',
      'core.sshCommand',
      'core.askPass',
      'core.alternateRefsCommand',
      'interactive.diffFilter',
    ];
    for (const name of settings) git('config', name, program);
    for (const [name, value] of [
      ['filter.evil.required', 'true'],
      ['log.showSignature', 'true'],
      ['remote.origin.url', `ext::${program}`],
      ['remote.origin.promisor', 'true'],
      ['protocol.ext.allow', 'always'],
      ['alias.status', `!${program}`],
      ['credential.helper', `!${program}`],
      ['core.hooksPath', join(root, '.git/hooks')],
    ])
      git('config', name!, value!);
    write('a.txt', 'touched\n');
    rmSync(bait(), { force: true });
  });

  test.each([
    ['git_status', {}],
    ['git_diff', {}],
    ['git_diff', { from: 'HEAD', stat: true }],
    ['git_log', { path: 'a.txt', changes: 'two' }],
    ['git_show', { ref: 'HEAD' }],
    ['git_blame', { path: 'a.txt' }],
    ['git_branch', { action: 'list' }],
    ['git_branch', { action: 'create', name: 'topic' }],
    ['git_stash', { action: 'push' }],
    ['git_stash', { action: 'list' }],
  ])('runs nothing through %s %j', async (name, input) => {
    await call(name, input);
    expect(existsSync(bait()) ? readFileSync(bait(), 'utf8') : '').toBe('');
  });

  test('runs nothing through a missing object', async () => {
    git('config', 'extensions.partialClone', 'origin');
    await call('git_show', { ref: '1234567890123456789012345678901234567890' }).catch(() => {});
    expect(existsSync(bait())).toBe(false);
  });

  test('cannot move the work tree elsewhere', async () => {
    git('config', 'core.worktree', home);
    await expect(call('git_status')).rejects.toMatchObject({ code: 'path_outside' });
  });

  test('cannot slip in a bare repository as a folder', async () => {
    const bare = join(root, 'sub');
    for (const folder of ['objects', 'refs']) mkdirSync(join(bare, folder), { recursive: true });
    writeFileSync(join(bare, 'HEAD'), 'ref: refs/heads/main\n');
    writeFileSync(
      join(bare, 'config'),
      `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ${root}\n\tfsmonitor = ${join(home, 'evil.sh')}\n`,
    );
    const inner = gitTools({ root: bare, resolve: (path) => resolve(bare, path) }, { env: environment() });
    const context = { signal: new AbortController().signal } as unknown as ToolContext;
    await Promise.resolve(inner[0]!.execute({}, context)).catch(() => {});
    expect(existsSync(bait())).toBe(false);
  });

  test('brings no git of its own', async () => {
    mkdirSync(join(root, 'bin'));
    symlinkSync(join(home, 'evil.sh'), join(root, 'bin/git'));
    const env = { ...environment(), PATH: `${join(root, 'bin')}:${process.env.PATH}` };
    const status = gitTools({ root, resolve: inTree }, { env })[0]!;
    await status.execute({}, { signal: new AbortController().signal } as unknown as ToolContext);
    expect(existsSync(bait())).toBe(false);
  });

  test('a link for its folder does not lead a command out', async () => {
    symlinkSync(home, join(root, 'away'));
    expect(await call('git_status')).toContain('untracked: away');
  });
});

test('what the user set for himself still holds', async () => {
  writeFileSync(
    join(home, '.gitconfig'),
    `${readFileSync(join(home, '.gitconfig'), 'utf8')}[filter "up"]\n\tclean = tr a-z A-Z\n`,
  );
  write('.gitattributes', 'a.txt filter=up\n');
  write('a.txt', 'one\n');
  expect(await call('git_diff', { path: 'a.txt' })).toContain('+ONE');
});
