import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { isCapstanError } from '@capstan/sdk/contract';
import { colourOf, globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { readConfigs } from '../project/config-file.ts';
import { serversInWords } from '../project/servers-in-words.ts';
import { openKeptStore, openTree, rootOf } from '../project/open-project.ts';
import { modelHere } from '../project/pick-model.ts';

/** What a check found: good, worth knowing, or in the way. */
interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'note' | 'problem';
  readonly words: string;
}

/** `capstan doctor`: what is there, what is missing, and what to do about it. */
export function command(cli: Cli): Command {
  const doctor = withGlobals(new Command('doctor')).description(
    'Check that all that is needed is there, and say what to do',
  );
  return doctor.action(async () => {
    const globals = globalsOf(cli, doctor);
    const root = rootOf(cli, globals);
    const findings = [
      nodeVersion(),
      gitVersion(),
      rootWritable(root),
      ...(await attempts(cli, root)),
      await modelFound(cli, root),
      sandbox(),
      ...(await languageServers(cli, root)),
    ];
    const colour = colourOf(cli, globals);
    const paint = { ok: colour.green, note: colour.yellow, problem: colour.red };
    const text = findings
      .map(({ check, state, words }) => `${paint[state](state.padEnd(7))}  ${check.padEnd(10)}  ${words}`)
      .join('\n');
    const healthy = findings.every(({ state }) => state !== 'problem');
    cli.finish('doctor', { payload: { healthy, findings }, text, exit: healthy ? 0 : 1 });
  });
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > 22 || (major === 22 && minor >= 19);
  return {
    check: 'node',
    state: good ? 'ok' : 'problem',
    words: good ? process.version : `${process.version}; 22.19 or newer is needed`,
  };
}

function gitVersion(): Finding {
  const { status, stdout } = spawnSync('git', ['--version'], { encoding: 'utf8' });
  if (status === 0) return { check: 'git', state: 'ok', words: stdout.trim() };
  return { check: 'git', state: 'note', words: 'not found; install git for commits and diffs' };
}

function rootWritable(root: string): Finding {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    return { check: 'root', state: 'problem', words: `${root} is not writable for you` };
  }
  const repository = existsSync(join(root, '.git'));
  return {
    check: 'root',
    state: repository ? 'ok' : 'note',
    words: repository ? root : `${root} is no git repository; changes can be taken back all the same`,
  };
}

/** What can only be found out by trying: each failure is told in its own words. */
async function attempts(cli: Cli, root: string): Promise<Finding[]> {
  const config = await attempt('settings', async () => {
    const { paths } = readConfigs(cli, root);
    return existsSync(paths.user) ? paths.user : `none at ${paths.user}; the defaults hold`;
  });
  const store = await attempt('store', async () => {
    const kept = await openKeptStore(root);
    const sessions = await kept.list();
    await kept.close();
    return `${sessions.length} sessions`;
  });
  const tree = await attempt('journal', async () => {
    const opened = await openTree(root);
    const patches = await opened.patches.list();
    opened.close();
    const undone = opened.recovered.length === 0 ? '' : `; undid ${opened.recovered.length} change that was cut off`;
    return `${patches.length} patches${undone}`;
  });
  return [config, store, tree];
}

async function attempt(check: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check, state: 'ok', words: await work() };
  } catch (cause) {
    return { check, state: 'problem', words: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** A file that is wrong is told by the check of settings. */
async function languageServers(cli: Cli, root: string): Promise<Finding[]> {
  try {
    const { words, missing } = await serversInWords(cli, root);
    return [{ check: 'lsp', state: missing ? 'note' : 'ok', words }];
  } catch (cause) {
    return isCapstanError(cause) ? [{ check: 'lsp', state: 'problem', words: cause.message }] : [];
  }
}

/** A file that is wrong is told by the check of settings, not again by that of the model. */
async function modelFound(cli: Cli, root: string): Promise<Finding> {
  try {
    const { id, why } = await modelHere(cli, root);
    return { check: 'model', state: id === 'practice' ? 'note' : 'ok', words: `${id}: ${why}` };
  } catch {
    return { check: 'model', state: 'problem', words: 'unknown until the settings are mended' };
  }
}

function sandbox(): Finding {
  if (process.platform === 'darwin') {
    const there = statSync('/usr/bin/sandbox-exec', { throwIfNoEntry: false }) !== undefined;
    return {
      check: 'sandbox',
      state: there ? 'ok' : 'note',
      words: there ? 'Seatbelt' : 'none; commands run unconfined',
    };
  }
  const found = spawnSync('bwrap', ['--version'], { encoding: 'utf8' });
  if (found.status === 0) return { check: 'sandbox', state: 'ok', words: found.stdout.trim() };
  return { check: 'sandbox', state: 'note', words: 'bubblewrap is not installed; commands run unconfined' };
}
