import { Command } from 'commander';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { readConfigs } from '../project/config-file.ts';
import { effectiveSettings } from '../project/effective-settings.ts';
import { openKeptStore, openTree, rootOf } from '../project/open-project.ts';
import { modelHere } from '../project/pick-model.ts';
import { serversInWords } from '../project/servers-in-words.ts';
import { ago } from '../render/ago.ts';
import { plural } from '../render/amounts.ts';
import { budgetWords } from '../render/budget-words.ts';
import { fit, table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { tryGit } from '../run/git.ts';
import { sessionFacts } from '../run/session-facts.ts';

/** `capstan status`: where one stands. */
export function command(cli: Cli): Command {
  const status = withGlobals(new Command('status')).description(
    'Show the repository, the model, the last session and what is to be taken back',
  );
  return status.action(async () => {
    const root = rootOf(cli, globalsOf(cli, status));
    const { user, project } = readConfigs(cli, root);
    const { mode, budget } = effectiveSettings({ flags: {}, user, project });
    const { id, why } = await modelHere(cli, root);
    const model = { id, why };
    const branch = tryGit(root, ['branch', '--show-current'])?.trim() || null;
    const changes = tryGit(root, ['status', '--porcelain'])?.split('\n').filter(Boolean).length ?? null;
    const session = await lastSession(root);
    const patches = await patchCounts(root);
    const lsp = await serversInWords(cli, root);
    const rows = [
      ['root', root],
      ['git', branch === null ? 'no branch' : `${branch}, ${plural(changes ?? 0, 'changed file')}`],
      ['model', `${model.id} (${model.why})`],
      ['mode', mode],
      ['budget', budgetWords(budget)],
      [
        'last',
        session
          ? `${session.state}, ${ago(Date.now() - session.updatedAt)}: ${fit(plainText(session.title), 60)}`
          : 'no session yet',
      ],
      ['patches', `${patches.applied} applied, ${patches.rolledBack} taken back`],
      ['lsp', lsp.words],
    ];
    cli.finish('status', {
      payload: {
        root,
        branch,
        changedFiles: changes,
        model,
        mode,
        budget,
        session: session ?? null,
        patches,
        languageServers: lsp.servers,
      },
      text: table(rows),
    });
  });
}

async function lastSession(root: string) {
  const store = await openKeptStore(root);
  try {
    const [last] = await store.list({ limit: 1 });
    return last && { ...last, ...sessionFacts(await store.read(last.sessionId)) };
  } finally {
    await store.close();
  }
}

async function patchCounts(root: string): Promise<{ applied: number; rolledBack: number }> {
  const tree = await openTree(root);
  try {
    const states = (await tree.patches.list()).map(({ state }) => state);
    const count = (wanted: string) => states.filter((state) => state === wanted).length;
    return { applied: count('applied'), rolledBack: count('rolled-back') };
  } finally {
    tree.close();
  }
}
