import { outcomeOf } from './command-result.ts';
import type { Conversation, Step } from './conversation.ts';
import { detectCommands, type Commands } from './detect-commands.ts';
import { readFindings, readPatchId, type Finding } from './findings.ts';
import { intentOf, type Intent } from './intent.ts';

/** What the model has learnt so far, read off the calls it made. */
export interface Progress {
  readonly intent: Intent;
  /** Whether the user asked for measurements: running a benchmark may need an approval, so it is not done unasked. */
  readonly measures: boolean;
  readonly commands: Commands;
  readonly listing?: Step;
  readonly manifest?: Step;
  readonly testBefore?: Step;
  readonly benchBefore?: Step;
  readonly scan?: Step;
  readonly findings: readonly Finding[];
  /** The findings that will be taken, at most `mostApplied`. */
  readonly chosen: readonly Finding[];
  readonly applied: readonly Step[];
  readonly testAfter?: Step;
  readonly benchAfter?: Step;
  readonly rolledBack: readonly Step[];
}

/** The next call and what to say before it. */
export interface Move {
  readonly say: string;
  readonly call: { readonly tool: string; readonly input: Readonly<Record<string, unknown>> };
}

/** Patches made for one request. */
const mostApplied = 5;

/** Names under which an app may offer to take a patch back, by its `id`. */
const rollbackTools: readonly string[] = ['rollback_patch', 'patch_rollback', 'rollback'];

const benchTimeoutMs = 120_000;
const testTimeoutMs = 300_000;

/** Reads the state of the work off the calls made so far. */
export function readProgress({ request, steps }: Conversation): Progress {
  const intent = intentOf(request);
  const done = steps.filter((step) => !step.interrupted);
  const listing = done.find((step) => step.tool === 'list');
  const manifest = done.find((step) => step.tool === 'read');
  const commands = detectCommands(manifest?.failed ? undefined : manifest?.text, listing?.text ?? '');
  const scanAt = done.findIndex((step) => step.tool === 'find_opportunities');
  const scan = done[scanAt];
  const findings = scan && !scan.failed ? readFindings(scan.text) : [];
  const applied = done.filter((step) => step.tool === 'apply_opportunity');
  const lastApplied = done.findLastIndex((step) => step.tool === 'apply_opportunity');
  const ran = (command: string | undefined, from: number, to: number) =>
    command === undefined ? undefined : done.slice(from, to).find((step) => step.input['command'] === command);
  const until = scanAt === -1 ? done.length : scanAt;
  const testBefore = ran(commands.test, 0, until);
  const after = lastApplied === -1 ? done.length : lastApplied;
  return defined({
    intent,
    measures: intent === 'improve' && /\b(bench|measur|timing)/i.test(request),
    commands,
    listing,
    manifest,
    testBefore,
    benchBefore: ran(commands.bench, 0, until),
    scan,
    findings,
    chosen: choose(findings, testBefore),
    applied,
    testAfter: ran(commands.test, after, done.length),
    benchAfter: ran(commands.bench, after, done.length),
    rolledBack: done.filter((step) => rollbackTools.includes(step.tool)),
  });
}

/** What rests on an assumption is taken only where passing tests watch over it. */
function choose(findings: readonly Finding[], testBefore: Step | undefined): readonly Finding[] {
  const tested = testBefore !== undefined && outcomeOf(testBefore) === 'passed';
  return findings.filter((finding) => finding.risk === 'none' || tested).slice(0, mostApplied);
}

/**
 * Decides what to do next: look round, run the tests, scan, take the safe findings one by one, run the tests again.
 *
 * A step whose tool is not offered is left out. A call that was interrupted is made again, once.
 *
 * @returns `undefined` when there is nothing more to do but report.
 */
export function nextMove(progress: Progress, steps: readonly Step[], tools: ReadonlySet<string>): Move | undefined {
  const moves = progress.intent === 'test' ? testMoves(progress) : improveMoves(progress, tools);
  for (const move of moves) {
    const same = steps.filter((step) => step.tool === move.call.tool && sameInput(step.input, move.call.input));
    const again = same.length > 0 && same.every((step) => step.interrupted) ? same.length : 0;
    if (tools.has(move.call.tool) && again < 2) return move;
  }
  return undefined;
}

function sameInput(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The open steps up to the tests, in order. */
function testMoves({ listing, manifest, commands, testBefore }: Progress): Move[] {
  const moves: Move[] = [];
  if (!listing) moves.push({ say: 'I look round the repository first.', call: { tool: 'list', input: { path: '.' } } });
  const expected = !listing || listing.failed || /^package\.json\b/m.test(listing.text);
  if (!manifest && expected) moves.push({ say: '', call: { tool: 'read', input: { path: 'package.json' } } });
  if (!testBefore && commands.test) {
    moves.push(
      shell(
        `Its tests run with \`${commands.test}\`; I run them before I change anything.`,
        commands.test,
        testTimeoutMs,
      ),
    );
  }
  return moves;
}

function improveMoves(progress: Progress, tools: ReadonlySet<string>): Move[] {
  const { commands, scan, benchBefore, applied, chosen, intent, testAfter, benchAfter } = progress;
  const moves: Move[] = [];
  if (!scan) {
    moves.push(...testMoves(progress));
    if (!benchBefore && commands.bench && progress.measures) {
      moves.push(shell('Now its benchmark, to have something to compare with.', commands.bench, benchTimeoutMs));
    }
    moves.push({
      say: 'Now I look for places that can be made faster safely.',
      call: { tool: 'find_opportunities', input: {} },
    });
    return moves;
  }
  if (intent === 'scan' || testsFailedBefore(progress) || progress.applied.some(isRefused)) return [];
  const next = chosen.find((finding) => !applied.some((step) => step.input['id'] === finding.id));
  if (next) {
    const say = `I take ${next.id} at ${next.place}: ${next.title.toLowerCase()}`;
    return [{ say, call: { tool: 'apply_opportunity', input: { id: next.id } } }];
  }
  if (!applied.some((step) => !step.failed)) return [];
  if (testAfter && outcomeOf(testAfter) === 'failed') return rollbackMoves(progress, tools);
  if (!testAfter && commands.test && progress.testBefore && outcomeOf(progress.testBefore) === 'passed') {
    moves.push(shell('The tests again, after the change.', commands.test, testTimeoutMs));
  }
  if (!benchAfter && commands.bench && benchBefore && outcomeOf(benchBefore) === 'passed') {
    moves.push(shell('And the benchmark again.', commands.bench, benchTimeoutMs));
  }
  return moves;
}

/** Takes back what was applied, the last first, where a tool for that is offered. */
function rollbackMoves({ applied, rolledBack }: Progress, tools: ReadonlySet<string>): Move[] {
  const tool = rollbackTools.find((name) => tools.has(name));
  const ids = applied.flatMap((step) => (step.failed ? [] : (readPatchId(step.text) ?? []))).toReversed();
  const next = ids.find((id) => !rolledBack.some((step) => step.input['id'] === id));
  if (!tool || !next) return [];
  return [{ say: `The tests fail now, so I take patch ${next} back.`, call: { tool, input: { id: next } } }];
}

/** Tests that ran and failed before any change cannot tell whether a change is right. */
export function testsFailedBefore({ testBefore }: Progress): boolean {
  return testBefore !== undefined && outcomeOf(testBefore) === 'failed';
}

/** A change that policy or a person denied: the others would be, too. */
export function isRefused(step: Step): boolean {
  return step.failed && /\b(denied|refused|not allowed|needs approval|forbid)/i.test(step.text);
}

function shell(say: string, command: string, timeoutMs: number): Move {
  return { say, call: { tool: 'shell', input: { command, timeoutMs } } };
}

function defined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, held]) => held !== undefined)) as T;
}
