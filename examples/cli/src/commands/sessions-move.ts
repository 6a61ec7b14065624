import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { Command } from 'commander';
import { CapstanError, newId, type RunStore } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { openStore, rootOf } from '../project/open-project.ts';
import { keptSession } from '../run/find-session.ts';
import { withKeptStore } from '../run/with-kept-store.ts';

/** `capstan sessions fork`: another session with the same beginning. */
export function forkCommand(cli: Cli): Command {
  const fork = withGlobals(new Command('fork'))
    .description('Copy a session up to an event, to go on from there in another way')
    .argument('<session>', 'id or its beginning')
    .option('--at <event>', 'number of the last event to take, as "capstan log" shows them (default: all)')
    .option('--dry-run', 'say which session would be copied');
  return fork.action(async (wanted: string, { at, dryRun }: { at?: string; dryRun?: boolean }) => {
    if (at !== undefined && !/^[1-9]\d*$/.test(at)) {
      throw new CapstanError('invalid_config', `--at takes the number of an event, not "${at}".`, { where: '--at' });
    }
    if (dryRun) {
      const from = await withKeptStore(rootOf(cli, globalsOf(cli, fork)), (store) => keptSession(store, wanted));
      return cli.finish('sessions fork', { payload: { from, dryRun: true }, text: `would copy ${from}` });
    }
    const { forkSession } = await import('@capstan/sdk');
    const made = await withKeptStore(rootOf(cli, globalsOf(cli, fork)), async (store) => {
      const from = await keptSession(store, wanted);
      return { from, sessionId: await forkSession(store, from, at === undefined ? {} : { at: Number(at) }) };
    });
    cli.finish('sessions fork', {
      payload: made,
      text: `${made.sessionId}\ngo on: capstan run --session ${made.sessionId} "…"`,
    });
  });
}

/** `capstan sessions export`: a session as a file. */
export function exportCommand(cli: Cli): Command {
  const command = withGlobals(new Command('export'))
    .description('Write a session as lines of JSON, to be imported again, or as Markdown, to be read')
    .argument('[session]', 'id or its beginning (default: the last one)')
    .option('--markdown', 'as Markdown')
    .option('-o, --output <file>', 'to a file (default: stdout)');
  return command.action(
    async (wanted: string | undefined, { markdown, output }: { markdown?: boolean; output?: string }) => {
      const { exportSession } = await import('@capstan/sdk');
      const format = markdown ? 'markdown' : 'json';
      const { sessionId, text } = await withKeptStore(rootOf(cli, globalsOf(cli, command)), async (store) => {
        const found = await sessionOrLast(store, wanted);
        return { sessionId: found, text: await exportSession(store, found, format) };
      });
      if (output === undefined) return cli.finish('sessions export', { payload: { sessionId, format, text }, text });
      const path = resolve(cli.io.cwd, output);
      writeFileSync(path, text, { mode: 0o600 });
      cli.finish('sessions export', { payload: { sessionId, format, path }, text: `wrote ${path}` });
    },
  );
}

/** `capstan sessions import`: a session from a file, under a new id when its own is taken. */
export function importCommand(cli: Cli): Command {
  const command = withGlobals(new Command('import'))
    .description('Take in a session that was exported')
    .argument('<file>', 'the file; "-" reads stdin')
    .option('--dry-run', 'only check the file');
  return command.action(async (path: string, { dryRun }: { dryRun?: boolean }) => {
    const text = path === '-' ? await readText(cli.io.stdin) : readFile(resolve(cli.io.cwd, path));
    const { forkSession, importSession, memoryStore } = await import('@capstan/sdk');
    const trial = memoryStore();
    const from = await importSession(trial, text);
    if (dryRun) return cli.finish('sessions import', { payload: { from, dryRun: true }, text: `${path} is good.` });
    const store = await openStore(rootOf(cli, globalsOf(cli, command)));
    try {
      const sessionId = (await isFree(store, trial, from)) ? await importSession(store, text) : await copied(from);
      cli.finish('sessions import', { payload: { sessionId, from }, text: sessionId });
    } finally {
      await store.close();
    }
    /** Runs get ids of their own as well: those in the file name runs that are here already. */
    async function copied(sessionId: string): Promise<string> {
      const as = await forkSession(trial, sessionId, { as: newId() });
      await store.append(as, 0, await trial.read(as));
      return as;
    }
  });
}

/** Tells whether neither the session nor one of its runs is in the store. */
async function isFree(store: RunStore, trial: RunStore, sessionId: string): Promise<boolean> {
  if ((await store.read(sessionId)).length > 0) return false;
  const runs = new Set((await trial.read(sessionId)).map(({ runId }) => runId));
  for (const runId of runs) if ((await store.sessionOf(runId)) !== undefined) return false;
  return true;
}

/** The session of an id, or the last one. */
export async function sessionOrLast(store: RunStore, wanted: string | undefined): Promise<string> {
  if (wanted !== undefined) return keptSession(store, wanted);
  const [last] = await store.list({ limit: 1 });
  if (last) return last.sessionId;
  throw new CapstanError('not_found', 'No session is kept here.');
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new CapstanError('not_found', `${path} cannot be read: ${why}.`, { where: path }, { cause });
  }
}
