// Runs every check of the repository and ends with one line: "N passed, N failed".
//
// npm test                  everything
// npm test -- lint types    these steps alone
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { checks } from './test/checks.mjs';
import { installCheck } from './test/install.mjs';
import { packageLint } from './test/package-lint.mjs';
import { resultFile } from './test/result-file.mjs';
import { vitest } from './test/vitest.mjs';

/** Nothing hangs: past this the run is cut and counted as failed. */
const limitMs = 45 * 60_000;

const { format, lint, types, knip, build } = checks;
/** Groups run one after the other; the chains of a group side by side, one a core. */
const groups = [[[build], [format, lint, types, knip]], [[vitest]], [[packageLint], [installCheck]]];

const startedAt = Date.now();
const wanted = process.argv.slice(2).filter((name) => !name.startsWith('-'));
const total = { passed: 0, failed: 0, skipped: 0, finished: false };
const table = [];
const timer = setTimeout(() => end(`stopped: not done after ${limitMs / 60_000} minutes`), limitMs);
await main();

async function main() {
  const names = groups.flat(2).map(({ name }) => name);
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) return end(`no step named ${unknown.join(', ')}; the steps are ${names.join(', ')}`);
  save();
  for (const group of groups) await Promise.all(group.map(runChain));
  clearTimeout(timer);
  end();
}

async function runChain(chain) {
  for (const step of chain) {
    if (wanted.length > 0 && !wanted.includes(step.name)) continue;
    await runStep(step);
  }
}

async function runStep({ name, run }) {
  const stepStartedAt = Date.now();
  const result = await run().catch((error) => ({ passed: 0, failed: 1, output: String(error?.stack ?? error) }));
  total.passed += result.passed;
  total.failed += result.failed;
  total.skipped += result.skipped ?? 0;
  const seconds = ((Date.now() - stepStartedAt) / 1000).toFixed(1).padStart(6);
  const row = `${result.failed === 0 ? '✓' : '✗'} ${name.padEnd(14)}${seconds} s   ${result.passed} passed, ${result.failed} failed`;
  table.push(row);
  if (result.failed > 0 && result.output) console.log(`\n── ${name} ${'─'.repeat(60)}\n${result.output.trimEnd()}\n`);
  console.log(row);
  save();
}

/** Kept after each step, so that whoever started this knows the counts even if it crashes. */
function save() {
  mkdirSync(dirname(resultFile), { recursive: true });
  writeFileSync(resultFile, JSON.stringify(total));
}

function end(problem) {
  if (problem) total.failed += 1;
  total.finished = true;
  save();
  const minutes = ((Date.now() - startedAt) / 60_000).toFixed(1);
  console.log(`\n${table.join('\n')}`);
  if (problem) console.error(`✗ ${problem}`);
  console.log(`\n${total.skipped > 0 ? `${total.skipped} skipped; ` : ''}${minutes} minutes`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exit(total.failed > 0 ? 1 : 0);
}
