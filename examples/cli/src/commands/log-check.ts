import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Command } from 'commander';
import { CapstanError, type RunStarted, type RunStore } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { parseMode } from '../project/mode.ts';
import { guardText } from '../project/guard-text.ts';
import { openServers } from '../project/open-language-servers.ts';
import { openPolicy } from '../project/open-policy.ts';
import { openTree, rootOf } from '../project/open-project.ts';
import { openTools } from '../project/open-tools.ts';
import { pickModel } from '../project/pick-model.ts';
import { instructions } from '../run/instructions.ts';
import { readRunLog, runLogPath } from '../run/run-log.ts';
import { withKeptStore } from '../run/with-kept-store.ts';

/** `capstan log verify`: whether the sealed log of a run is as it was written. */
export function verifyCommand(cli: Cli): Command {
  const verify = withGlobals(new Command('verify'))
    .description('Check the sealed log of a run: any change to it, or to the store, is found')
    .argument('[run]', 'id of a run, or a file (default: the last run)');
  return verify.action(async (wanted: string | undefined) => {
    const root = rootOf(cli, globalsOf(cli, verify));
    const { readAuditChain, verifyAuditChain } = await import('@capstan/sdk');
    const file = wanted !== undefined && existsSync(resolve(cli.io.cwd, wanted));
    const runId = file ? undefined : await withKeptStore(root, (store) => runHere(store, wanted));
    const path = runId === undefined ? resolve(cli.io.cwd, wanted ?? '') : runLogPath(root, runId);
    const text = readRunLog(path);
    const verdict = verifyAuditChain(text);
    if (!verdict.ok) {
      const words = `Line ${verdict.line} of ${path} is broken: ${verdict.reason}.`;
      return cli.finish('log verify', { payload: { path, ...verdict }, text: words, exit: 1 });
    }
    const same =
      runId === undefined || (await withKeptStore(root, (store) => agrees(store, runId, readAuditChain(text))));
    const words = same
      ? `${verdict.lines} events, unbroken.`
      : 'The log is unbroken, but the store says something else.';
    cli.finish('log verify', { payload: { path, ...verdict, store: same }, text: words, exit: same ? 0 : 1 });
  });
}

async function agrees(store: RunStore, runId: string, sealed: readonly unknown[]): Promise<boolean> {
  const sessionId = await store.sessionOf(runId);
  const kept = sessionId === undefined ? [] : (await store.read(sessionId)).filter((event) => event.runId === runId);
  // A title given after the end belongs to the session, not to the run that was sealed.
  return isDeepStrictEqual(
    kept.filter(({ type }) => type !== 'session.renamed'),
    sealed.filter((event) => (event as { type: string }).type !== 'session.renamed'),
  );
}

/** `capstan log replay`: whether the run would go the same way today. */
export function replayCommand(cli: Cli): Command {
  const replay = withGlobals(new Command('replay'))
    .description('Run a kept run again from its log, with no model and no tool, and name the first difference')
    .argument('[run]', 'id of a run (default: the last run)');
  return replay.action(async (wanted: string | undefined) => {
    const root = rootOf(cli, globalsOf(cli, replay));
    const { runId, events } = await withKeptStore(root, async (store) => {
      const found = await runHere(store, wanted);
      return { runId: found, events: await store.read((await store.sessionOf(found)) ?? '') };
    });
    const started = events.find(
      (event): event is typeof event & RunStarted => event.type === 'run.started' && event.runId === runId,
    );
    if (!started || started.model === 'capstan/by-hand') {
      throw new CapstanError(
        'invalid_config',
        'Only runs of a model can be replayed; this one was a tool run by hand.',
        { where: runId },
      );
    }
    // What the run knew when it began: later turns of its session it did not.
    const before = events.slice(0, events.indexOf(started));
    const sdk = await import('@capstan/sdk');
    const tree = await openTree(root);
    const verdict = await sdk.replay(events, runId, {
      model: (await pickModel(cli, root, started.model)).model,
      tools: await openTools(tree, { servers: await openServers(cli, root) }),
      policy: await openPolicy(cli, { root: tree.root, mode: parseMode(started.policy) }),
      hooks: await guardText(cli, { root: tree.root, store: { read: async () => before } }),
      instructions: await instructions(cli, tree),
    });
    tree.close();
    const text = verdict.same ? `${verdict.events} events, all the same.` : differenceWords(verdict.difference);
    cli.finish('log replay', { payload: { runId, ...verdict }, text, exit: verdict.same ? 0 : 1 });
  });
}

function differenceWords(difference: object): string {
  return `It goes another way today. The first difference:\n${JSON.stringify(difference, null, 2).slice(0, 4000)}`;
}

async function runHere(store: RunStore, wanted: string | undefined): Promise<string> {
  const runId = wanted ?? (await store.list({ limit: 1 }))[0]?.lastRunId;
  if (runId !== undefined && (await store.sessionOf(runId)) !== undefined) return runId;
  throw new CapstanError(
    'not_found',
    wanted === undefined ? 'No run is kept here yet.' : `There is no run ${wanted}. See "capstan log".`,
  );
}
