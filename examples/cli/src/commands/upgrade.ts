import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { withGlobals, type Cli } from '../frame/cli.ts';

interface Flags {
  readonly dryRun?: boolean;
}

type Manager = 'npm' | 'pnpm' | 'yarn' | 'bun';

/** `capstan upgrade`: gets the newest version, by the package manager that installed this one. */
export function command(cli: Cli): Command {
  const upgrade = withGlobals(new Command('upgrade'))
    .description('Get the newest version, by the package manager that installed this one')
    .option('--dry-run', 'only say whether there is a newer one, and what would be run');
  return upgrade.action(({ dryRun }: Flags) => {
    const newest = newestVersion();
    const { version } = cli;
    const words = installWords(managerOf(realpathSync(process.argv[1] ?? '.')), newest);
    const line = words.join(' ');
    const payload = { version, newest, command: line };
    if (!isNewer(newest, version)) {
      const text = `${version} is the newest version.`;
      return cli.finish('upgrade', { payload: { ...payload, upgraded: false, dryRun: dryRun === true }, text });
    }
    if (dryRun) {
      const text = `${newest} is out; this is ${version}. Would run: ${line}`;
      return cli.finish('upgrade', { payload: { ...payload, upgraded: false, dryRun: true }, text });
    }
    const [program = '', ...args] = words;
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', shell: process.platform === 'win32' });
    if (status !== 0)
      throw new CapstanError('tool_failed', `"${line}" failed: ${lastLine(stderr)}`, { where: program });
    cli.finish('upgrade', {
      payload: { ...payload, upgraded: true, dryRun: false },
      text: `${version} was replaced by ${newest}.`,
    });
  });
}

/** Asks the registry that npm is set to use. */
function newestVersion(): string {
  const { status, stdout, stderr, error } = spawnSync('npm', ['view', 'capstan', 'version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
    timeout: 30_000,
  });
  const version = stdout?.trim() ?? '';
  if (!error && status === 0 && /^\d+\.\d+\.\d+/.test(version)) return version;
  const why = error ? error.message : lastLine(stderr);
  throw new CapstanError('not_found', `The newest version cannot be found: ${why} Check the network, then try again.`, {
    where: 'npm',
  });
}

function lastLine(text: string | null): string {
  const lines = (text ?? '').split('\n').filter((line) => /\S/.test(line) && !/A complete log/.test(line));
  return (lines.find((line) => /E\d{3}|ERR|error/i.test(line)) ?? lines.at(-1) ?? 'no reason was given').trim();
}

/** Tells which package manager put a file where it lies. */
export function managerOf(path: string): Manager {
  if (/[\\/]\.?pnpm[\\/]/.test(path)) return 'pnpm';
  if (/[\\/]\.?bun[\\/]/.test(path)) return 'bun';
  return /[\\/]\.?yarn[\\/]/.test(path) ? 'yarn' : 'npm';
}

function installWords(manager: Manager, version: string): readonly string[] {
  const name = `capstan@${version}`;
  return {
    npm: ['npm', 'install', '--global', name],
    pnpm: ['pnpm', 'add', '--global', name],
    yarn: ['yarn', 'global', 'add', name],
    bun: ['bun', 'add', '--global', name],
  }[manager];
}

/** Compares versions by their numbers; one that is not done yet comes before the one that is. */
export function isNewer(one: string, than: string): boolean {
  const [left, right] = [partsOf(one), partsOf(than)];
  for (const at of [0, 1, 2]) {
    const difference = (left.numbers[at] ?? 0) - (right.numbers[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return !left.early && right.early;
}

function partsOf(version: string): { readonly numbers: readonly number[]; readonly early: boolean } {
  const [numbers = '', early] = version.split('-', 2);
  return { numbers: numbers.split('.').map(Number), early: early !== undefined };
}
