/** The linters, formatters and compilers that are known. */
export type CheckName = 'eslint' | 'biome' | 'prettier' | 'ruff' | 'ruff-format' | 'gofmt' | 'tsc';

/** One thing a check found. Lines and columns from 1. */
export interface Diagnostic {
  readonly check: CheckName;
  /** Relative to the folder of the run where it lies below it. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  /** For example `no-undef`, `F401`, `TS2322`; `format` for a file that is not formatted. */
  readonly rule?: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** The tool can mend it by itself. */
  readonly fixable?: true;
}

/** What one check came to. */
export interface CheckReport {
  readonly check: CheckName;
  /** It ran and found no error; warnings do not count. */
  readonly passed: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly durationMs: number;
  /** Why the check itself could not be made. */
  readonly failure?: string;
}

const maxShown = 60;

/** Prints reports for a model: a line for each check, then one for each finding, errors first. */
export function printChecks(reports: readonly CheckReport[]): string {
  return reports.map(printCheck).join('\n\n');
}

function printCheck({ check, passed, diagnostics, failure }: CheckReport): string {
  if (failure !== undefined) return `${check}: could not run.\n${failure}`;
  if (diagnostics.length === 0) return `${check}: passed.`;
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const counts = [`${errors} errors`, `${diagnostics.length - errors} warnings`].filter(
    (count) => !count.startsWith('0 '),
  );
  const sorted = [
    ...diagnostics.filter(({ severity }) => severity === 'error'),
    ...diagnostics.filter(({ severity }) => severity !== 'error'),
  ];
  const more = sorted.length > maxShown ? [`… and ${sorted.length - maxShown} more. Name files to see them.`] : [];
  return [
    `${check}: ${passed ? 'passed' : 'FAILED'}, ${counts.join(', ')}`,
    ...sorted.slice(0, maxShown).map(printOne),
    ...more,
  ].join('\n');
}

function printOne({ file, line, column, rule, severity, message, fixable }: Diagnostic): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place} ${severity} ${message}${rule === undefined ? '' : ` (${rule})`}${fixable ? ' [fixable]' : ''}`;
}
