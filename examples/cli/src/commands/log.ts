import { Command } from 'commander';
import { CapstanError, type DurableEvent } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { openKeptStore, rootOf } from '../project/open-project.ts';
import { replayCommand, verifyCommand } from './log-check.ts';
import { eventLine } from '../render/event-line.ts';

/** `capstan log`: the events of runs, as they were kept. */
export function command(cli: Cli): Command {
  const log = new Command('log').description('Show, verify and replay the events of runs');
  log.addCommand(showCommand(cli), { isDefault: true });
  log.addCommand(verifyCommand(cli));
  log.addCommand(replayCommand(cli));
  return log;
}

function showCommand(cli: Cli): Command {
  const show = withGlobals(new Command('show'))
    .description('Show each event of a run in a line')
    .argument('[run]', 'id of a run or of a session (default: the last run)')
    .option('--events', 'print the events themselves, a line of JSON each')
    .option('--type <type>', 'only events of this type, for example tool.decided');
  return show.action(async (wanted: string | undefined, { events: raw, type }: { events?: boolean; type?: string }) => {
    const root = rootOf(cli, globalsOf(cli, show));
    const store = await openKeptStore(root);
    try {
      const all = await eventsOf(wanted, store);
      const events = all.filter((event) => type === undefined || event.type === type);
      const lines = events.map((event) => (raw ? JSON.stringify(event) : eventLine(event)));
      cli.finish('log show', { payload: { events }, text: lines.length === 0 ? 'No such events.' : lines.join('\n') });
    } finally {
      await store.close();
    }
  });
}

type Store = Awaited<ReturnType<typeof openKeptStore>>;

/** The events of a run, or of a whole session when its id is given. */
async function eventsOf(wanted: string | undefined, store: Store): Promise<readonly DurableEvent[]> {
  const sessions = await store.list();
  const named = sessions.find(({ sessionId }) => sessionId === wanted);
  if (named) return store.read(named.sessionId);
  const runId = wanted ?? sessions[0]?.lastRunId;
  const sessionId = runId === undefined ? undefined : await store.sessionOf(runId);
  if (sessionId !== undefined) return (await store.read(sessionId)).filter((event) => event.runId === runId);
  if (wanted === undefined)
    throw new CapstanError('not_found', 'No run is kept here yet. Start one with "capstan run".');
  throw new CapstanError('not_found', `There is no run or session ${wanted}. See "capstan sessions list".`, {
    where: wanted,
  });
}
