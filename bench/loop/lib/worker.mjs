// Runs ONE job with ONE adapter in a fresh process, prints one JSON line.
//   node --expose-gc lib/worker.mjs '{"sdk":"ai","job":"text","scenario":"text-5000","baseURL":"http://127.0.0.1:1234", ...}'
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const spec = JSON.parse(process.argv[2]);
const cpu = () => {
  const c = process.cpuUsage();
  return c.user + c.system;
};
const status = (k) =>
  Number(/(\d+)/.exec(readFileSync('/proc/self/status', 'utf8').match(new RegExp(`${k}:.*`))[0])[1]) / 1024;
const resetPeak = () => {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {}
};
const root = path.resolve(import.meta.dirname, '..');
// peers have a copy beside their node_modules; what the workspace itself provides is read where it stands
function adapterFile(sdk) {
  const f = path.join(root, 'sdks', sdk, 'adapter.mjs');
  return existsSync(f) ? f : path.join(root, 'adapters', sdk + '.mjs');
}

await (await fetch(`${spec.baseURL}/stats/warm`)).json(); // loads undici, so that its start-up is in nobody's first run
const c0 = cpu(),
  t0 = performance.now();
// the adapter is copied next to the SDK's own node_modules by install.mjs, so its imports resolve there
const adapter = await import(pathToFileURL(adapterFile(spec.sdk)));
const sdk = await adapter.load();
const load = { cpuMs: (cpu() - c0) / 1000, wallMs: performance.now() - t0, rssMB: status('VmRSS') };

let toolRuns = 0,
  curve = [];
const schemas = {
  lookup: {
    type: 'object',
    properties: {
      query: { type: 'string', description: 'what to look for' },
      limit: { type: 'number' },
      path: { type: 'string' },
    },
    required: ['query', 'limit', 'path'],
    additionalProperties: false,
  },
  sleep: {
    type: 'object',
    properties: { ms: { type: 'number' }, tag: { type: 'string' } },
    required: ['ms', 'tag'],
    additionalProperties: false,
  },
  write_file: {
    type: 'object',
    properties: { path: { type: 'string' }, content: { type: 'string' } },
    required: ['path', 'content'],
    additionalProperties: false,
  },
  big_output: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'], additionalProperties: false },
  read_file: {
    type: 'object',
    properties: { path: { type: 'string' } },
    required: ['path'],
    additionalProperties: false,
  },
};
const zods = {
  lookup: (z) => z.object({ query: z.string().describe('what to look for'), limit: z.number(), path: z.string() }),
  sleep: (z) => z.object({ ms: z.number(), tag: z.string() }),
  write_file: (z) => z.object({ path: z.string(), content: z.string() }),
  big_output: (z) => z.object({ n: z.number() }),
  read_file: (z) => z.object({ path: z.string() }),
};
const bigString = (bytes) => {
  const line = 'line of "tool output" with a tab\t and a backslash \\ and text 0123456789\n';
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);
};
const BIG = spec.job === 'bigout' ? bigString(5 * 1024 * 1024) : '';
const FILE = spec.job === 'bigturns' ? bigString(spec.fileBytes ?? 20_000) : '';
const impl = {
  lookup: async (a) => `found 3 results for ${a.query}`,
  sleep: (a) => new Promise((r) => setTimeout(r, a.ms, `slept ${a.tag}`)),
  write_file: async (a) => `wrote ${a.content.length} chars`,
  big_output: async () => BIG,
  read_file: async (a) => a.path + '\n' + FILE,
};
const tools = Object.keys(schemas).map((name) => ({
  name,
  description: `The ${name} tool.`,
  parameters: schemas[name],
  zod: zods[name],
  execute: (args) => {
    if (toolRuns++ % 10 === 0) curve.push(cpu());
    return impl[name](args);
  },
}));

// neutral history: groups of user / assistant+call / tool / assistant
function makeHistory(n) {
  const para = 'Some prose about the code under discussion, long enough to look like a real message. '.repeat(4);
  const h = [];
  for (let i = 0; h.length < n; i++) {
    const id = `call_h${i}_0123456789abcdef`;
    h.push({ role: 'user', content: `Question ${i}: ${para}` });
    h.push({
      role: 'assistant',
      content: '',
      toolCalls: [{ id, name: 'read_file', args: { path: `src/file_${i}.ts` } }],
    });
    h.push({ role: 'tool', id, name: 'read_file', content: `export const x${i} = ${i};\n`.repeat(24) });
    h.push({ role: 'assistant', content: `Answer ${i}: ${para}` });
  }
  return h.slice(0, n);
}
const history = makeHistory(spec.history ?? 0);
const system = 'You are a helpful coding agent. Use the tools when needed. '.repeat(8);
const base = { apiKey: 'sk-mock', model: 'mock-model', system, tools, history, maxTurns: (spec.turns ?? 1) + 10 };
const url = (sid) => `${spec.baseURL}/${spec.scenario}/${sid}/v1`;

async function one(sid) {
  let chars = 0,
    deltas = 0;
  const onText = (s) => {
    deltas++;
    chars += s.length;
  };
  const before = (toolRuns = 0);
  curve = [];
  const agents = Array.from(
    { length: spec.agents ?? 1 },
    (_, i) => () => sdk.prepare({ ...base, baseURL: url(sid + (spec.agents ? '_' + i : '')) }),
  );
  const ready = spec.agents ? null : await agents[0]();
  if (!spec.profile) global.gc?.();
  resetPeak();
  const rss0 = status('VmRSS'),
    a = cpu(),
    t = performance.now();
  if (ready) await ready.run('Please do the job.', onText);
  else await Promise.all(agents.map(async (mk) => (await mk()).run('Please do the job.', onText)));
  const wallMs = performance.now() - t,
    cpuMs = (cpu() - a) / 1000;
  return {
    wallMs,
    cpuMs,
    rss0,
    peakMB: status('VmHWM'),
    rss1: status('VmRSS'),
    deltas,
    chars,
    toolRuns: toolRuns - before,
    ...(spec.turns > 20 ? { turnCpuMs: curve.map((c) => +((c - a) / 1000).toFixed(1)) } : {}),
  }; // CPU used when turns 0, 10, 20 ... called their tool
}

let prof = null; // spec.profile = file to write a .cpuprofile of the warm repetitions to
if (spec.profile) {
  const { Session } = await import('node:inspector/promises');
  prof = new Session();
  prof.connect();
  await prof.post('Profiler.enable');
  await prof.post('Profiler.setSamplingInterval', { interval: 250 });
}

const reps = [];
for (let r = 0; r < (spec.reps ?? 1); r++) {
  if (prof && r === 1) await prof.post('Profiler.start');
  const sid = `${spec.sdk}.${process.pid}.${r}`;
  const m = await one(sid);
  m.server = await (await fetch(`${spec.baseURL}/stats/${sid + (spec.agents ? '_0' : '')}`)).json();
  const e = spec.expect ?? {};
  const bad = [];
  if (e.chars !== undefined && m.chars !== e.chars) bad.push(`chars ${m.chars} != ${e.chars}`);
  if (e.toolRuns !== undefined && m.toolRuns !== e.toolRuns) bad.push(`toolRuns ${m.toolRuns} != ${e.toolRuns}`);
  if (e.requests !== undefined && m.server.requests !== e.requests)
    bad.push(`requests ${m.server.requests} != ${e.requests}`);
  if (e.toolResults !== undefined && m.server.last.toolResults !== e.toolResults)
    bad.push(`toolResults in last request ${m.server.last.toolResults} != ${e.toolResults}`);
  if (e.minToolResult !== undefined && !(m.server.last.maxToolResult >= e.minToolResult))
    bad.push(`largest tool result ${m.server.last.maxToolResult} < ${e.minToolResult}`);
  if (e.minMessages !== undefined && !(m.server.last.messages >= e.minMessages))
    bad.push(`messages in last request ${m.server.last.messages} < ${e.minMessages}`);
  if (bad.length) m.bad = bad;
  reps.push(m);
}
if (prof) writeFileSync(spec.profile, JSON.stringify((await prof.post('Profiler.stop')).profile));
console.log('\n@@' + JSON.stringify({ ...spec, node: process.version, load, reps }));
process.exit(0);
