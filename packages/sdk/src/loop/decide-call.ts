import type { Decision, Effect } from '@capstan/policy';
import type { Json } from '../contract/json.ts';
import type { ToolCallPart, ToolMessage } from '../contract/message.ts';
import type { Tool } from '../contract/tool.ts';
import type { LoopContext } from './context.ts';
import type { Checked, Checker } from './checker.ts';
import { describedEffects } from './described-effects.ts';
import { cutOutput } from './cut-output.ts';
import { callThroughHooks } from './hooks.ts';
import { parseArguments } from './parse-arguments.ts';
import { failedResult, resultMessage } from './result-message.ts';
import { messageOf } from './message-of.ts';

/** A call without a result, with what is known of it from before a pause or a restart. */
export interface OpenCall {
  readonly call: ToolCallPart;
  /** Set when its approval was asked for already. */
  readonly asked?: {
    readonly approvals: number;
    readonly approvedBy: readonly string[];
    readonly shown: string;
    readonly expiresAt: number;
  };
  /** Its result, or that its process died while it ran. */
  readonly known?: ToolMessage | 'started';
}

/** A call that may go on, perhaps after approval; or one that has its result without running. */
export type DecidedCall = { readonly kind: 'settled'; readonly message: ToolMessage } | ReadyCall;

export interface ReadyCall {
  readonly kind: 'ready';
  readonly call: ToolCallPart;
  readonly tool: Tool;
  readonly input: unknown;
  readonly effects: readonly Effect[];
  readonly decision: Decision;
  readonly asked: OpenCall['asked'];
}

/** Parses and checks the arguments of a call, asks the tool for its effects and the policy for its verdict. */
export async function decideCall(context: LoopContext, open: OpenCall, cut: boolean): Promise<DecidedCall> {
  const { call, known, asked } = open;
  if (known && known !== 'started') return { kind: 'settled', message: known };
  if (context.signal.aborted && !known) {
    return settled(call, 'The run was stopped before this call began.', { interrupted: true });
  }
  const prepared = context.tools.get(call.tool) ?? keptOutputTool(context, call.tool);
  if (!prepared) return settled(call, unknownTool(call.tool, [...context.tools.keys()]));
  const parsed = await parseArguments(call.json, cut);
  if (parsed.problem !== undefined) return settled(call, parsed.problem);
  const checked = prepared.checker ? await checkInput(prepared.checker, parsed.value) : { value: parsed.value };
  if (checked.issues) return settled(call, wrongArguments(call.tool, checked.issues));
  const { tool } = prepared;
  const hooked = await hookedInput(context, prepared, { ...call, input: checked.value });
  if ('refused' in hooked) return settled(call, hooked.refused);
  const { input } = hooked;
  const said = await effectsOf({ tool, input, callId: call.callId }, context);
  if (typeof said === 'string') return settled(call, said);
  // What a replay is told of a call has been through the hooks already.
  const effects = context.replayed
    ? said
    : await describedEffects(context, { callId: call.callId, tool: call.tool, input }, said).catch(messageOf);
  if (typeof effects === 'string') return settled(call, effects);
  const decision = context.decide(context.policy(), { effects });
  if (!asked && !known) await context.outbox.record(decided(call, parsed.value as Json, effects, decision));
  if (decision.verdict === 'deny') return settled(call, denied(decision));
  const ready: ReadyCall = { kind: 'ready', call, tool, input, effects, decision, asked };
  return known ? settleDoubt(context, ready, effects) : ready;
}

/** A schema's own code may throw, too; then its words are what is wrong. */
async function checkInput(checker: Checker, value: unknown): Promise<Checked> {
  try {
    return await checker.check(value);
  } catch (error) {
    return { issues: [`input: ${messageOf(error)}`] };
  }
}

/** The input as hooks leave it, checked again if they changed it; or why the call is refused. */
async function hookedInput(
  context: LoopContext,
  { checker }: { readonly checker?: Checker | undefined },
  call: { readonly callId: string; readonly tool: string; readonly input: unknown },
): Promise<{ readonly input: unknown } | { readonly refused: string }> {
  if (context.hooks.length === 0) return call;
  const hooked = await callThroughHooks(context, call).catch((error: unknown) => ({ veto: messageOf(error) }));
  if ('veto' in hooked) return { refused: hooked.veto };
  if (!hooked.changed || !checker) return hooked;
  const checked = await checkInput(checker, hooked.input);
  return checked.issues ? { refused: wrongArguments(call.tool, checked.issues) } : { input: checked.value };
}

function denied({ rule, reason }: Decision): string {
  return `Not allowed by rule "${rule}": ${reason} Do not try to get round it; find another way or say what is needed.`;
}

/** A call whose process died while it ran: run again if that does no harm, else settled by what the tool finds. */
async function settleDoubt(context: LoopContext, ready: ReadyCall, effects: readonly Effect[]): Promise<DecidedCall> {
  const { call, tool, input, decision } = ready;
  if (tool.idempotent || effects.every((effect) => effect.kind === 'read')) {
    return { ...ready, decision: { ...decision, verdict: 'allow' } };
  }
  const { signal, sessionId } = context;
  try {
    const output = await tool.reconcile?.(input, { signal, sessionId, callId: call.callId });
    if (output === undefined) return settled(call, lostResult, { interrupted: true });
    const parts = await cutOutput(output, context.kept, tool.maxOutputBytes);
    return { kind: 'settled', message: resultMessage(call, parts) };
  } catch (error) {
    return settled(call, `${lostResult} Looking into it failed too: ${messageOf(error)}`, { interrupted: true });
  }
}

/** What the model reads of a call whose process died while it ran. */
export const lostResult =
  'The process ended while this call ran. What it did may stand or not: look before doing it again.';

function settled(call: ToolCallPart, text: string, options?: { interrupted: true }): DecidedCall {
  return { kind: 'settled', message: failedResult(call, text, options) };
}

function keptOutputTool({ kept }: LoopContext, name: string): { tool: Tool; checker?: undefined } | undefined {
  return name === kept.tool.name && kept.any() ? { tool: kept.tool } : undefined;
}

function unknownTool(name: string, names: readonly string[]): string {
  return `There is no tool "${name}". The tools are: ${names.join(', ') || 'none'}.`;
}

function wrongArguments(tool: string, issues: readonly string[]): string {
  return `The arguments of ${tool} do not fit:\n${issues.map((line) => `- ${line}`).join('\n')}\nCall it again with these mended.`;
}

async function effectsOf(
  { tool, input, callId }: { readonly tool: Tool; readonly input: unknown; readonly callId: string },
  { signal, sessionId }: LoopContext,
): Promise<readonly Effect[] | string> {
  if (!tool.effects) return [{ kind: 'unknown', note: `${tool.name} does not say what it would do.` }];
  try {
    return await tool.effects(input, { signal, sessionId, callId });
  } catch (error) {
    return messageOf(error);
  }
}

function decided(call: ToolCallPart, input: Json, effects: readonly Effect[], { verdict, rule, reason }: Decision) {
  return { type: 'tool.decided', callId: call.callId, tool: call.tool, input, effects, verdict, rule, reason } as const;
}
