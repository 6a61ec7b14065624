import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { Command } from 'commander';
import { CapstanError, newId, type RunStore } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { openStore, rootOf } from '../project/open-project.ts';
import { createColour } from '../render/colour.ts';
import { eventsText } from '../render/events-text.ts';
import { keptSession } from '../run/find-session.ts';
import { copiedEvents, readSessionFile, sessionFile } from '../run/session-file.ts';
import { withKeptStore } from '../run/with-kept-store.ts';

/** `capstan sessions fork`: another session with the same beginning. */
export function forkCommand(cli: Cli): Command {
  const fork = withGlobals(new Command('fork'))
    .description('Copy a session up to an event, to go on from there in another way')
    .argument('<session>', 'id or its beginning')
    .option('--at <event>', 'number of the last event to take, as "capstan log" shows them (default: all)');
  return fork.action(async (wanted: string, { at }: { at?: string }) => {
    const until = at === undefined ? Infinity : Number(at);
    if (!(until >= 1))
      throw new CapstanError('invalid_config', `--at takes the number of an event, not "${at}".`, { where: '--at' });
    const root = rootOf(cli, globalsOf(cli, fork));
    const made = await withKeptStore(root, async (store) => {
      const from = await keptSession(store, wanted);
      const sessionId = newId();
      const events = copiedEvents(await store.read(from), sessionId, { until });
      await store.append(sessionId, 0, events);
      return { sessionId, from, events: events.length };
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
    .description('Write a session as JSON, to be imported again, or as Markdown, to be read')
    .argument('[session]', 'id or its beginning (default: the last one)')
    .option('--markdown', 'as Markdown')
    .option('-o, --output <file>', 'to a file (default: stdout)');
  return command.action(
    async (wanted: string | undefined, { markdown, output }: { markdown?: boolean; output?: string }) => {
      const { sessionId, events } = await withKeptStore(rootOf(cli, globalsOf(cli, command)), async (store) => {
        const found = await sessionOrLast(store, wanted);
        return { sessionId: found, events: await store.read(found) };
      });
      const file = sessionFile(sessionId, events);
      const text = markdown
        ? `# Session ${sessionId}\n\n${eventsText(events, { colour: createColour(false) })}`
        : `${JSON.stringify(file, null, 1)}\n`;
      if (output === undefined) return cli.finish('sessions export', { payload: file, text });
      const path = resolve(cli.io.cwd, output);
      writeFileSync(path, text, { mode: 0o600 });
      cli.finish('sessions export', { payload: { sessionId, path, events: events.length }, text: `wrote ${path}` });
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
    const file = readSessionFile(text, path);
    if (dryRun)
      return cli.finish('sessions import', {
        payload: { events: file.events.length, dryRun: true },
        text: `${path} is good.`,
      });
    const store = await openStore(rootOf(cli, globalsOf(cli, command)));
    try {
      const sessionId = newId();
      await store.append(sessionId, 0, copiedEvents(file.events, sessionId));
      cli.finish('sessions import', {
        payload: { sessionId, from: file.sessionId, events: file.events.length },
        text: sessionId,
      });
    } finally {
      await store.close();
    }
  });
}

async function sessionOrLast(store: RunStore, wanted: string | undefined): Promise<string> {
  if (wanted !== undefined) return keptSession(store, wanted);
  const [last] = await store.list({ limit: 1 });
  if (last) return last.sessionId;
  throw new CapstanError('not_found', 'No session is kept here.');
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CapstanError(
      'not_found',
      `${path} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'unknown'}.`,
      { where: path },
      { cause },
    );
  }
}
