import { text as readText } from 'node:stream/consumers';
import { Command } from 'commander';
import type { Effect, Policy } from '@capstan/policy';
import { CapstanError, newId, type DurableEvent, type ResultPart, type Tool } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { commandHere } from '../project/command-here.ts';
import { parseMode } from '../project/mode.ts';
import { openServers, startsUnasked } from '../project/open-language-servers.ts';
import { openPolicy } from '../project/open-policy.ts';
import { readableIn } from '../project/readable.ts';
import { openStore, openTree, rootOf } from '../project/open-project.ts';
import { openTools } from '../project/open-tools.ts';
import { plainText } from '../render/plain-text.ts';
import { namedTool } from '../run/named-tool.ts';
import { oneCallModel } from '../run/one-call-model.ts';
import type { RunReport } from '../run/run-report.ts';
import { startRun } from '../run/start-run.ts';

interface Flags {
  readonly input?: string;
  readonly mode: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

const help = `
Examples:
  capstan tool run read --input '{"path":"README.md"}'
  capstan tool run shell --input '{"command":"npm test"}' --yes
  echo '{"pattern":"TODO"}' | capstan tool run grep --input - --json`;

/** `capstan tool run`: one call of one tool, by hand, through the same policy, journal and log as a model's. */
export function toolRun(cli: Cli): Command {
  const run = withGlobals(new Command('run'))
    .description('Run a tool without a model, under the same policy and journal')
    .argument('<name>', 'name of the tool')
    .option('-i, --input <json>', 'its input as JSON; "-" reads it from stdin (default: {})')
    .option('--mode <mode>', 'read-only, suggest, auto-edit or full-auto', 'auto-edit')
    .option('-y, --yes', 'approve what would be asked')
    .option('--dry-run', 'say what the call would do and what the rules say to it')
    .addHelpText('after', help);
  return run.action(async (name: string, flags: Flags) => {
    const globals = globalsOf(cli, run);
    const mode = parseMode(flags.mode);
    const root = rootOf(cli, globals);
    const json = await inputJson(flags.input ?? '{}', cli);
    const worktree = await openTree(root);
    const mayStart = flags.yes ? () => true : startsUnasked(cli, { root: worktree.root, mode });
    const servers = await openServers(cli, worktree.root);
    const mask = await readableIn(cli, worktree.root);
    const tools = await openTools(worktree, { servers, mask, ...(flags.dryRun ? {} : { mayStart }) });
    const tool = namedTool(tools, name);
    if (flags.dryRun) {
      const policy = await openPolicy(cli, { root: worktree.root, mode });
      worktree.close();
      return cli.finish('tool run', await judged(tool, JSON.parse(json), policy));
    }
    const store = await openStore(worktree.root);
    try {
      const output = globals.json === true ? 'envelope' : 'text';
      const { report } = await startRun({
        cli,
        globals,
        settings: { output: 'envelope', reasoning: false, yes: flags.yes === true, prompts: output === 'text' },
        worktree,
        store,
        model: oneCallModel(name, json),
        tools,
        mode,
        budget: {},
        resume: commandHere(cli, root, 'capstan resume'),
        rollback: commandHere(cli, root, 'capstan patch rollback'),
        start: (agent, options) => agent.run(`Run the tool ${name} by hand.`, { sessionId: newId(), ...options }),
      });
      const events = await store.read(report.result.sessionId);
      const parts = resultParts(events, report.result.runId);
      cli.finish('tool run', {
        payload: payload(name, report, { json, parts }),
        text: text(report, parts),
        exit: exitOf(report),
        meta: { root: worktree.root, runId: report.result.runId, sessionId: report.result.sessionId },
      });
    } finally {
      await Promise.all([servers?.close(), store.close()]);
    }
  });
}

/** A call that was made and gave a result is done, whatever the tool does. */
function exitOf({ ending, calls }: RunReport): RunReport['ending']['exit'] {
  const [call] = calls;
  if (call === undefined || ending.exit > 1) return ending.exit;
  if (call.outcome === 'denied') return 3;
  return call.outcome === 'done' ? 0 : 1;
}

/** What the rules say to a call that is not made. */
async function judged(tool: Tool, input: unknown, policy: Policy): Promise<Outcome> {
  const { explain } = await import('@capstan/policy');
  const unknown: readonly Effect[] = [{ kind: 'unknown', note: `${tool.name} does not say what it does` }];
  const effects = (await tool.effects?.(input, { signal: new AbortController().signal })) ?? unknown;
  const { verdict, rule, reason } = explain(policy, { effects }).decision;
  const none = { outcome: 'pending', durationMs: null, output: [], patches: [], rollback: null };
  return {
    payload: { tool: tool.name, input, verdict, rule, ...none, dryRun: true },
    text: `${verdict}  ${rule}  ${plainText(reason)}\n${plainText(JSON.stringify(effects, undefined, 2))}`,
  };
}

function payload(
  tool: string,
  report: RunReport,
  { json, parts }: { json: string; parts: readonly ResultPart[] },
): unknown {
  const [call] = report.calls;
  const { rollback, result } = report;
  return {
    tool,
    input: JSON.parse(json) as unknown,
    outcome: call?.outcome ?? 'failed',
    verdict: call?.verdict ?? null,
    rule: call?.rule ?? null,
    durationMs: call?.durationMs ?? null,
    output: parts,
    patches: result.patches,
    rollback: rollback ?? null,
    ...(result.pending.length === 0 ? {} : { pending: result.pending }),
  };
}

function text({ result, rollback, calls }: RunReport, parts: readonly ResultPart[]): string {
  const [call] = calls;
  const body = parts.map((part) => (part.type === 'text' ? plainText(part.text) : `[${part.type} ${part.mediaType}]`));
  const waits = result.pending.map(
    ({ rule, reason }) => `This call needs an approval (rule ${rule}: ${reason}). Give --yes, or run it on a terminal.`,
  );
  const denied = call?.verdict === 'deny' ? [`Denied by rule ${call.rule ?? ''}.`] : [];
  const back = rollback === undefined ? [] : [`take back: ${rollback}`];
  return [...body, ...waits, ...denied, ...back].filter((line) => line !== '').join('\n');
}

function resultParts(events: readonly DurableEvent[], runId: string): readonly ResultPart[] {
  const mine = events.filter((event) => event.runId === runId);
  const added = mine.flatMap((event) =>
    event.type === 'message.added' && event.message.role === 'tool' ? [event.message] : [],
  );
  return added.at(-1)?.parts ?? [];
}

async function inputJson(given: string, cli: Cli): Promise<string> {
  const json = given === '-' ? await readText(cli.io.stdin) : given;
  try {
    JSON.parse(json);
    return json;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'not JSON';
    throw new CapstanError('invalid_config', `--input is not JSON: ${why}.`, { where: '--input' }, { cause });
  }
}
