import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { rootOf } from '../project/open-project.ts';
import { plural } from '../render/amounts.ts';
import { fit, table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { keptSession } from '../run/find-session.ts';
import { textOf } from '../run/session-facts.ts';
import { withKeptStore } from '../run/with-kept-store.ts';

/** `capstan sessions search`: where something was said. */
export function searchCommand(cli: Cli): Command {
  const search = withGlobals(new Command('search'))
    .description('Find sessions in which some words were said')
    .argument('<words...>', 'as they were said');
  return search.action(async (words: string[]) => {
    const wanted = words.join(' ').toLowerCase();
    const hits = await withKeptStore(rootOf(cli, globalsOf(cli, search)), async (store) => {
      const found: { sessionId: string; seq: number; role: string; text: string }[] = [];
      for (const { sessionId } of await store.list()) {
        for (const event of await store.read(sessionId)) {
          if (event.type !== 'message.added') continue;
          const text = textOf(event.message);
          const at = text.toLowerCase().indexOf(wanted);
          if (at !== -1) found.push({ sessionId, seq: event.seq, role: event.message.role, text: around(text, at) });
        }
      }
      return found;
    });
    const rows = hits.map(({ sessionId, seq, role, text }) => [sessionId, String(seq), role, fit(text, 70)]);
    cli.finish('sessions search', {
      payload: { hits },
      text: rows.length === 0 ? 'Nothing found.' : table(rows),
      exit: rows.length === 0 ? 1 : 0,
    });
  });
}

function around(text: string, at: number): string {
  return plainText(text.slice(Math.max(0, at - 30), at + 120))
    .replace(/\s+/g, ' ')
    .trim();
}

/** `capstan sessions delete`: one session less. Patches stay. */
export function deleteCommand(cli: Cli): Command {
  const command = withGlobals(new Command('delete'))
    .description('Delete a session; its patches stay')
    .argument('<session>', 'id or its beginning')
    .option('--dry-run', 'say what would be deleted');
  return command.action(async (wanted: string, { dryRun }: { dryRun?: boolean }) => {
    const sessionId = await withKeptStore(rootOf(cli, globalsOf(cli, command)), async (store) => {
      const found = await keptSession(store, wanted);
      if (!dryRun) await store.delete(found);
      return found;
    });
    cli.finish('sessions delete', {
      payload: { sessionId, dryRun: dryRun === true },
      text: `${dryRun ? 'would delete' : 'deleted'} ${sessionId}`,
    });
  });
}

/** `capstan sessions prune`: old sessions away. */
export function pruneCommand(cli: Cli): Command {
  const prune = withGlobals(new Command('prune'))
    .description('Delete sessions that are old, or more than are to be kept')
    .option('--older-than <days>', 'those not changed for so many days')
    .option('--keep <count>', 'all but the last so many')
    .option('--dry-run', 'say what would be deleted');
  return prune.action(async (flags: { olderThan?: string; keep?: string; dryRun?: boolean }) => {
    const days = amount(flags.olderThan, '--older-than');
    const keep = amount(flags.keep, '--keep');
    if (days === undefined && keep === undefined)
      throw new CapstanError('invalid_config', 'Say which: --older-than DAYS, --keep COUNT or both.', {
        where: 'prune',
      });
    const before = days === undefined ? -Infinity : Date.now() - days * 86_400_000;
    const gone = await withKeptStore(rootOf(cli, globalsOf(cli, prune)), async (store) => {
      const all = await store.list();
      const chosen = all
        .filter(({ updatedAt }, at) => updatedAt < before || at >= (keep ?? Infinity))
        .map(({ sessionId }) => sessionId);
      if (!flags.dryRun) for (const sessionId of chosen) await store.delete(sessionId);
      return chosen;
    });
    const text = `${flags.dryRun ? 'would delete' : 'deleted'} ${plural(gone.length, 'session')}`;
    cli.finish('sessions prune', { payload: { deleted: gone, dryRun: flags.dryRun === true }, text });
  });
}

function amount(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text.replace(/d$/, ''));
  if (text !== '' && value >= 0) return value;
  throw new CapstanError('invalid_config', `${option} takes a number, not "${text}".`, { where: option });
}
