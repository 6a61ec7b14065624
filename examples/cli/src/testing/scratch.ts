import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkEnvelope } from './check-envelope.ts';

/** A folder of its own with a git repository in it, gone at the end of the scope. */
export interface Scratch extends Disposable {
  readonly root: string;
  /** What `git status` says of the tree, `.capstan` aside; empty when nothing changed. */
  readonly status: () => string;
}

/** Makes a repository with these files in one commit. */
export function scratch(files: Readonly<Record<string, string>> = {}): Scratch {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-cli-')));
  const git = (...args: string[]) => {
    const { stdout, status, stderr } = spawnSync(
      'git',
      ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  git('init', '-q', '-b', 'master');
  git('add', '-A');
  git('commit', '-q', '--allow-empty', '-m', 'start');
  return {
    root,
    status: () => git('status', '--porcelain', '--', '.', ':!.capstan'),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** How a command line went. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line under way. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it said so far. */
  readonly said: Readonly<Pick<Ended, 'stdout' | 'stderr'>>;
  /** Settles when these words are on stdout; fails when it ends without them. */
  readonly printed: (words: string) => Promise<void>;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Text for stdin, or `open` to write to it later. Default: stdin holds nothing. */
  readonly input?: string;
}

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const fromSource = ['--conditions=@capstan/source', '--disable-warning=ExperimentalWarning', main];
const built = process.env['CAPSTAN_TEST_BUILT'];

/** What Node is given to start the command line: from source, or as it was built where `npm test` has just done so. */
export const commandLine: readonly string[] = built === undefined ? fromSource : [built];

/** Starts the command line, with no keys in its environment but those given. */
export function startCli(args: readonly string[], { cwd, env = {}, input }: CliOptions): Started {
  const child = spawn(process.execPath, [...commandLine, ...args], {
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: join(cwd, '..', 'no-home'),
      USER: 'tester',
      ...env,
    },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  child.stdin?.on('error', () => {});
  if (input !== 'open') child.stdin?.end(input);
  const said = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  const take = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    said[stream] += chunk.toString('utf8');
    for (const check of waiting) check();
  };
  child.stdout?.on('data', take('stdout'));
  child.stderr?.on('data', take('stderr'));
  const ended = new Promise<Ended>((settle, fail) => {
    child.once('error', fail).once('close', (code) => settle({ code, ...said }));
  });
  const printed = (words: string) =>
    new Promise<void>((settle, fail) => {
      const check = () => said.stdout.includes(words) && settle();
      waiting.add(check);
      check();
      void ended.then(({ stdout, stderr }) =>
        fail(new Error(`It ended without printing "${words}":\n${stdout}${stderr}`)),
      );
    });
  return { child, ended, said, printed };
}

/** Runs the command line from source to its end. */
export function cli(args: readonly string[], options: CliOptions): Promise<Ended> {
  return startCli(args, options).ended;
}

/** Reads the one envelope that `--json` printed; it must be what the contract of its command says. */
export function envelopeOf({ stdout }: Ended): {
  ok: boolean;
  cmd: string;
  payload: Record<string, unknown>;
  meta: Record<string, unknown>;
} {
  const lines = stdout.trimEnd().split('\n');
  if (lines.length !== 1) throw new Error(`Expected one line, got ${lines.length}:\n${stdout}`);
  const envelope = JSON.parse(lines[0] ?? '') as ReturnType<typeof envelopeOf>;
  checkEnvelope(envelope);
  return envelope;
}
