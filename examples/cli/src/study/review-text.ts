import type { ReviewedFile, ReviewedSymbol, ReviewFinding } from '@capstan/code';
import { plural } from '../render/amounts.ts';
import { fit } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';

/** A finding of whoever found it. */
type AnyFinding = Pick<ReviewFinding, 'severity' | 'path' | 'line' | 'title' | 'detail'> & {
  readonly rule?: string;
  readonly fix?: string;
  readonly placed?: boolean;
};

/** Prints the files of a change with the declarations it touches, their callers and tests. */
export function changesText(files: readonly ReviewedFile[], unread: readonly string[]): string {
  const rows = files.flatMap((file) => [headOf(file), ...file.symbols.slice(0, 12).flatMap(symbolRows)]);
  const left = unread.map((path) => `${path}  (no text, or too large)`);
  return plainText([...rows, ...left].join('\n'));
}

function headOf({ path, was, change, kind, added, removed, commentsOnly, tests, importedBy }: ReviewedFile): string {
  const verb = { create: 'new', modify: '', delete: 'gone' }[change];
  const facts = [
    verb,
    kind === 'source' ? '' : kind,
    was === undefined ? '' : `was ${was}`,
    commentsOnly ? 'comments only' : '',
    importedBy.length > 0 ? `imported by ${plural(importedBy.length, 'file')}` : '',
    kind === 'source' && change !== 'delete' ? `${plural(tests.length, 'test file')}` : '',
  ].filter((fact) => fact !== '');
  return `${path}  +${added} -${removed}${facts.length > 0 ? `  (${facts.join(', ')})` : ''}`;
}

const verbs = { added: 'new', removed: 'gone', signature: 'other head', body: 'changed' } as const;

function symbolRows({ name, kind, change, line, callers, tests, measures }: ReviewedSymbol): string[] {
  const size = measures && measures.complexity > 10 ? `, complexity ${measures.complexity}` : '';
  const calls = callers.slice(0, 4).map((one) => `${one.name} ${one.path}:${one.line}`);
  const more = callers.length > calls.length ? `, ${callers.length - calls.length} more` : '';
  const covering = tests.slice(0, 3).map(({ path }) => path);
  return [
    `  ${verbs[change]} ${kind} ${name}:${line}${size}`,
    ...(calls.length > 0 ? [`    called by ${calls.join(', ')}${more}`] : []),
    ...(covering.length > 0 ? [`    tests ${covering.join(', ')}`] : []),
  ];
}

/** Prints findings, the worst first. */
export function findingsText(findings: readonly AnyFinding[], none = 'Nothing was found by rules.'): string {
  if (findings.length === 0) return none;
  return plainText(findings.map(findingRows).join('\n'));
}

function findingRows({ severity, path, line, title, detail, fix, rule, placed }: AnyFinding): string {
  const doubt = placed === false ? '  (the change has no such line)' : '';
  const rows = [`${severity.padEnd(6)}  ${path}:${line}  ${title}${rule === undefined ? '' : `  [${rule}]`}${doubt}`];
  if (detail !== undefined) rows.push(`        ${fit(detail, 600)}`);
  if (fix !== undefined) rows.push(`        fix: ${fit(fix, 600)}`);
  return rows.join('\n');
}
