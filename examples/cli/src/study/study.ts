import type { Command } from 'commander';
import { CapstanError, newId } from '@capstan/sdk/contract';
import type { CodeIndex } from '@capstan/code';
import type { Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { openCodeIndex } from '../project/open-code-index.ts';
import { modelHere } from '../project/pick-model.ts';
import { readableIn, type Readable } from '../project/readable.ts';
import { openRun, type OpenedRun } from '../run/open-run.ts';
import { planRun } from '../run/plan-run.ts';
import { runBounds } from '../run/run-bounds.ts';
import type { RunReport } from '../run/run-report.ts';
import type { RunFlags, RunSettings } from '../run/run-settings.ts';
import { startRun } from '../run/start-run.ts';

/** What is known of a matter without a model. */
export interface Facts {
  /** Fields of the payload. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** The same for people. */
  readonly text: string;
  /** What a model is asked, with what is known in it. */
  readonly task: string;
}

export interface StudyTools {
  readonly root: string;
  readonly index: CodeIndex;
  readonly readable: Readable;
}

/** A command that tells what is known, and lets a model say the rest. */
export interface StudyCommand<F extends Facts> {
  /** The command's name in the envelope. */
  readonly name: string;
  /** Gathers what is known. @throws {CapstanError} for what cannot be studied. */
  readonly look: (tools: StudyTools) => Promise<F>;
  /** Ends without a model. Default: the facts themselves. */
  readonly alone?: (facts: F, root: string) => Outcome | Promise<Outcome>;
  /** How the answer is shown while it comes. Default: as of any run. */
  readonly view?: (settings: RunSettings) => RunSettings;
  /** More of how the model is run. */
  readonly run?: Partial<OpenedRun>;
  /** Puts facts and answer together. Default: the facts are printed above the answer. */
  readonly together?: (facts: F, run: Answered) => Outcome | Promise<Outcome>;
}

/** A run that has ended, with what it would print by itself. */
export interface Answered {
  readonly outcome: Outcome;
  readonly report: RunReport;
  readonly root: string;
  readonly output: RunSettings['output'];
}

/** Options that every such command has beside those of a run. */
export interface StudyFlags extends RunFlags {
  readonly facts?: boolean;
}

/** Adds `--facts`. */
export function withFacts(command: Command): Command {
  return command.option('--facts', 'what is known without a model, and no more');
}

/** Tells whether a model answers that can do more than practise, and where. */
export async function modelAnswers(
  cli: Cli,
  command: Command,
): Promise<{ readonly root: string; readonly model: boolean }> {
  const { root, named } = await runBounds(cli, command, { mode: 'read-only' });
  return { root, model: (await modelHere(cli, root, named)).id !== 'practice' };
}

/** @throws {CapstanError} `auth_missing` where no model answers and the task cannot be done without one. */
export async function needModel(cli: Cli, command: Command, name: string): Promise<void> {
  if (command.opts<RunFlags>().dryRun || (await modelAnswers(cli, command)).model) return;
  const text = `No model answers here, and "capstan ${name}" needs one. Run "capstan auth login openai", set OPENAI_API_KEY, start Ollama, or give --model.`;
  throw new CapstanError('auth_missing', text, { where: name });
}

/** Looks, and then asks the model that answers here; where none does, what is known is the answer. */
export async function study<F extends Facts>(cli: Cli, command: Command, matter: StudyCommand<F>): Promise<void> {
  const { name } = matter;
  const { dryRun, facts: only } = command.opts<StudyFlags>();
  const { root, named, settings } = await runBounds(cli, command, { mode: 'read-only' });
  checkReading(name, settings);
  const facts = await looked(cli, root, matter.look);
  if (dryRun && !only) return cli.finish(name, await planRun(cli, command, { mode: 'read-only', task: facts.task }));
  if (only || (await modelHere(cli, root, named)).id === 'practice') {
    if (settings.output === 'events') throw noEvents(name);
    if (!only && settings.output === 'text')
      await cli.io.err(`No model answers here, so this is what is known without one. See "capstan auth".\n`);
    const alone = matter.alone ?? ((known: F): Outcome => ({ payload: known.payload, text: known.text }));
    return cli.finish(name, { meta: { root }, ...(await alone(facts, root)) });
  }
  const setup = await openRun(cli, command, { mode: 'read-only' });
  try {
    const shown = matter.view ? matter.view(setup.settings) : setup.settings;
    const above = matter.together === undefined && shown.output === 'text';
    if (above) await cli.io.out(`${facts.text.trimEnd()}\n\n`);
    const { outcome, report } = await startRun({
      ...setup,
      ...matter.run,
      settings: shown,
      wants: 'words',
      start: (agent, options) => agent.run(facts.task, { sessionId: newId(), ...options }),
    });
    const together = matter.together ?? withPayload;
    const { output } = setup.settings;
    const { text, ...told } = await together(facts, { outcome, report, root, output });
    cli.finish(name, output === 'events' || text === undefined ? told : { ...told, text });
  } finally {
    await setup.store.close();
  }
}

/** What only reads takes no mode in which it could write. */
function checkReading(name: string, { mode }: RunSettings): void {
  if (mode === undefined || mode === 'read-only') return;
  const text = `"capstan ${name}" only reads, so --mode ${mode} says nothing here. Leave it out.`;
  throw new CapstanError('invalid_config', text, { where: '--mode' });
}

function noEvents(name: string): CapstanError {
  const text = `Without a model there is no run, so "capstan ${name}" has no events to print. Take --json instead of --stream-json.`;
  return new CapstanError('invalid_config', text, { where: '--stream-json' });
}

function withPayload({ payload }: Facts, { outcome }: Answered): Outcome {
  return { ...outcome, payload: { ...(outcome.payload as object), ...payload } };
}

async function looked<F>(cli: Cli, root: string, look: (tools: StudyTools) => Promise<F>): Promise<F> {
  const [index, readable] = [await openCodeIndex(root), await readableIn(cli, root)];
  try {
    return await look({ root, index, readable });
  } finally {
    await index.close();
  }
}
