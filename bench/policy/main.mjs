// Decisions on command lines and paths, and redaction of ordinary text.
//   npm run bench -- policy [--rounds 5] [--megabytes 20]
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { autoEdit, createRedactor, decide } from '@capstan/policy';

const option = (name, value) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? value : Number(process.argv[at + 1]);
};
const rounds = option('rounds', 5);
const megabytes = option('megabytes', 20);
const root = join(import.meta.dirname, '../..');
const fixtures = join(root, 'packages/policy/src/presets/__fixtures__');
const lines = ['harmless', 'risky', 'catastrophic'].flatMap((name) =>
  readFileSync(join(fixtures, `${name}.txt`), 'utf8')
    .split('\n')
    .filter(Boolean),
);

/** CPU time, which a busy machine stretches less than the clock. */
function median(action) {
  const times = Array.from({ length: rounds + 1 }, () => {
    const start = process.cpuUsage();
    action();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return times.slice(1).toSorted((a, b) => a - b)[Math.floor(rounds / 2)];
}

const policy = autoEdit({ root: '/repo' });
const commands = median(() => {
  for (const command of lines) decide(policy, { effects: [{ kind: 'run', command, cwd: '/repo' }] });
});
const paths = median(() => {
  for (let index = 0; index < 10_000; index++)
    decide(policy, { effects: [{ kind: 'write', path: `/repo/src/file${index}.ts` }] });
});

const sources = globSync('packages/*/src/**/*.ts', { cwd: root }).filter((file) => !file.includes('redact'));
const source = sources.map((file) => readFileSync(join(root, file), 'latin1')).join('\n');
let text = '';
while (text.length < megabytes * 1e6) text += source;
text = Buffer.from(text, 'latin1').toString('latin1');

function redacting(options, size) {
  return median(() => {
    const stream = createRedactor(options).stream();
    for (let at = 0; at < text.length; at += size) stream.write(text.slice(at, at + size));
    stream.end();
  });
}

const speed = (milliseconds) => `${(text.length / 1e3 / milliseconds).toFixed(0)} MB/s`;
const small = text.slice(0, 500_000);
const deltas = median(() => {
  const stream = createRedactor().stream();
  for (let at = 0; at < small.length; at += 5) stream.write(small.slice(at, at + 5));
  stream.end();
});

console.log(`| job (CPU, median of ${rounds}) | | goal |
| --- | --- | --- |
| decision on a command line (${lines.length} lines) | ${((commands / lines.length) * 1000).toFixed(0)} µs | < 200 µs |
| decision on a path | ${((paths / 10_000) * 1000).toFixed(1)} µs | < 200 µs |
| redaction, secrets and personal data, 64 KB pieces | ${speed(redacting({}, 65_536))} | > 50 MB/s |
| redaction, secrets only, 64 KB pieces | ${speed(redacting({ personal: false }, 65_536))} | > 50 MB/s |
| redaction, 5-letter deltas, each | ${((deltas / (small.length / 5)) * 1000).toFixed(1)} µs | |`);
