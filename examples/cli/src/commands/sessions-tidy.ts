import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { rootOf } from '../project/open-project.ts';
import { ago } from '../render/ago.ts';
import { plural } from '../render/amounts.ts';
import { fit, table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { keptSession } from '../run/find-session.ts';
import { oneCallModel } from '../run/one-call-model.ts';
import { withKeptStore } from '../run/with-kept-store.ts';

/** `capstan sessions search`: where something was said. */
export function searchCommand(cli: Cli): Command {
  const search = withGlobals(new Command('search'))
    .description('Find sessions in which some words were said')
    .argument('<words...>', 'as they were said');
  return search.action(async (words: string[]) => {
    const { listSessions } = await import('@capstan/sdk');
    const wanted = { search: words.join(' ') };
    const sessions = await withKeptStore(rootOf(cli, globalsOf(cli, search)), (store) => listSessions(store, wanted));
    const rows = sessions.map(({ id, title, updatedAt }) => [
      id,
      ago(Date.now() - updatedAt),
      fit(plainText(title), 70),
    ]);
    const none = rows.length === 0;
    cli.finish('sessions search', {
      payload: { sessions },
      text: none ? 'Nothing found.' : table(rows),
      exit: none ? 1 : 0,
    });
  });
}

/** `capstan sessions rename`: a title of one's own. */
export function renameCommand(cli: Cli): Command {
  const rename = withGlobals(new Command('rename'))
    .description('Give a session a title')
    .argument('<session>', 'id or its beginning')
    .argument('<title...>', 'the title')
    .option('--dry-run', 'say which session would be renamed');
  return rename.action(async (wanted: string, words: string[], { dryRun }: { dryRun?: boolean }) => {
    const { createAgent } = await import('@capstan/sdk');
    const title = words.join(' ');
    const sessionId = await withKeptStore(rootOf(cli, globalsOf(cli, rename)), async (store) => {
      const found = await keptSession(store, wanted);
      const agent = createAgent({ model: oneCallModel('none', '{}'), store });
      if (!dryRun) await agent.session(found).rename(title);
      return found;
    });
    cli.finish('sessions rename', {
      payload: { sessionId, title, dryRun: dryRun === true },
      text: `${dryRun ? 'would rename ' : ''}${sessionId}  ${title}`,
    });
  });
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
    const { pruneSessions } = await import('@capstan/sdk');
    const limits = {
      ...(days === undefined ? {} : { olderThanDays: days }),
      ...(keep === undefined ? {} : { keep }),
      dryRun: flags.dryRun === true,
    };
    const root = rootOf(cli, globalsOf(cli, prune));
    const gone = await withKeptStore(root, (store) => pruneSessions(store, limits));
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
