// Draws the pictures of docs/guides/cli.md: drives the built command in a real terminal (tmux) against a loopback server.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openaiServer } from '../packages/providers/dist/testing/index.js';
import { root } from './build/workspace.mjs';
import { toSvg } from './screens/to-svg.mjs';

const columns = 124;
const rows = 36;
const folder = join(root, 'docs/guides/screens');
const usage = { inputTokens: 14_200, outputTokens: 310 };

const files = {
  'package.json': '{ "name": "shop", "type": "module", "scripts": { "test": "node --test" } }\n',
  'src/price.js':
    "import { round } from './round.js';\n\n/** Adds up a basket. */\nexport function total(items) {\n  return items.reduce((sum, item) => sum + item.price, 0);\n}\n\nexport const shown = (items) => round(total(items));\n",
  'src/round.js': 'export const round = (amount) => Math.round(amount * 100) / 100;\n',
  'src/basket.js':
    "import { total } from './price.js';\n\nexport class Basket {\n  items = [];\n  sum() {\n    return total(this.items);\n  }\n}\n",
  'test/price.test.js':
    "import { test } from 'node:test';\nimport assert from 'node:assert/strict';\nimport { total } from '../src/price.js';\n\ntest('quantities count', () => {\n  assert.equal(total([{ price: 2, quantity: 3 }]), 6);\n});\n",
  '.capstan/agents/reviewer.md':
    '---\ndescription: Reads a change as its next reader\nmode: read-only\n---\nReport only what matters.\n',
};

const steps = (read, change, tests) => ({
  items: [
    { text: 'See what total() leaves out', status: read },
    { text: 'Count quantities', status: change },
    { text: 'Run the tests', status: tests },
  ],
});

const replies = [
  {
    text: 'I look at the failing test first.',
    calls: [
      { tool: 'todo', input: steps('active', 'open', 'open') },
      { tool: 'run_tests', input: {} },
    ],
  },
  {
    text: '`total` ignores `quantity`. I change it:\n\n```js\n// a line counts as often as it was put in\nsum + item.price * (item.quantity ?? 1)\n```\n',
    calls: [
      { tool: 'todo', input: steps('done', 'active', 'open') },
      {
        tool: 'edit',
        input: {
          path: 'src/price.js',
          old: 'sum + item.price, 0)',
          new: 'sum + item.price * (item.quantity ?? 1), 0)',
        },
      },
    ],
    usage,
  },
  {
    calls: [
      { tool: 'run_tests', input: {} },
      { tool: 'todo', input: steps('done', 'done', 'active') },
    ],
    usage,
  },
  { text: 'The test passes: quantities count now, and a line without one counts once.', usage },
];

/** Keys to press and words to wait for, and the picture to take then. */
const scenes = [
  { name: 'approval', title: 'An approval with the diff', keys: [], wait: 'change it in my editor' },
  { name: 'talk', title: 'A turn: words, calls, a patch', keys: ['y'], wait: 'quantities count now' },
  { name: 'map', title: 'The map panel', keys: ['F2', 'Down'], wait: 'F8 logs' },
  { name: 'tasks', title: 'The tasks panel', keys: ['F3'], wait: 'Count quantities' },
  { name: 'index', title: 'The index panel', keys: ['F4', 'Down'], wait: 'used by' },
  { name: 'agents', title: 'The agents panel', keys: ['F5'], wait: 'reviewer' },
  { name: 'patches', title: 'The patches panel', keys: ['F6'], wait: 'applied' },
  { name: 'tests', title: 'The tests panel', keys: ['F7'], wait: 'passed' },
  { name: 'logs', title: 'The logs panel', keys: ['F8'], wait: 'run.ended' },
];

const repo = mkdtempSync(join(tmpdir(), 'capstan-screens-'));
const socket = `capstan-screens-${process.pid}`;
const tmux = (...words) => execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...words], { encoding: 'utf8', env });
const env = { PATH: process.env.PATH, TERM: 'xterm-256color', LANG: 'C.UTF-8' };

try {
  makeRepository();
  await using server = await openaiServer(replies);
  start(server.url);
  for (const scene of scenes) await take(scene);
} finally {
  try {
    tmux('kill-server');
  } catch {
    // It never started.
  }
  rmSync(repo, { recursive: true, force: true });
}

function makeRepository() {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repo, path)), { recursive: true });
    writeFileSync(join(repo, path), text);
  }
  const git = (...words) =>
    execFileSync('git', ['-C', repo, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...words]);
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'start');
}

function start(url) {
  const bin = join(root, 'examples/cli/bin/capstan.mjs');
  const vars = [
    `HOME=${repo}/no-home`,
    `CAPSTAN_CONFIG_HOME=${repo}/.capstan/home`,
    'USER=ada',
    'OPENAI_API_KEY=sk-none',
    `OPENAI_BASE_URL=${url}/v1`,
  ];
  const line = `env ${vars.join(' ')} ${process.execPath} ${bin} --mode suggest "make the failing test pass"`;
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', repo, line);
}

async function take({ name, title, keys, wait }) {
  for (const key of keys) tmux('send-keys', key);
  const end = performance.now() + 60_000;
  while (!tmux('capture-pane', '-p').includes(wait)) {
    approveTests();
    if (performance.now() > end) throw new Error(`${name}: "${wait}" never came:\n${tmux('capture-pane', '-p')}`);
    await pause(200);
  }
  await pause(500);
  const shown = tmux('capture-pane', '-p', '-e').replaceAll(repo, '/home/ada/shop');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.svg`), toSvg(shown, { columns, title }));
  console.log(`docs/guides/screens/${name}.svg`);
}

/** Running tests is asked about in this mode; only the edit's question is a picture. */
function approveTests() {
  const screen = tmux('capture-pane', '-p');
  if (screen.includes('y  yes') && !screen.includes('change it in my editor')) tmux('send-keys', 'y');
}
