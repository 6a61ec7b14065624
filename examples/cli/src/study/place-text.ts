import type { DescribedSymbol, Measures, NamedPlace, PastChange, PlaceDescription, PlaceTest } from '@capstan/code';
import { count, plural } from '../render/amounts.ts';
import { fit } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import type { FolderFacts } from './folder-facts.ts';

const shown = 8;

/** Prints what is known of a place, for people and for a prompt. */
export function placeText(place: PlaceDescription, alsoAt: readonly NamedPlace[] = []): string {
  const { symbol, callers, calls, references, tests, history, importedBy, imports } = place;
  const others = references.shown.filter(({ role, sure }) => role !== 'import' && !(symbol && sure && role === 'call'));
  const from = imports.map(({ specifier, files }) => files[0] ?? specifier);
  return plainText(
    [
      headOf(place),
      ...(symbol ? declarationOf(symbol) : []),
      ...outlineOf(place),
      ...part('called by', callers.map(placeWords)),
      ...part('calls', calls.map(placeWords)),
      ...part(
        `used (${references.total} times, ${references.sure} of them certain)`,
        others.map(({ path, line, text, sure }) => `${path}:${line}${sure ? '' : ' ?'}  ${fit(text, 100)}`),
      ),
      ...(symbol ? [] : part('imports', [...new Set(from)])),
      ...part('imported by', importedBy),
      ...part('tests', tests.map(testWords), 'none is known'),
      ...historyOf(history),
      ...part('also declared at', alsoAt.map(placeWords)),
    ].join('\n'),
  );
}

function headOf({ path, lines, file, measures, churn }: PlaceDescription): string {
  const where = lines ? `${path}:${lines[0] === lines[1] ? lines[0] : lines.join('-')}` : path;
  const size = measures ? sizeWords(measures) : plural(file.lines, 'line');
  const broken = file.broken ? ', with syntax errors' : '';
  return `${where}  (${file.language ?? 'text'}, ${file.kind}${broken}; file: ${size}; ${plural(churn, 'commit')})`;
}

function declarationOf(symbol: DescribedSymbol): string[] {
  const { name, container, kind, signature, exported, line, endLine, doc, measures } = symbol;
  const holder = container === '' ? '' : ` of ${container}`;
  const seen = exported ? 'seen outside' : 'not seen outside';
  const size = measures ? `; ${sizeWords(measures)}` : '';
  const comment =
    doc === undefined
      ? []
      : doc
          .split('\n')
          .slice(0, 12)
          .map((each) => `  | ${each}`);
  return ['', `${kind} ${name}${holder}, lines ${line}-${endLine} (${seen}${size})`, `  ${signature}`, ...comment];
}

function sizeWords({ lines, codeLines, complexity }: Measures): string {
  return `${plural(lines, 'line')}, ${count(codeLines)} of code, complexity ${complexity}`;
}

function outlineOf({ outline, symbol }: PlaceDescription): string[] {
  const rows = outline
    .filter((one) => one.name !== symbol?.name || one.line !== symbol.line)
    .map(({ line, container, signature, measures }) => {
      const depth = container === '' ? 0 : container.split('.').length;
      const ways = measures && measures.complexity > 10 ? `   [complexity ${measures.complexity}]` : '';
      return `${String(line).padStart(5)}  ${'  '.repeat(depth)}${fit(signature, 110)}${ways}`;
    });
  const most = symbol ? 12 : 60;
  return part(symbol ? 'around it' : 'declares', rows, undefined, most);
}

function historyOf(history: readonly PastChange[]): string[] {
  const rows = history.map(({ commit, at, subject }) => {
    const day = new Date(at * 1000).toISOString().slice(0, 10);
    return `${commit}  ${day}  ${fit(subject, 90)}`;
  });
  return part('last commits', rows);
}

function placeWords({ name, path, line }: NamedPlace): string {
  return `${name}  ${path}:${line}`;
}

function testWords({ path, line, why }: PlaceTest): string {
  return `${path}${line === undefined ? '' : `:${line}`}  (${why})`;
}

/** Prints what is known of a folder or of the repository. */
export function folderText(folder: FolderFacts): string {
  const { path, files, lines, languages, kinds, central, map, history } = folder;
  const by = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .toSorted(([, one], [, other]) => other - one)
      .map(([word, number]) => `${number} ${word}`)
      .join(', ');
  return plainText(
    [
      `${path === '' ? 'The repository' : path}: ${plural(files, 'file')}, ${plural(lines, 'line')}`,
      `  ${by(languages)}`,
      `  ${by(kinds)}`,
      ...part(
        'most imported',
        central.map(
          (one) => `${one.path}  (${plural(one.lines, 'line')}, imported by ${plural(one.importedBy, 'file')})`,
        ),
        undefined,
        12,
      ),
      ...(map === ''
        ? []
        : [
            '',
            'map',
            ...map
              .trimEnd()
              .split('\n')
              .map((line) => `  ${line}`),
          ]),
      ...historyOf(history),
    ].join('\n'),
  );
}

/** A heading with rows under it; nothing where there are none, or what stands for that. */
function part(heading: string, rows: readonly string[], none?: string, most = shown): string[] {
  if (rows.length === 0) return none === undefined ? [] : ['', `${heading}: ${none}`];
  const more = rows.length > most ? [`  … ${rows.length - most} more`] : [];
  return ['', heading, ...rows.slice(0, most).map((row) => `  ${row}`), ...more];
}
