import { Command } from 'commander';
import type { DurableEvent } from '@capstan/sdk/contract';
import { colourOf, globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { rootOf } from '../project/open-project.ts';
import { dollars, plural } from '../render/amounts.ts';
import { fit, table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { ago } from '../render/ago.ts';
import { eventsText } from '../render/events-text.ts';
import { keptSession } from '../run/find-session.ts';
import { withKeptStore } from '../run/with-kept-store.ts';
import { exportCommand, forkCommand, importCommand } from './sessions-move.ts';
import { deleteCommand, pruneCommand, renameCommand, searchCommand } from './sessions-tidy.ts';
import { sessionFacts } from '../run/session-facts.ts';

/** `capstan sessions`: what was talked about here, kept in the store of the repository. */
export function command(cli: Cli): Command {
  const sessions = new Command('sessions').description(
    'List, show, fork, move and tidy the sessions of this repository',
  );
  sessions.addCommand(listCommand(cli), { isDefault: true });
  sessions.addCommand(showCommand(cli));
  for (const make of [
    forkCommand,
    exportCommand,
    importCommand,
    renameCommand,
    searchCommand,
    deleteCommand,
    pruneCommand,
  ])
    sessions.addCommand(make(cli));
  return sessions;
}

function listCommand(cli: Cli): Command {
  const list = withGlobals(new Command('list'))
    .description('List sessions, the last changed first')
    .option('-n, --limit <count>', 'how many to list', '20');
  return list.action(async ({ limit }: { limit: string }) => {
    const globals = globalsOf(cli, list);
    const found = await withKeptStore(rootOf(cli, globals), async (store) => {
      const kept = await store.list({ limit: Math.max(1, Number(limit) || 20) });
      return Promise.all(
        kept.map(async (session) => ({ ...session, ...sessionFacts(await store.read(session.sessionId)) })),
      );
    });
    const now = Date.now();
    const rows = found.map(({ sessionId, title, runs, costUsd, state, updatedAt }) => [
      sessionId,
      ago(now - updatedAt),
      state,
      plural(runs, 'run'),
      costUsd === undefined ? '' : dollars(costUsd),
      fit(plainText(title).replace(/\s+/g, ' '), 60),
    ]);
    cli.finish('sessions list', {
      payload: { sessions: found },
      text: rows.length === 0 ? 'No sessions here yet.' : table(rows),
    });
  });
}

function showCommand(cli: Cli): Command {
  const show = withGlobals(new Command('show'))
    .description('Show a session as it was seen')
    .argument('[session]', 'id or its beginning (default: the last one)');
  return show.action(async (wanted: string | undefined) => {
    const globals = globalsOf(cli, show);
    const { id, events } = await withKeptStore(rootOf(cli, globals), async (store) => {
      const [last] = wanted === undefined ? await store.list({ limit: 1 }) : [];
      const sessionId = last?.sessionId ?? (await keptSession(store, wanted ?? 'at all'));
      return { id: sessionId, events: await store.read(sessionId) };
    });
    const text = eventsText(events, { colour: colourOf(cli, globals), columns: cli.io.columns() });
    cli.finish('sessions show', {
      payload: { sessionId: id, ...sessionFacts(events), messages: messagesOf(events) },
      text,
    });
  });
}

function messagesOf(events: readonly DurableEvent[]): unknown[] {
  return events.flatMap((event) =>
    event.type === 'message.added' ? [{ at: event.at, runId: event.runId, ...event.message }] : [],
  );
}
