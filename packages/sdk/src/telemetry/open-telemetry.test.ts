import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { openTelemetry } from './open-telemetry.ts';
import type { TelemetryTarget } from './open-telemetry.ts';
import { traceRun } from './trace-run.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** What OTLP as JSON holds, as far as it is looked at here. */
interface Otlp {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: object }[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly { readonly name: string; readonly spanId: string; readonly parentSpanId?: string }[];
    }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly { readonly name: string }[] }[];
  }[];
}

const spansIn = (all: readonly Otlp[]) =>
  all.flatMap((each) => each.resourceSpans ?? []).flatMap((each) => each.scopeSpans.flatMap((scope) => scope.spans));
const metricsIn = (all: readonly Otlp[]) =>
  all
    .flatMap((each) => each.resourceMetrics ?? [])
    .flatMap((each) => each.scopeMetrics.flatMap((scope) => scope.metrics.map((metric) => metric.name)));

async function traceTo(target: TelemetryTarget) {
  const telemetry = await openTelemetry(target);
  const add = defineTool({
    name: 'add',
    description: 'Adds two numbers.',
    input: { type: 'object' },
    effects: [],
    execute: () => '3',
  });
  const model = scriptedModel([{ calls: [{ tool: 'add', input: {} }] }, { text: 'swordfish', chunkChars: 3 }]);
  await traceRun(createAgent({ model, tools: [add] }).run('the password is swordfish'), telemetry);
  await telemetry.close();
}

function expectWhole(all: readonly Otlp[]) {
  const spans = spansIn(all);
  expect(spans.map((span) => span.name).toSorted()).toEqual([
    'chat scripted/model',
    'chat scripted/model',
    'execute_tool add',
    'invoke_agent',
    'turn',
    'turn',
  ]);
  const ids = new Set(spans.map((span) => span.spanId));
  expect(spans.filter((span) => !ids.has(span.parentSpanId ?? '')).map((span) => span.name)).toEqual(['invoke_agent']);
  expect(metricsIn(all)).toEqual(
    expect.arrayContaining([
      'gen_ai.client.token.usage',
      'gen_ai.client.operation.duration',
      'gen_ai.client.operation.time_to_first_chunk',
      'capstan.client.cost',
    ]),
  );
  expect(JSON.stringify(all)).not.toContain('swordfish');
}

test('a collector is sent spans and metrics over OTLP, with headers and without content', async () => {
  const got: { readonly path: string; readonly key: string | undefined; readonly body: Otlp }[] = [];
  const collector = createServer(async (request, reply) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Otlp;
    got.push({ path: request.url ?? '', key: request.headers['x-key']?.toString(), body });
    reply.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
  const { port } = collector.address() as AddressInfo;
  await traceTo({ otlp: { url: `http://127.0.0.1:${port}/`, headers: { 'x-key': 'k' } }, service: 'my-app' });
  collector.close();
  expectWhole(got.map(({ body }) => body));
  expect(new Set(got.map(({ path, key }) => `${path} ${key}`))).toEqual(new Set(['/v1/traces k', '/v1/metrics k']));
  const resource = got.flatMap(({ body }) => body.resourceSpans ?? [])[0]?.resource;
  expect(resource?.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'my-app' } });
});

test('a file grows by lines of OTLP, for two runs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-telemetry-'));
  folders.push(folder);
  const file = join(folder, 'deeper', 'telemetry.jsonl');
  const lines = async () =>
    (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Otlp);
  await traceTo({ file });
  expectWhole(await lines());
  await traceTo({ file });
  expect(spansIn(await lines())).toHaveLength(12);
});

test('a collector that is not there costs the run nothing', async () => {
  await traceTo({ otlp: { url: 'http://127.0.0.1:1' }, everyMs: 100 });
});

test('telemetry without a target is refused', async () => {
  await expect(openTelemetry({})).rejects.toThrow('needs a target');
});
