import { context, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { traceRun } from './trace-run.ts';
import type { TraceOptions } from './trace-run.ts';

const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  input: z.object({ a: z.number(), b: z.number() }),
  effects: [],
  execute: ({ a, b }) => {
    if (a < 0) throw new Error('too small');
    return String(a + b);
  },
});

async function traced(extra: Partial<TraceOptions> = {}) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const model = scriptedModel(
    [
      {
        text: 'A secret word.',
        calls: [
          { tool: 'add', input: { a: 1, b: 2 } },
          { tool: 'add', input: { a: -1, b: 0 } },
        ],
      },
      { text: 'Done.' },
    ],
    { id: 'acme/one', info: { price: { input: 1, output: 2 } } },
  );
  const run = createAgent({ model, tools: [add] }).run('the password is swordfish');
  await traceRun(run, { tracer: provider.getTracer('test'), ...extra });
  return { spans: exporter.getFinishedSpans(), run };
}

const named = (spans: readonly ReadableSpan[], title: string) => spans.filter((span) => span.name === title);

test('a run is a span, in it its turns, in them their model calls and tool calls', async () => {
  const { spans, run } = await traced();
  expect(spans.map((span) => span.name).toSorted()).toEqual([
    'chat acme/one',
    'chat acme/one',
    'execute_tool add',
    'execute_tool add',
    'invoke_agent',
    'turn',
    'turn',
  ]);
  const [whole] = named(spans, 'invoke_agent');
  const turns = named(spans, 'turn');
  const [first, second] = turns.map((span) => span.spanContext().spanId);
  expect(turns.map((span) => span.parentSpanContext?.spanId)).toEqual(turns.map(() => whole?.spanContext().spanId));
  expect(turns.map((span) => span.attributes['capstan.turn'])).toEqual([1, 2]);
  expect(named(spans, 'chat acme/one').map((span) => span.parentSpanContext?.spanId)).toEqual([first, second]);
  for (const span of named(spans, 'execute_tool add')) expect(span.parentSpanContext?.spanId).toBe(first);
  const result = await run.result;
  expect(whole?.attributes).toMatchObject({
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.provider.name': 'acme',
    'gen_ai.conversation.id': run.sessionId,
    'gen_ai.usage.input_tokens': result.usage.inputTokens,
    'capstan.cost.usd': result.costUsd,
    'capstan.run.reason': 'done',
  });
});

test('a failed tool call is an error, with the rule that let it run', async () => {
  const { spans } = await traced();
  const calls = named(spans, 'execute_tool add');
  expect(calls.map((span) => span.attributes['error.type'])).toEqual(
    expect.arrayContaining([undefined, 'tool_failed']),
  );
  expect(calls[0]?.attributes).toMatchObject({ 'capstan.policy.rule': 'no-effects', 'gen_ai.tool.name': 'add' });
});

test('no content is recorded unless asked for, and then only through the mask', async () => {
  const bare = await traced();
  expect(JSON.stringify(bare.spans.map((span) => span.attributes))).not.toMatch(/secret|swordfish/);
  const masked = await traced({ content: (text) => text.replaceAll('swordfish', '***') });
  const all = JSON.stringify(masked.spans.map((span) => span.attributes));
  expect(all).toContain('A secret word.');
  const results = named(masked.spans, 'execute_tool add').map((span) => span.attributes['gen_ai.tool.call.result']);
  expect(results).toEqual([expect.stringContaining('"3"'), expect.stringContaining('too small')]);
  expect(all).not.toContain('swordfish');
});

test('a run may stand inside a span of the app', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('app');
  const outer = tracer.startSpan('request');
  await traced({ tracer, parent: trace.setSpan(context.active(), outer) });
  const [whole] = named(exporter.getFinishedSpans(), 'invoke_agent');
  expect(whole?.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
});

test('metrics count tokens, cost and time', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 3_600_000,
    exportTimeoutMillis: 1000,
  });
  const provider = new MeterProvider({ readers: [reader] });
  await traced({ meter: provider.getMeter('test') });
  await reader.forceFlush();
  const names = exporter
    .getMetrics()
    .flatMap((each) => each.scopeMetrics.flatMap((scope) => scope.metrics.map((one) => one.descriptor.name)));
  expect(names).toEqual(
    expect.arrayContaining([
      'gen_ai.client.token.usage',
      'gen_ai.client.operation.duration',
      'gen_ai.client.operation.time_to_first_chunk',
      'capstan.client.cost',
    ]),
  );
  await provider.shutdown();
});
