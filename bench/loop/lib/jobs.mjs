// The jobs.  `main` jobs are interleaved ROUNDS times; `reps` are repetitions inside one process (the first is cold).
const len8 = [4, 6, 6, 4, 6, 5, 5, 6]; // lengths of mock-server deltaText
const textChars = (n) => {
  let c = 0;
  for (let i = 0; i < n; i++) c += len8[i & 7];
  return c;
};

const text = (n, reps) => ({
  job: 'text',
  n,
  scenario: `text-${n}`,
  reps,
  expect: { chars: textChars(n), toolRuns: 0, requests: 1 },
});
const tools = (t, reps) => ({
  job: 'tools',
  n: t,
  turns: t + 1,
  scenario: `tools-${t}-20`,
  reps,
  expect: { chars: textChars(5), toolRuns: t, requests: t + 1, toolResults: t },
});
const bigargs = (n, reps) => ({
  job: 'bigargs',
  n,
  turns: 2,
  scenario: `bigargs-${n}-16`,
  reps,
  expect: { chars: textChars(5), toolRuns: 1, requests: 2, toolResults: 1 },
});
const longctx = (n, reps) => ({
  job: 'longctx',
  n,
  history: n,
  scenario: 'text-20',
  reps,
  expect: { chars: textChars(20), requests: 1, minMessages: n },
});

export const JOBS = {
  'text-5000': text(5000, 6),
  'text-20000': text(20000, 3),
  'paced-1000': {
    job: 'paced',
    n: 1000,
    scenario: 'paced-1000-1',
    reps: 2,
    expect: { chars: textChars(1000), requests: 1 },
  },
  'tools-50': tools(50, 4),
  'tools-200': tools(200, 2),
  'tools-400': tools(400, 2),
  'bigargs-1000': bigargs(1000, 3),
  'bigargs-4000': bigargs(4000, 2),
  'parallel-8': {
    job: 'parallel',
    n: 8,
    turns: 2,
    scenario: 'parallel-8',
    reps: 4,
    expect: { chars: textChars(5), toolRuns: 8, requests: 2, toolResults: 8 },
  },
  'longctx-500': longctx(500, 4),
  'longctx-2000': longctx(2000, 4),
  'longctx-8000': longctx(8000, 3),
  'concurrent-200': {
    job: 'concurrent',
    n: 200,
    agents: 200,
    scenario: 'text-500',
    reps: 2,
    expect: { chars: 200 * textChars(500), requests: 1 },
  },
  'pacedconc-50': {
    job: 'pacedconc',
    n: 200,
    agents: 50,
    scenario: 'paced-200-20',
    reps: 2,
    expect: { chars: 50 * textChars(200), requests: 1 },
  },
  'bigout-5MB': {
    job: 'bigout',
    n: 5,
    turns: 2,
    scenario: 'bigout',
    reps: 3,
    expect: { chars: textChars(20), toolRuns: 1, requests: 2, toolResults: 1, minToolResult: 5_000_000 },
  },
  'bigturns-20': {
    job: 'bigturns',
    n: 20,
    turns: 21,
    scenario: 'bigturns-20',
    fileBytes: 20_000,
    reps: 3,
    expect: { chars: textChars(5), toolRuns: 20, requests: 21, toolResults: 20, minToolResult: 20_000 },
  },
};
