// The relay beside a bare proxy of node:http and Portkey's gateway, all in one run on one loopback vendor.
//   npm run bench -- relay [--rounds 3] [--requests 4000] [--streams 50] [--pieces 200] [--no-peers] [--soak MINUTES]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../loop/lib/stats.mjs';
import { Load } from './lib/load.mjs';
import { portkey } from './lib/portkey.mjs';
import { cpuOf, freePort, rssOf, start } from './lib/subject.mjs';

const option = (name, value) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? value : Number(process.argv[at + 1]);
};
const has = (name) => process.argv.includes(`--${name}`);
const rounds = option('rounds', 3);
const requests = option('requests', 4000);
const streams = option('streams', 50);
const pieces = option('pieces', 200);
const here = import.meta.dirname;
const cache = join(here, '../../node_modules/.cache/capstan-bench');
// As the Dockerfile and the unit for systemd start it; the floor gets the same.
const flags = ['--max-semi-space-size=16', ...(has('source') ? ['--conditions=@capstan/source'] : [])];
mkdirSync(cache, { recursive: true });

const upstream = await start(join(here, 'lib/upstream.mjs'), { args: ['--pace', '10'] });
const upstreamUrl = `http://127.0.0.1:${upstream.line}`;
const subjects = [
  { name: 'bare node:http proxy', open: () => ofOurs('bare.mjs'), model: 'mock' },
  { name: 'Capstan, passed through', open: () => ofOurs('capstan.mjs'), model: 'mock' },
  { name: 'Capstan, translated', open: () => ofOurs('capstan.mjs'), model: 'other' },
  ...peers(),
];

try {
  if (has('soak')) await soak();
  else await compare();
} finally {
  await upstream.stop();
}

async function compare() {
  const direct = new Load({ port: Number(upstream.line) });
  const samples = new Map(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const directMs = await firstBytes(direct, 'mock');
    for (const subject of subjects) samples.get(subject.name).push(await measure(subject, directMs));
  }
  await direct.close();
  report(samples);
}

async function measure({ open, model, name }, directMs) {
  const subject = await open();
  const { pid } = subject.child;
  const load = new Load(subject);
  const sample = {};
  try {
    await load.whole({ count: Math.min(1500, requests), concurrency: 16, model });
    sample.idleMb = rssOf(pid);
    let cpu = cpuOf(pid);
    sample.wholeMs = median(await load.whole({ count: requests, concurrency: 16, model }));
    sample.requestUs = (cpuOf(pid) - cpu) / requests;
    await Promise.all(Array.from({ length: 8 }, () => load.stream(`${model}-20`)));
    cpu = cpuOf(pid);
    const read = await Promise.all(Array.from({ length: streams }, () => load.stream(`${model}-${pieces}`)));
    sample.pacedUs = (cpuOf(pid) - cpu) / read.reduce((sum, one) => sum + one.pieces, 0);
    cpu = cpuOf(pid);
    const fast = await Promise.all(Array.from({ length: 20 }, () => load.stream(`${model}-burst-${pieces * 50}`)));
    sample.burstUs = (cpuOf(pid) - cpu) / fast.reduce((sum, one) => sum + one.pieces, 0);
    sample.firstMs = (await firstBytes(load, model)) - directMs;
    const hangUps = [];
    // Where an upstream is never closed, one is enough to see it.
    while (hangUps.length < 20 && hangUps.at(-1) !== 2000)
      hangUps.push(await load.hangUp(`${model}-1000`, upstreamUrl));
    sample.hangUpMs = Math.max(...hangUps);
    const many = Promise.all(Array.from({ length: 200 }, () => load.stream(`${model}-150`)));
    const timer = setInterval(() => (sample.peakMb = Math.max(sample.peakMb ?? 0, rssOf(pid))), 100);
    await many;
    clearInterval(timer);
  } catch (error) {
    console.error(`${name}: ${error.message}`);
  } finally {
    await load.close();
    await subject.stop();
  }
  return sample;
}

async function firstBytes(load, model) {
  const times = [];
  for (let each = 0; each < 60; each++) times.push((await load.stream(`${model}-1`)).firstMs);
  return median(times.slice(10));
}

function report(samples) {
  const of = (name, field) => median(samples.get(name).map((sample) => sample[field]));
  const floor = of('bare node:http proxy', 'requestUs');
  console.log(
    '\n| | CPU µs a request | capacity, × bare | p50 ms | CPU µs an event, burst / paced | added first byte ms | slowest of 20 hang-ups ms | RSS MB idle → 200 streams |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const { name } of subjects) {
    const cell = (field, digits = 1) => (Number.isNaN(of(name, field)) ? '–' : of(name, field).toFixed(digits));
    const ratio = (floor / of(name, 'requestUs')).toFixed(2);
    console.log(
      `| ${name} | ${cell('requestUs', 0)} | ${ratio} | ${cell('wholeMs', 2)} | ${cell('burstUs')} / ${cell('pacedUs')} | ${cell('firstMs', 2)} | ${cell('hangUpMs')} | ${cell('idleMb', 0)} → ${cell('peakMb', 0)} |`,
    );
  }
}

/** 200 streams at a time for some minutes: memory must not grow. */
async function soak() {
  const minutes = option('soak', 5);
  const subject = await ofOurs('capstan.mjs');
  const load = new Load(subject);
  const until = performance.now() + minutes * 60_000;
  let done = 0;
  const client = async (index) => {
    while (performance.now() < until) {
      await load.stream(`${index % 2 ? 'mock' : 'other'}-300`);
      done++;
    }
  };
  const clients = Array.from({ length: 200 }, (_, index) => client(index));
  const timer = setInterval(() => console.log(`${done} streams, ${rssOf(subject.child.pid).toFixed(0)} MB`), 15_000);
  await Promise.all(clients);
  clearInterval(timer);
  console.log(`${done} streams in ${minutes} minutes, ${rssOf(subject.child.pid).toFixed(0)} MB at the end`);
  await load.close();
  await subject.stop();
}

async function ofOurs(file) {
  const subject = await start(join(here, 'subjects', file), {
    env: { UPSTREAM: upstreamUrl },
    flags,
    ready: /^\{"port"/,
  });
  const { port, token } = JSON.parse(subject.line);
  return { ...subject, port, headers: { authorization: `Bearer ${token ?? 'none'}` } };
}

function peers() {
  const file = has('no-peers') ? undefined : portkey(cache);
  if (!file) return [];
  const open = async () => {
    const port = await freePort();
    const subject = await start(file, { args: [`--port=${port}`, '--headless'], quiet: true });
    const provider = { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstreamUrl}/v1` };
    return { ...subject, port, headers: { authorization: 'Bearer sk-bench', ...provider } };
  };
  return [{ name: "Portkey's gateway", open, model: 'mock' }];
}
