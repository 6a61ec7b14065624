import type { CommandPurpose, Evidence, Fact, StackCommand } from './stack.ts';

/** What one place says for a fact. */
export interface Hint {
  /** From 0 to 1: how sure one would be with nothing else to go by. */
  readonly weight: number;
  readonly file: string;
  readonly line?: number | undefined;
  readonly says: string;
}

/** Gathers what speaks for facts; one that several places speak for becomes surer. */
export interface Gatherer {
  add(value: string, hint: Hint): void;
  has(value: string): boolean;
  /** The surest first. */
  facts(): Fact[];
}

export function gatherer(): Gatherer {
  const hints = new Map<string, Hint[]>();
  return {
    add(value, hint) {
      const known = hints.get(value);
      if (!known) hints.set(value, [hint]);
      else if (!known.some((one) => one.file === hint.file && one.line === hint.line)) known.push(hint);
    },
    has: (value) => hints.has(value),
    facts: () => [...hints].map(([value, all]) => ({ value, ...sum(all) })).toSorted(bySure),
  };
}

/** Gathers commands in the same way; those of one purpose, line and folder are one. */
export interface CommandGatherer {
  add(purpose: CommandPurpose, command: string, hint: Hint & { readonly cwd: string }): void;
  has(purpose: CommandPurpose): boolean;
  /** By purpose, the surest of each first. */
  commands(): StackCommand[];
}

const purposes: readonly CommandPurpose[] = [
  'install',
  'build',
  'test',
  'typecheck',
  'lint',
  'format',
  'bench',
  'start',
  'dev',
];

export function commandGatherer(): CommandGatherer {
  const all = new Map<string, { purpose: CommandPurpose; command: string; cwd: string; hints: Hint[] }>();
  return {
    add(purpose, command, { cwd, ...hint }) {
      const key = [purpose, cwd, sameCommand(command)].join('\0');
      const known = all.get(key);
      if (!known) all.set(key, { purpose, command, cwd, hints: [hint] });
      else if (!known.hints.some((one) => one.file === hint.file && one.line === hint.line)) known.hints.push(hint);
    },
    has: (purpose) => [...all.values()].some((one) => one.purpose === purpose),
    commands: () =>
      [...all.values()]
        .map(({ hints, ...one }) => ({ ...one, ...sum(hints) }))
        .toSorted(
          (one, other) => purposes.indexOf(one.purpose) - purposes.indexOf(other.purpose) || byConfidence(one, other),
        ),
  };
}

/** `npm run test` and `npm test` are the same command. */
function sameCommand(command: string): string {
  return command
    .replace(/^(npm|pnpm|yarn) run (?=(test|start)\b(?!:))/, '$1 ')
    .replace(/^(pnpm|yarn|bun) run /, '$1 ')
    .replace(/^(npm|pnpm) (t|tst)$/, '$1 test')
    .replace(/^(npm|pnpm) i$/, '$1 install')
    .replace(/^yarn$/, 'yarn install')
    .replace(/^\.\//, '')
    .trim();
}

function sum(hints: readonly Hint[]): { confidence: number; evidence: Evidence[] } {
  // Workflows repeat themselves and one another: together they say a thing once.
  const repeated = hints.filter(({ file }) => file.startsWith('.github/'));
  const weights = [
    ...hints.filter((one) => !repeated.includes(one)).map(({ weight }) => weight),
    Math.max(0, ...repeated.map(({ weight }) => weight)),
  ];
  const doubt = weights.reduce((product, weight) => product * (1 - Math.min(weight, 0.99)), 1);
  const evidence = hints
    .toSorted((one, other) => other.weight - one.weight)
    .map(({ file, line, says }) => ({ file, ...(line === undefined ? {} : { line }), says }));
  return { confidence: Math.min(0.99, Math.round((1 - doubt) * 100) / 100), evidence };
}

function bySure(one: Fact, other: Fact): number {
  return byConfidence(one, other) || (one.value < other.value ? -1 : 1);
}

function byConfidence(one: { readonly confidence: number }, other: { readonly confidence: number }): number {
  return other.confidence - one.confidence;
}
