import type { Context, Histogram, Meter, Span, Tracer } from '@opentelemetry/api';
import type { EventOf, RunEvent } from '../contract/event.ts';
import type { Run } from '../contract/run.ts';
import type { ToolMessage } from '../contract/message.ts';
import type { Usage } from '../contract/usage.ts';
import { metric, name } from './attributes.ts';

export interface TraceOptions {
  /** From `trace.getTracer('my-app')`. Without it, no spans. */
  readonly tracer?: Tracer;
  /** From `metrics.getMeter('my-app')`. Without it, no metrics. */
  readonly meter?: Meter;
  /**
   * Records prompts, replies, arguments and results as attributes. They may hold secrets and personal data, so each text
   * passes this function first. Default: no content is recorded.
   */
  readonly content?: (text: string) => string;
  /** The span that called. Default: the active one. */
  readonly parent?: Context;
}

/**
 * Reports a run to OpenTelemetry by its conventions for generative AI: a span for the run, in it one for each turn, in that
 * one for each model call and each tool call; metrics for tokens, cost, duration and time to the first token. It reads the run's events like
 * any other reader, so a run that nobody traces pays nothing.
 *
 * @returns Resolves when the run has ended and its spans are closed.
 */
export async function traceRun(run: Run<unknown>, options: TraceOptions): Promise<void> {
  const { trace, context, SpanStatusCode } = await import('@opentelemetry/api');
  const parent = options.parent ?? context.active();
  const tools = { setSpan: trace.setSpan, errorCode: SpanStatusCode.ERROR, parent };
  const recorder = new Recorder(options, tools);
  for await (const event of run) recorder.take(event);
  recorder.close();
}

interface Api {
  readonly setSpan: (context: Context, span: Span) => Context;
  readonly errorCode: number;
  readonly parent: Context;
}

class Recorder {
  readonly #options: TraceOptions;
  readonly #api: Api;
  readonly #meters: Meters | undefined;
  readonly #tools = new Map<string, Timed>();
  /** Calls that have ended, whose results come as messages: the spans wait for them when content is recorded. */
  readonly #ended = new Map<string, { readonly span: Span; readonly at: number }>();
  readonly #inputs = new Map<string, EventOf<'tool.decided'>>();
  #model = '';
  #run: { readonly span: Span | undefined; readonly inside: Context; readonly startedAt: number } | undefined;
  #turn: { readonly span: Span | undefined; readonly inside: Context } | undefined;
  #call: (Timed & { firstAt?: number }) | undefined;

  constructor(options: TraceOptions, api: Api) {
    this.#options = options;
    this.#api = api;
    this.#meters = options.meter ? makeMeters(options.meter) : undefined;
  }

  take(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
        return this.#startRun(event);
      case 'turn.started':
        return this.#startTurn(event);
      case 'text.delta':
      case 'reasoning.delta':
      case 'tool.delta':
        if (this.#call) this.#call.firstAt ??= event.at;
        return;
      case 'message.added':
        return this.#message(event);
      case 'turn.ended':
        return this.#endTurn(event);
      case 'tool.decided':
        this.#inputs.set(event.callId, event);
        return;
      case 'tool.started':
        return this.#startTool(event);
      case 'tool.ended':
        return this.#endTool(event);
      case 'run.ended':
        return this.#endRun(event);
      default:
        return;
    }
  }

  /** Closes what a run that broke off left open. */
  close(): void {
    for (const { span, at } of this.#ended.values()) span.end(at);
    for (const { span } of this.#tools.values()) span?.end();
    this.#call?.span?.end();
    this.#turn?.span?.end();
    this.#run?.span?.end();
  }

  #startRun(event: EventOf<'run.started'>): void {
    this.#model = event.model;
    const attributes = {
      [name.operation]: 'invoke_agent',
      [name.provider]: vendorOf(event.model),
      [name.requestModel]: event.model,
      [name.conversation]: event.sessionId,
      [name.runId]: event.runId,
    };
    const { parent, setSpan } = this.#api;
    const span = this.#options.tracer?.startSpan('invoke_agent', { attributes, startTime: event.at }, parent);
    this.#run = { span, inside: span ? setSpan(parent, span) : parent, startedAt: event.at };
  }

  #startTurn(event: EventOf<'turn.started'>): void {
    const attributes = {
      [name.operation]: 'chat',
      [name.provider]: vendorOf(this.#model),
      [name.requestModel]: this.#model,
      [name.conversation]: event.sessionId,
    };
    const span = this.#start('turn', { [name.turn]: event.turn }, event.at);
    const around = this.#run?.inside ?? this.#api.parent;
    this.#turn = { span, inside: span ? this.#api.setSpan(around, span) : around };
    this.#call = { span: this.#start(`chat ${this.#model}`, attributes, event.at), startedAt: event.at };
  }

  /** The reply closes the span of its model call: what follows in the turn are tools. */
  #message(event: EventOf<'message.added'>): void {
    const { content } = this.#options;
    if (event.message.role === 'user' && content) {
      this.#run?.span?.setAttribute(name.inputMessages, content(JSON.stringify([event.message])));
    }
    if (event.message.role === 'tool') this.#result(event.message);
    if (event.message.role !== 'assistant' || !this.#call) return;
    const { span } = this.#call;
    if (content) span?.setAttribute(name.outputMessages, content(JSON.stringify([event.message])));
    if (event.usage) this.#closeCall(event.at, event.usage, event.costUsd);
  }

  #endTurn(event: EventOf<'turn.ended'>): void {
    const { turn, at, stopReason } = event;
    const span = this.#turn?.span;
    span?.setAttributes({ ...usageAttributes(event.usage, event.costUsd), [name.finishReasons]: [stopReason] });
    if (stopReason === 'interrupted') this.#call?.span?.setStatus({ code: this.#api.errorCode });
    if (stopReason === 'interrupted')
      span?.setStatus({ code: this.#api.errorCode, message: `turn ${turn} was cut off` });
    this.#closeCall(at, event.usage, event.costUsd);
    span?.end(at);
    this.#turn = undefined;
  }

  #closeCall(at: number, usage: Usage, costUsd: number | undefined): void {
    const call = this.#call;
    if (!call) return;
    this.#call = undefined;
    call.span?.setAttributes(usageAttributes(usage, costUsd));
    call.span?.end(at);
    const labels = {
      [name.operation]: 'chat',
      [name.provider]: vendorOf(this.#model),
      [name.requestModel]: this.#model,
    };
    this.#meters?.tokens.record(usage.inputTokens, { ...labels, [name.tokenType]: 'input' });
    this.#meters?.tokens.record(usage.outputTokens, { ...labels, [name.tokenType]: 'output' });
    if (costUsd !== undefined) this.#meters?.cost.record(costUsd, labels);
    this.#meters?.duration.record((at - call.startedAt) / 1000, labels);
    if (call.firstAt !== undefined) this.#meters?.firstToken.record((call.firstAt - call.startedAt) / 1000, labels);
  }

  #startTool({ callId, tool, at }: EventOf<'tool.started'>): void {
    const decided = this.#inputs.get(callId);
    const { content } = this.#options;
    const attributes = {
      [name.operation]: 'execute_tool',
      [name.tool]: tool,
      [name.toolCall]: callId,
      ...(decided ? { [name.rule]: decided.rule, [name.verdict]: decided.verdict } : {}),
      ...(decided && content ? { [name.toolArguments]: content(JSON.stringify(decided.input)) } : {}),
    };
    this.#tools.set(callId, { span: this.#start(`execute_tool ${tool}`, attributes, at), startedAt: at });
  }

  #endTool({ callId, tool, failed, at }: EventOf<'tool.ended'>): void {
    const open = this.#tools.get(callId);
    if (!open) return;
    this.#tools.delete(callId);
    if (failed) open.span?.setAttribute(name.error, 'tool_failed').setStatus({ code: this.#api.errorCode });
    const labels = { [name.operation]: 'execute_tool', [name.tool]: tool };
    this.#meters?.duration.record((at - open.startedAt) / 1000, labels);
    if (open.span && this.#options.content) this.#ended.set(callId, { span: open.span, at });
    else open.span?.end(at);
  }

  #result({ callId, parts }: ToolMessage): void {
    const ended = this.#ended.get(callId);
    const { content } = this.#options;
    this.#ended.delete(callId);
    if (content) ended?.span.setAttribute(name.toolResult, content(JSON.stringify(parts)));
    ended?.span.end(ended.at);
  }

  #endRun({ reason, usage, costUsd, error, at }: EventOf<'run.ended'>): void {
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    run.span?.setAttributes({ ...usageAttributes(usage, costUsd), [name.reason]: reason });
    if (error) run.span?.setAttribute(name.error, error.code).setStatus({ code: this.#api.errorCode });
    run.span?.end(at);
    this.#meters?.duration.record((at - run.startedAt) / 1000, { [name.operation]: 'invoke_agent' });
  }

  #start(title: string, attributes: Record<string, string | number>, startTime: number): Span | undefined {
    const around = this.#turn?.inside ?? this.#run?.inside ?? this.#api.parent;
    return this.#options.tracer?.startSpan(title, { attributes, startTime }, around);
  }
}

interface Timed {
  readonly span: Span | undefined;
  readonly startedAt: number;
}

interface Meters {
  readonly tokens: Histogram;
  readonly cost: Histogram;
  readonly duration: Histogram;
  readonly firstToken: Histogram;
}

function makeMeters(meter: Meter): Meters {
  return {
    tokens: meter.createHistogram(metric.tokens, { unit: '{token}', description: 'Tokens of model calls' }),
    cost: meter.createHistogram(metric.cost, { unit: 'USD', description: 'Cost of model calls' }),
    duration: meter.createHistogram(metric.duration, {
      unit: 's',
      description: 'Time of runs, model calls and tool calls',
    }),
    firstToken: meter.createHistogram(metric.firstToken, {
      unit: 's',
      description: 'Time to the first piece of a reply',
    }),
  };
}

function usageAttributes(usage: Usage, costUsd: number | undefined): Record<string, number> {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens } = usage;
  return {
    [name.inputTokens]: inputTokens,
    [name.outputTokens]: outputTokens,
    ...(cachedInputTokens === undefined ? {} : { [name.cacheRead]: cachedInputTokens }),
    ...(cacheWriteTokens === undefined ? {} : { [name.cacheWrite]: cacheWriteTokens }),
    ...(costUsd === undefined ? {} : { [name.costUsd]: costUsd }),
  };
}

/** `anthropic` of `anthropic/claude-…`. */
function vendorOf(model: string): string {
  return model.split('/', 1)[0] ?? model;
}
