import type { Check } from './check.ts';
import type { CheckName, Diagnostic } from './diagnostic.ts';
import type { Project } from './project.ts';
import { compact, parseJson } from './script-checks.ts';
import { shorten } from './test-report.ts';

const python = /\.(pyi?|ipynb)$/;

/** Ruff's linter, by its JSON output. */
export const ruffCheck: Check = {
  name: 'ruff',
  program: 'ruff',
  detect: usesRuff,
  files: python,
  words: (files) => ['check', '--output-format=json', '--force-exclude', ...(files.length > 0 ? files : ['.'])],
  parse: ({ stdout }, cwd) => fromRuff('ruff', stdout, cwd),
};

/** Ruff's formatter, by its JSON output. */
export const ruffFormatCheck: Check = {
  name: 'ruff-format',
  program: 'ruff',
  detect: usesRuff,
  files: python,
  words: (files) => [
    'format',
    '--check',
    '--output-format=json',
    '--force-exclude',
    ...(files.length > 0 ? files : ['.']),
  ],
  parse: ({ stdout }, cwd) => fromRuff('ruff-format', stdout, cwd),
};

/** gofmt, by its list of files that differ. */
export const gofmtCheck: Check = {
  name: 'gofmt',
  program: 'gofmt',
  detect: (project) => project.has('go.mod') || project.has('go.work'),
  files: /\.go$/,
  words: (files) => ['-l', ...(files.length > 0 ? files : ['.'])],
  parse({ stdout, stderr, exitCode }, cwd) {
    const different = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line): Diagnostic => ({
        check: 'gofmt',
        file: shorten(line, cwd),
        rule: 'format',
        severity: 'error',
        message: 'Not formatted.',
        fixable: true,
      }));
    const broken = [...stderr.matchAll(/^(.+?\.go):(\d+):(\d+): (.*)$/gm)].map(
      ([, file, line, column, message]): Diagnostic => ({
        check: 'gofmt',
        file: shorten(file!, cwd),
        line: Number(line),
        column: Number(column),
        severity: 'error',
        message: message!,
      }),
    );
    return exitCode !== 0 && broken.length === 0 ? undefined : [...different, ...broken];
  },
};

function usesRuff(project: Project): boolean {
  const named =
    /\[tool\.ruff|["']ruff\b/.test(project.text('pyproject.toml')) ||
    /^ruff\b/m.test(project.text('requirements.txt') + project.text('requirements-dev.txt'));
  return named || project.has('ruff.toml') || project.has('.ruff.toml');
}

interface RuffFinding {
  readonly code: string | null;
  readonly name?: string;
  readonly filename: string;
  readonly message: string;
  readonly location: RuffPlace | null;
  readonly end_location: RuffPlace | null;
  readonly fix?: { readonly applicability?: string } | null;
}

interface RuffPlace {
  readonly row: number;
  readonly column: number;
}

function fromRuff(check: CheckName, stdout: string, cwd: string): Diagnostic[] | undefined {
  const report = parseJson(stdout);
  if (!Array.isArray(report)) return undefined;
  return (report as RuffFinding[]).map(({ code, name, filename, message, location, end_location: end, fix }) =>
    compact({
      check,
      file: shorten(filename, cwd),
      line: location?.row,
      column: location?.column,
      endLine: end?.row,
      endColumn: end?.column,
      rule: code === 'unformatted' ? 'format' : (code ?? name ?? 'syntax'),
      severity: 'error',
      message: code === 'unformatted' ? 'Not formatted.' : message,
      // The others may change what the program does.
      fixable: code === 'unformatted' || fix?.applicability === 'safe' ? true : undefined,
    }),
  );
}
