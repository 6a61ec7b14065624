import type { Measures } from './measure.ts';
import type { ChangedSymbol, StudiedChange } from './changed-file.ts';
import type { ReviewFinding } from './finding.ts';
import type { ReviewedSymbol } from './reviewed-file.ts';

const maxComplexity = 15;
const maxCodeLines = 80;

/** Finds functions that a change makes too large to read, or larger still. */
export function sizeFindings({ path, symbols, measured, measuredBefore, kind }: StudiedChange): ReviewFinding[] {
  if (kind !== 'source' || !measured) return [];
  return symbols.flatMap((one): ReviewFinding[] => {
    const { symbol, before, change } = one;
    if (change === 'removed' || (symbol.kind !== 'function' && symbol.kind !== 'method')) return [];
    const now = measured.of(symbol);
    const old = before && measuredBefore?.of(before);
    if (!grewTooLarge(now, old)) return [];
    const was = old ? `, before ${old.codeLines} and ${old.complexity}` : '';
    const title = `${symbol.name} has ${now.codeLines} lines of code and ${now.complexity} ways through it${was}.`;
    return [
      { rule: 'large-function', severity: 'low', path, line: symbol.line, title, detail: 'Take parts out of it.' },
    ];
  });
}

function grewTooLarge(now: Measures, old: Measures | undefined): boolean {
  const complex = now.complexity > maxComplexity && now.complexity > (old?.complexity ?? 0);
  return complex || (now.codeLines > maxCodeLines && now.codeLines > (old?.codeLines ?? 0));
}

/** Tells of functions whose head is another now, while callers outside the change stay as they were. */
export function headFindings(
  path: string,
  symbols: readonly ReviewedSymbol[],
  changed: ReadonlySet<string>,
): ReviewFinding[] {
  return symbols.flatMap((one): ReviewFinding[] => {
    const left = one.callers.filter((caller) => !changed.has(caller.path));
    if (one.change !== 'signature' || left.length === 0 || stillFits(one.was ?? '', one.signature)) return [];
    const places = left.slice(0, 5).map((caller) => `${caller.path}:${caller.line}`);
    const more = left.length > places.length ? ` and ${left.length - places.length} more` : '';
    return [
      {
        rule: 'changed-signature',
        severity: 'medium',
        path,
        line: one.line,
        title: `The head of ${one.name} is another now, and callers outside this change are as they were.`,
        detail: `It was "${(one.was ?? '').slice(0, 120)}". Look at ${places.join(', ')}${more}.`,
      },
    ];
  });
}

/** Callers stay right where parameters are as they were, or where those that came may be left out. */
function stillFits(before: string, after: string): boolean {
  const [old, now] = [parameters(before), parameters(after)];
  if (old === undefined || now === undefined) return false;
  if (now === old) return true;
  const more = now.startsWith(old) ? now.slice(old.length).replace(/^\s*,/, '') : undefined;
  if (more === undefined || (old.trim() !== '' && !/^\s*,/.test(now.slice(old.length)))) return false;
  const added = more.split(/,(?![^<({[]*[>)}\]])/).filter((one) => one.trim() !== '');
  return added.every((one) => /^\s*[\w$]+\s*\?|=(?!>)|^\s*(?:\.\.\.|\*)/.test(one));
}

/** What stands between the first parenthesis and the one that closes it; undefined where a head has none or is cut. */
function parameters(signature: string): string | undefined {
  const from = signature.indexOf('(');
  let depth = 0;
  for (let at = from; from >= 0 && at < signature.length; at++) {
    if (signature[at] === '(') depth += 1;
    if (signature[at] === ')') depth -= 1;
    if (depth === 0) return signature.slice(from + 1, at);
  }
  return undefined;
}

/** Tells of changed code that no test is known to cover, one finding a file. */
export function coverageFindings(
  { path, kind, commentsOnly, language }: StudiedChange,
  symbols: readonly ReviewedSymbol[],
): ReviewFinding[] {
  if (kind !== 'source' || commentsOnly || language === undefined) return [];
  const bare = symbols.filter((one) => acts(one) && one.change !== 'removed' && !isCovered(one));
  const [first] = bare;
  if (!first) return [];
  const names = bare.slice(0, 6).map(({ name }) => name);
  const more = bare.length > names.length ? ` and ${bare.length - names.length} more` : '';
  const title = `No test is known to cover ${names.join(', ')}${more}.`;
  return [{ rule: 'untested', severity: 'low', path, line: first.line, title }];
}

/** Tests of the file may cover what is in it; of what is new and for others, one must use it. */
function isCovered({ tests, change, exported, name }: ReviewedSymbol): boolean {
  if (change !== 'added' || !exported || name.includes('.')) return tests.length > 0;
  return tests.some(({ why }) => why === 'uses it');
}

function acts({ kind }: Pick<ChangedSymbol['symbol'], 'kind'>): boolean {
  return kind === 'function' || kind === 'method' || kind === 'class';
}
