// The index of a repository: cold, warm, one changed file, queries, memory; beside reading and hashing the same files.
//   npm run bench -- index FOLDER [--rounds 5]
// FOLDER is a checked-out repository. It is copied first, so nothing is written to it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openIndex } from '@capstan/code';

const words = process.argv.slice(2);
const queries = [
  'stream text',
  'tool call repair',
  'responses provider',
  'abort signal timeout',
  'schema validation error',
  'fix(core): handle retries with backoff',
  'parse config file',
  'where is the cache kept',
];

/** One job in a process of its own, so that its memory and warm-up are its own. */
async function job(name, root) {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const index = await openIndex(root);
  const opened = performance.now() - start;
  const result = { openMs: opened, cpuMs: cpuMs(cpu), stats: index.stats() };
  if (name === 'warm') {
    await index.search('first');
    for (const query of queries) await index.search(query);
    const times = [];
    const cpus = [];
    for (let round = 0; round < 25; round++) {
      for (const query of queries) {
        const before = process.cpuUsage();
        const at = performance.now();
        await index.search(query);
        times.push(performance.now() - at);
        cpus.push(cpuMs(before));
      }
    }
    const share = (list, part) => list.toSorted((a, b) => a - b)[Math.floor(list.length * part)];
    Object.assign(result, { queryMs: share(times, 0.5), query95Ms: share(times, 0.95) });
    Object.assign(result, { queryCpuMs: share(cpus, 0.5), query95CpuMs: share(cpus, 0.95) });
    const file = index.files().find(({ language, lines }) => language && lines > 100)?.path;
    const changes = [];
    const changeCpus = [];
    const scans = [];
    for (let round = 0; file && round < 7; round++) {
      const before = performance.now();
      await index.refresh();
      scans.push(performance.now() - before);
      appendFileSync(join(root, file), `\n// ${round}\n`);
      const cpuBefore = process.cpuUsage();
      const at = performance.now();
      await index.update([file]);
      changes.push(performance.now() - at);
      changeCpus.push(cpuMs(cpuBefore));
    }
    const middle = (list) => list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0;
    Object.assign(result, { refreshMs: middle(scans), changedMs: middle(changes), changedCpuMs: middle(changeCpus) });
  }
  await index.close();
  result.rssMb = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify(result));
}

/** Processor time of this process since a reading, in milliseconds. */
function cpuMs(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** What cannot be done without: every file read and hashed once. */
async function floor(root) {
  const index = await openIndex(root);
  const files = index.files().map(({ path }) => join(root, path));
  await index.close();
  const start = performance.now();
  let bytes = 0;
  for (const file of files) {
    const content = readFileSync(file);
    bytes += content.length;
    createHash('sha256').update(content).digest();
  }
  console.log(JSON.stringify({ ms: performance.now() - start, megabytes: bytes / 1e6, files: files.length }));
}

function child(name, root) {
  const run = spawnSync(process.execPath, [...process.execArgv, import.meta.filename, `--job=${name}`, root], {
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

const asked = words.find((word) => word.startsWith('--job='))?.slice(6);
if (asked === 'floor') await floor(words[1]);
else if (asked) await job(asked, words[1]);
else {
  const at = words.indexOf('--rounds');
  const rounds = at < 0 ? 5 : Number(words.splice(at, 2)[1]);
  const [given] = words;
  if (!given) {
    console.error('Give a checked-out repository: npm run bench -- index FOLDER [--rounds 5]');
    process.exit(2);
  }
  const root = mkdtempSync(join(tmpdir(), 'bench-index-'));
  try {
    cpSync(given, root, { recursive: true, filter: (path) => !/\/(node_modules|\.capstan)(\/|$)/.test(path) });
    const best = (list, key) => Math.min(...list.map((one) => one[key]));
    const cold = [];
    const warm = [];
    const floors = [];
    for (let round = 0; round < rounds; round++) {
      rmSync(join(root, '.capstan'), { recursive: true, force: true });
      cold.push(child('cold', root));
      warm.push(child('warm', root));
      floors.push(child('floor', root));
    }
    const base = best(floors, 'ms');
    const row = (name, value, unit = 'ms') =>
      console.log(`| ${name} | ${value.toFixed(1)} ${unit} | ${(value / base).toFixed(2)} |`);
    console.log(`${floors[0].files} files, ${floors[0].megabytes.toFixed(1)} MB; the best of ${rounds} rounds\n`);
    console.log(`| job | time | × reading and hashing (${base.toFixed(0)} ms) |\n| --- | ---: | ---: |`);
    row('cold index, wall', best(cold, 'openMs'));
    row('cold index, CPU', best(cold, 'cpuMs'));
    row('warm start, wall', best(warm, 'openMs'));
    row('warm start, CPU', best(warm, 'cpuMs'));
    row('look for changes', best(warm, 'refreshMs'));
    row('one changed file, named, wall', best(warm, 'changedMs'));
    row('one changed file, named, CPU', best(warm, 'changedCpuMs'));
    row('query, median, wall', best(warm, 'queryMs'));
    row('query, median, CPU', best(warm, 'queryCpuMs'));
    row('query, 95 %, wall', best(warm, 'query95Ms'));
    row('query, 95 %, CPU', best(warm, 'query95CpuMs'));
    console.log(`\nmemory: cold ${best(cold, 'rssMb').toFixed(0)} MB, warm ${best(warm, 'rssMb').toFixed(0)} MB`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
