import { CapstanError } from '@capstan/sdk/contract';
import type { Check } from './check.ts';
import type { CheckName, CheckReport } from './diagnostic.ts';
import { gofmtCheck, ruffCheck, ruffFormatCheck } from './language-checks.ts';
import { projectProgram, readProject } from './project.ts';
import { runConfined, verifyEnvironment, type VerifyOptions } from './run-confined.ts';
import { biomeCheck, eslintCheck, prettierCheck, tscCheck } from './script-checks.ts';

/** What to check, and with what. */
export interface CheckSelection {
  /** Absolute folder of the project. */
  readonly folder: string;
  /** Relative to the folder; none means all. */
  readonly files?: readonly string[];
  /** Default: all that the project uses. */
  readonly checks?: readonly CheckName[];
}

const known: readonly Check[] = [
  tscCheck,
  eslintCheck,
  biomeCheck,
  prettierCheck,
  ruffCheck,
  ruffFormatCheck,
  gofmtCheck,
];

/** Names of all known checks. */
export const checkNames: readonly CheckName[] = known.map(({ name }) => name);

/** Names the checks that a project uses. */
export function detectChecks(folder: string, root = folder): CheckName[] {
  const project = readProject(folder, root);
  return known.filter((check) => check.detect(project)).map(({ name }) => name);
}

/**
 * Runs linters, formatters and compilers over a project, one after another, and gives what they find as data. Nothing is
 * changed.
 *
 * @param root Absolute root of the work tree.
 * @throws {CapstanError} `not_found` if the project uses none that is known; `aborted`.
 */
export async function runChecks(
  root: string,
  selection: CheckSelection,
  options: VerifyOptions & { signal?: AbortSignal } = {},
): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  for (const check of chooseChecks(root, selection)) reports.push(await runCheck(root, check, { selection, options }));
  return reports;
}

/** Gives the commands that `runChecks` would run. */
export function checkCommands(root: string, selection: CheckSelection): string[][] {
  return chooseChecks(root, selection).map((check) => [check.program, ...wordsOf(root, check, selection)]);
}

function chooseChecks(root: string, { folder, files = [], checks }: CheckSelection): Check[] {
  const project = readProject(folder, root);
  const chosen = known.filter((check) => (checks ? checks.includes(check.name) : check.detect(project)));
  const fitting = chosen.filter((check) => files.length === 0 || files.some((file) => check.files.test(file)));
  if (fitting.length > 0) return fitting;
  throw new CapstanError(
    'not_found',
    `${folder} uses no check that is known for these files (${checkNames.join(', ')}). Name one with checks, another folder with cwd, or run it with shell.`,
    { where: folder },
  );
}

function wordsOf(root: string, check: Check, { folder, files = [] }: CheckSelection): readonly string[] {
  const fitting = files
    .filter((file) => check.files.test(file))
    .map((file) => (file.startsWith('-') ? `./${file}` : file));
  return check.words(fitting, readProject(folder, root));
}

async function runCheck(
  root: string,
  check: Check,
  { selection, options }: { selection: CheckSelection; options: VerifyOptions & { signal?: AbortSignal } },
): Promise<CheckReport> {
  const { folder, files = [] } = selection;
  const began = performance.now();
  const base = (): Pick<CheckReport, 'check' | 'durationMs'> => ({
    check: check.name,
    durationMs: performance.now() - began,
  });
  let program: string;
  try {
    program = projectProgram(readProject(folder, root), check.program, options.env ?? process.env);
  } catch (error) {
    return {
      ...base(),
      passed: false,
      diagnostics: [],
      failure: error instanceof Error ? error.message : String(error),
    };
  }
  const result = await runConfined(
    root,
    { argv: [program, ...wordsOf(root, check, selection)], cwd: folder, env: verifyEnvironment },
    options,
  );
  if (result.reason === 'aborted') throw new CapstanError('aborted', 'The checks were stopped.');
  const found = result.reason === 'exited' ? check.parse(result, folder) : undefined;
  if (!found) {
    const said = (result.stderr + result.stdout).trim().slice(-4_000);
    return {
      ...base(),
      passed: false,
      diagnostics: [],
      failure: `${result.reason === 'exited' ? `exit code ${result.exitCode}` : `stopped: ${result.reason}`}\n${said}`,
    };
  }
  // The compiler always looks at the whole project.
  const diagnostics =
    files.length === 0 ? found : found.filter(({ file }) => files.includes(file) || file === 'tsconfig.json');
  return { ...base(), passed: !diagnostics.some(({ severity }) => severity === 'error'), diagnostics };
}
