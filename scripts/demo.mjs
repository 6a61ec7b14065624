// Shows an agent at work:  npm run demo -- [--path DIR] [--model vendor/name] [--mode MODE] [--budget-usd N]
//
// Copies examples/demo-repo to a fresh folder (or takes the user's), measures it, runs `capstan run` on it from source,
// measures again, and says what changed and how to take it back. With OPENAI_API_KEY or ANTHROPIC_API_KEY in the
// environment, or --model, that model works; else the practice model, which needs no key and no network.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const cli = join(root, 'examples/cli/src/main.ts');
const task =
  'Make this repository faster without changing what it does: find opportunities, apply the safe ones, and run the ' +
  'tests before and after.';
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const startedAt = performance.now();
let interrupted = false;

// The terminal signals every process of the group; this one stays to say how to take back what was done.
process.on('SIGINT', () => {
  interrupted = true;
});

process.exitCode = await main();

async function main() {
  const options = readOptions();
  if (!options) return 2;
  const folder = options.path ? realpathSync(fromHere(options.path)) : await freshCopy();
  const known = await patchIds(folder);
  heading(options.path ? `Your repository: ${folder}` : `A fresh copy of examples/demo-repo: ${folder}`);

  const before = await measure(folder, 'before');
  heading('capstan run');
  const exit = await capstan(runArguments(options, folder));
  const patches = (await patchList(folder)).filter(({ id, state }) => !known.has(id) && state === 'applied').reverse();
  const after = patches.length > 0 && !interrupted ? await measure(folder, 'after') : undefined;

  heading('In short');
  say(...summary({ before, after, patches, exit }));
  if (patches.length > 0)
    say('', 'Take it all back:', `  ${capstanCommand(['patch', 'rollback', '--cwd', shown(folder)])}`);
  if (!options.path) say('', `The folder stays for you to look at: cd ${shown(folder)} && git diff`);
  say('', `The demo took ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  return interrupted ? 130 : exit;
}

function readOptions() {
  try {
    const text = { type: 'string' };
    const options = {
      path: text,
      model: text,
      mode: text,
      'budget-usd': text,
      'budget-seconds': text,
      help: { type: 'boolean' },
    };
    const { values } = parseArgs({ options });
    if (values.help)
      say('npm run demo -- [--path DIR] [--model vendor/name] [--mode MODE] [--budget-usd N] [--budget-seconds N]');
    else if (!values.path || isFolder(values.path)) return values;
    else console.error(`${values.path} is no folder. Give the root of a repository, for example --path ../my-app`);
  } catch (error) {
    console.error(`${error.message}\nExample: npm run demo -- --path ../my-app`);
  }
  return undefined;
}

/** A path as it was meant where npm was called, which npm leaves for the root of this repository. */
function fromHere(path) {
  return resolve(process.env.INIT_CWD ?? '.', path);
}

function isFolder(path) {
  return statSync(fromHere(path), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Copies the example where nothing else is, as a repository with one commit, so that `git diff` shows the work. */
async function freshCopy() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-demo-')));
  const source = join(root, 'examples/demo-repo');
  const foreign = new Set(['node_modules', '.capstan', '.git'].map((name) => join(source, name)));
  cpSync(source, folder, { recursive: true, filter: (path) => !foreign.has(path) });
  const identity = ['-c', 'user.name=Capstan demo', '-c', 'user.email=demo@localhost', '-c', 'commit.gpgsign=false'];
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    [...identity, 'commit', '-q', '-m', 'visitlog as it was'],
  ]) {
    const { code } = await capture('git', ['-C', folder, ...args]);
    if (code !== 0) break; // without git the demo goes on; only `git diff` is missing
  }
  return folder;
}

function runArguments(options, folder) {
  const { model, mode = 'auto-edit', 'budget-usd': usd = '0.50', 'budget-seconds': seconds = '240' } = options;
  const limits = ['--budget-usd', usd, '--budget-seconds', seconds];
  return ['run', task, '--mode', mode, '--cwd', folder, ...limits, ...(model ? ['--model', model] : [])];
}

/** Runs the repository's own tests and benchmark, where it has them; gives what they say and the time they measured. */
async function measure(folder, when) {
  const scripts = scriptsOf(folder);
  const bench = ['bench', 'benchmark'].find((name) => scripts[name]);
  heading(`Tests${bench ? ' and benchmark' : ''} ${when}`);
  const tests = scripts.test ? testLine(await npm(folder, ['test'])) : 'no test script in package.json';
  say(`npm test: ${tests}`);
  if (!bench || interrupted) return { tests };
  const { code, output } = await npm(folder, ['run', '--silent', bench]);
  const line = code === 0 ? (lines(output).findLast((one) => /\d/.test(one)) ?? '') : `failed (exit code ${code})`;
  say(`npm run ${bench}: ${line}`);
  return { tests, line, ms: code === 0 ? timeIn(line) : undefined };
}

function testLine({ code, output }) {
  const told = lines(output);
  const count = (word) => told.findLast((line) => new RegExp(`^(ℹ|#) ${word} \\d+$`).test(line))?.replace(/^\S+ /, '');
  const counts = [count('pass'), count('fail')].filter(Boolean).join(', ');
  const summed = counts || told.findLast((line) => /\d+ (passed|passing|failed|failing)/i.test(line)) || '';
  return `${code === 0 ? 'passed' : `failed (exit code ${code})`}${summed && `: ${summed}`}`;
}

function timeIn(line) {
  const match = /([\d.]+) ms\b/.exec(line);
  return match ? Number(match[1]) : undefined;
}

function scriptsOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).scripts ?? {};
  } catch {
    return {};
  }
}

function summary({ before, after, patches, exit }) {
  if (patches.length === 0)
    return [`Nothing was changed (capstan run ended with exit code ${exit}; its words above say why).`];
  const told = patches.map(({ id, files, added, removed, label }) => {
    return `Patch ${id}: ${files.map(({ path }) => path).join(', ')} +${added} −${removed}${label ? ` (${label})` : ''}`;
  });
  if (!after) return [...told, 'Stopped before the result was measured.'];
  told.push(`Tests before: ${before.tests}`, `Tests after:  ${after.tests}`);
  if (before.ms !== undefined && after.ms !== undefined) {
    const times = before.ms / after.ms;
    told.push(
      `Time before:  ${before.ms} ms`,
      `Time after:   ${after.ms} ms${times >= 1.1 ? `, ${times.toFixed(times < 10 ? 1 : 0)} times as fast` : ''}`,
    );
  }
  return told;
}

async function patchIds(folder) {
  return new Set((await patchList(folder)).map(({ id }) => id));
}

async function patchList(folder) {
  const { output } = await capture(process.execPath, [...nodeFlags(), cli, 'patch', 'list', '--json', '--cwd', folder]);
  try {
    return JSON.parse(output).payload?.patches ?? [];
  } catch {
    return [];
  }
}

function nodeFlags() {
  return ['--disable-warning=ExperimentalWarning', '--conditions=@capstan/source'];
}

function capstan(args) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [...nodeFlags(), cli, ...args], { cwd: root, stdio: 'inherit' });
    child.on('error', () => done(1));
    child.on('close', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

/** The command as a person types it in the root of this repository: the built one where there is one. */
function capstanCommand(args) {
  const built = existsSync(join(root, 'examples/cli/dist')) && existsSync(join(root, 'node_modules/.bin/capstan'));
  const front = built ? ['node_modules/.bin/capstan'] : ['node', '--conditions=@capstan/source', relative(root, cli)];
  return [...front.map((word) => word.replaceAll(sep, '/')), ...args].join(' ');
}

function shown(path) {
  return /^[\w@%+=:,./\\-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function npm(folder, args) {
  return capture('npm', args, { cwd: folder, shell: process.platform === 'win32' });
}

/** Runs a command to its end, at most two minutes, and gives its output and exit code. */
function capture(file, args, options = {}) {
  return new Promise((done) => {
    // spawn's own timeout would keep this process alive where the command is not there at all.
    const signal = AbortSignal.timeout(120_000);
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], signal, ...options });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    if (file === 'npm') child.stderr.on('data', (chunk) => (output += chunk));
    else child.stderr.resume();
    child.on('error', (error) => done({ code: 127, output: error.message }));
    child.on('close', (code) => done({ code: code ?? 1, output }));
  });
}

function lines(output) {
  return output
    .split(/\r?\n/)
    .map((line) => line.replaceAll(/\u001B\[[0-9;]*m/g, '').trim())
    .filter(Boolean);
}

function heading(text) {
  say('', colour ? `\u001B[1m── ${text}\u001B[0m` : `── ${text}`);
}

function say(...told) {
  for (const line of told) console.log(line);
}
