import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAgent } from '@capstan/sdk';
import { scriptedModel } from '@capstan/sdk/testing';
import { expect, test } from 'vitest';
import { openReports } from './open-reports.ts';

test('runs go to the collector that the environment names, without their words', async () => {
  const got: string[] = [];
  const collector = createServer((request, response) => {
    request.on('data', (piece) => got.push(String(piece)));
    request.on('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const options = { notice: (text: string) => expect.fail(text), secrets: () => [], hasRuns: true };
  const reports = await openReports({ ...options, env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } });
  const run = createAgent({ model: scriptedModel([{ text: 'some secret words' }]) }).run('a private task');
  reports.trace?.(run);
  await run.result;
  await reports.close();
  collector.closeAllConnections();
  collector.close();
  const sent = got.join('');
  expect(sent).toContain('invoke_agent');
  expect(sent).not.toMatch(/secret words|private task/);
});

test('nothing is opened where the environment names nothing', async () => {
  const reports = await openReports({ env: {}, notice: expect.fail, secrets: () => [], hasRuns: true });
  expect([reports.observers, reports.trace]).toEqual([[], undefined]);
  await reports.close();
});
