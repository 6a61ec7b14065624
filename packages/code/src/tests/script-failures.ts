import type { FailureOptions, TestFailure } from './failure.ts';
import { placeOf } from './frames.ts';
import { blocksOf, failureOf } from './text-block.ts';

/** Reads the failures that Vitest prints. */
export function vitestFailures(text: string, options: FailureOptions): TestFailure[] {
  const head = /^\s?FAIL\s{1,2}(?:\|[^|]+\|\s+)?(\S.*?)(?::\d+:\d+)?(?: > (.+)| \[ .+ \])?\s*$/;
  const all = blocksOf(text, head, /^(⎯{8,}|⎯+ .* ⎯+|\s*Test Files\s)/);
  const failures: TestFailure[] = [];
  const sharing: { file: string | undefined; name: string }[] = [];
  for (const { head: found, body } of all) {
    const file = placeOf(found[1] ?? '', options);
    const name = found[2] ?? found[1] ?? '';
    // Tests that fail alike stand one under another, above one text.
    if (body.trim() === '') sharing.push({ file, name });
    else
      for (const one of [...sharing.splice(0), { file, name }])
        failures.push(
          failureOf({ source: 'vitest', ...one, line: lineIn(body, one.file, options), text: body }, options),
        );
  }
  return failures;
}

function lineIn(body: string, file: string | undefined, options: FailureOptions): number | undefined {
  for (const [, path = '', line] of body.matchAll(/❯ (?:\S+ )?([^\s:]+):(\d+):\d+/g))
    if (placeOf(path, options) === file) return Number(line);
  return undefined;
}

/** Reads the failures that Jest prints. */
export function jestFailures(text: string, options: FailureOptions): TestFailure[] {
  const failures: TestFailure[] = [];
  const seen = new Set<string>();
  for (const { head: file, body } of blocksOf(
    text,
    /^\s*FAIL\s+(?:\S+ )?(\S+\.\w+)(?:\s|$)/,
    /^(\s*PASS\s|Test Suites:|Summary of all failing tests)/,
  )) {
    const path = placeOf(file[1] ?? '', options);
    for (const { head, body: words } of blocksOf(body, /^ {2}● (.+)$/, /^\S/)) {
      const title = head[1] ?? '';
      if (/^Console$/.test(title)) continue;
      const name = /failed to run$/.test(title) ? (path ?? title) : title.split(' › ').join(' > ');
      const key = `${path ?? ''} ${name}`;
      // The summary of a long run says them again.
      if (!seen.has(key)) failures.push(failureOf({ source: 'jest', name, file: path, text: words }, options));
      seen.add(key);
    }
  }
  return failures;
}

/** Reads the failures that Mocha prints under the count of those that failed. */
export function mochaFailures(text: string, options: FailureOptions): TestFailure[] {
  const from = text.search(/^[ \t]+\d+ failing\b/m);
  if (from < 0) return [];
  return blocksOf(text.slice(from), /^ {2}\d+\) (.*)$/, /^\S.*npm ERR|^(?:npm|yarn) /).map(({ head, body }) => {
    const lines = body.split('\n');
    // The names of the suites and of the test stand one under another, the last with a colon.
    const last = head[1]?.endsWith(':') ? -1 : lines.findIndex((line) => line.trimEnd().endsWith(':'));
    const names = [head[1] ?? '', ...lines.slice(0, last + 1).map((line) => line.trim())];
    const name = names.join(' > ').replace(/:$/, '');
    return failureOf({ source: 'mocha', name, text: lines.slice(last + 1).join('\n') }, options);
  });
}

/** Reads the failures that Node's own runner prints, as `spec` or `dot`. */
export function nodeFailures(text: string, options: FailureOptions): TestFailure[] {
  const from = text.search(/^✖ failing tests:|^Failed tests:/m);
  if (from < 0) return [];
  const body = text.slice(from).replace(/^.*\n/, '');
  const places = [...body.matchAll(/^test at (.+?):(\d+):\d+$/gm)];
  const blocks = blocksOf(body.replace(/^test at .*$/gm, ''), /^✖ (.+?)(?: \(\d[\d.]*ms\))?(?: # .*)?$/, /^ℹ /);
  return blocks.flatMap(({ head, body: words }, at) => {
    if (/^[ \t]*'?\d+ subtests? failed'?/m.test(words)) return [];
    const place = places.length === blocks.length ? places[at] : undefined;
    const file = place?.[1] === undefined ? undefined : placeOf(place[1], options);
    return [
      failureOf(
        {
          source: 'node',
          name: head[1] ?? '',
          file,
          ...(file === undefined ? {} : { line: lineAt(words, file, options) ?? Number(place?.[2]) }),
          text: words,
        },
        options,
      ),
    ];
  });
}

function lineAt(words: string, file: string, options: FailureOptions): number | undefined {
  for (const [, path = '', line] of words.matchAll(/\(?((?:file:\/\/)?[^\s()]+):(\d+):\d+\)?$/gm))
    if (placeOf(path, options) === file) return Number(line);
  return undefined;
}

/** Reads TAP: of Node's runner, tape, tap, AVA and others. */
export function tapFailures(text: string, options: FailureOptions): TestFailure[] {
  const failures: TestFailure[] = [];
  const names: string[] = [];
  const lines = text.split('\n');
  for (const [at, line] of lines.entries()) {
    const started = /^(\s*)# Subtest: (.+)$/.exec(line);
    if (started) {
      const depth = (started[1] ?? '').length / 4;
      names.length = Math.min(names.length, depth);
      names[depth] = started[2] ?? '';
    }
    const failed = /^(\s*)not ok \d+(?: -)? ?(.*?)(?: # (todo|skip).*)?$/i.exec(line);
    if (!failed || failed[3] !== undefined) continue;
    const words = yamlBelow(lines, at + 1);
    if (/failureType: '?subtestsFailed/.test(words)) continue;
    const depth = (failed[1] ?? '').length / 4;
    const name = [...names.slice(0, depth), failed[2] ?? ''].filter(Boolean).join(' > ');
    const place = /^[ \t]*(?:location|at): '?(?:.*?\()?((?:file:\/\/)?[^\s()']+?):(\d+):\d+/m.exec(words);
    const file = place?.[1] === undefined ? undefined : placeOf(place[1], options);
    const isFile =
      file !== undefined && /\.\w+$/.test(failed[2] ?? '') && file.endsWith((failed[2] ?? '').replace(/^.*\//, ''));
    const source = /failureType:/.test(words) ? 'node' : 'tap';
    const line2 =
      file === undefined
        ? undefined
        : (lineAt(words.replace(/^[ \t]*location:.*$/m, ''), file, options) ?? Number(place?.[2]));
    failures.push(
      failureOf(
        { source, name: isFile ? file : name, file, line: line2, text: tapWords(words, failed[2] ?? '') },
        options,
      ),
    );
  }
  return failures;
}

function yamlBelow(lines: readonly string[], from: number): string {
  if (lines[from]?.trim() !== '---') return '';
  const end = lines.findIndex((line, at) => at > from && line.trim() === '...');
  return lines.slice(from + 1, end < 0 ? from + 40 : end).join('\n');
}

/** The error comes first, as a person would read it; of the rest the values and the stack. */
function tapWords(words: string, title: string): string {
  const block = /^(\s*)(?:error|message): \|-?\n((?:\1 +.*\n?|\s*\n)*)/m.exec(words)?.[2];
  const single = /^[ \t]*(?:error|message): ['"]?(.+?)['"]?$/m.exec(words)?.[1];
  const error = block ?? single ?? title;
  const name = /^[ \t]*name: '?(\w+)'?/m.exec(words)?.[1];
  const values = [...words.matchAll(/^[ \t]*(expected|actual|operator): .+$/gm)].map(([line]) => line.trim());
  const stack = /^(\s*)stack: \|-?\n((?:\1 +.*\n?)*)/m.exec(words)?.[2] ?? '';
  const calls = stack
    .split('\n')
    .filter((line) => /:\d+:\d+\)?$/.test(line.trim()))
    .map((line) => `    at ${line.trim().replace(/^at /, '')}`);
  const kind = name === undefined || /^(Assertion)?Error$/.test(name) ? '' : `${name}: `;
  return [kind + error.trim(), ...calls, ...values].join('\n');
}
