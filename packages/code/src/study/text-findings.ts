import type { Language } from '../parse/language.ts';
import type { StudiedChange } from './changed-file.ts';
import type { ReviewFinding, Severity } from './finding.ts';

type Family = 'script' | 'python' | 'go';

interface TextRule {
  readonly rule: string;
  readonly severity: Severity;
  readonly title: string;
  readonly detail?: string;
  readonly pattern: RegExp;
  readonly family?: Family;
  /** Looks at code with its texts blank, at comments, or at the text as it stands. Default `code`. */
  readonly in?: 'code' | 'comments' | 'text';
  /** Only in files of these kinds. */
  readonly kinds?: readonly StudiedChange['kind'][];
  /** Says nothing where the file did so before: it is the way of that file. */
  readonly unlessUsual?: true;
}

const printing = 'Debug output is left in.';
const weakened = 'A check is switched off.';
const dangerous = 'Make sure that nothing from outside reaches it, or use the safe form.';

const rules: readonly TextRule[] = [
  {
    rule: 'merge-conflict',
    severity: 'high',
    title: 'A merge conflict is left in.',
    pattern: /^(?:<{7} |>{7} |\|{7} )/gm,
    in: 'text',
  },
  {
    rule: 'focused-test',
    severity: 'high',
    title: 'A focused test keeps all others from running.',
    pattern: /\b(?:describe|it|test|suite|context)\.only\b|(?<![.\w])f(?:describe|it)\(/g,
    family: 'script',
    kinds: ['test'],
  },
  {
    rule: 'skipped-test',
    severity: 'low',
    title: 'A test is skipped.',
    pattern:
      /\b(?:describe|it|test)\.(?:skip|todo)\(|(?<![.\w])x(?:describe|it)\(|@(?:pytest\.mark|unittest)\.skip\b|\bt\.Skip(?:f|Now)?\(/g,
    kinds: ['test'],
  },
  {
    rule: 'debugger',
    severity: 'medium',
    title: 'A breakpoint is left in.',
    pattern: /(?<![.\w])debugger\s*(?:;|$)|(?<![.\w])(?:breakpoint\(\)|i?pdb\.set_trace\()/gm,
  },
  {
    rule: 'debug-output',
    severity: 'low',
    title: printing,
    pattern: /(?<![.\w])console\.(?:log|debug|dir|trace|table)\(/g,
    family: 'script',
    kinds: ['source'],
    unlessUsual: true,
  },
  {
    rule: 'debug-output',
    severity: 'low',
    title: printing,
    pattern: /(?<![.\w])(?:print|pprint)\(/g,
    family: 'python',
    kinds: ['source'],
    unlessUsual: true,
  },
  {
    rule: 'debug-output',
    severity: 'low',
    title: printing,
    pattern: /(?<![.\w])(?:fmt\.Print(?:ln|f)?|spew\.Dump|println)\(/g,
    family: 'go',
    kinds: ['source'],
    unlessUsual: true,
  },
  {
    rule: 'empty-handler',
    severity: 'medium',
    title: 'An error is swallowed without a word.',
    detail: 'Handle it, hand it on, or say in a comment why nothing is to be done.',
    pattern: /\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/g,
    family: 'script',
  },
  {
    rule: 'empty-handler',
    severity: 'medium',
    title: 'An error is swallowed without a word.',
    detail: 'Handle it, hand it on, or say in a comment why nothing is to be done.',
    pattern: /\bexcept\b[^\n:]*:\s*pass\b/g,
    family: 'python',
  },
  {
    rule: 'unsafe-call',
    severity: 'medium',
    title: 'This can run or show what comes from outside.',
    detail: dangerous,
    pattern:
      /(?<![.\w])eval\(|\bnew Function\(|\.(?:inner|outer)HTML\s*\+?=(?!=)|\bdangerouslySetInnerHTML\b|\bdocument\.write\(/g,
    family: 'script',
  },
  {
    rule: 'unsafe-call',
    severity: 'medium',
    title: 'This can run what comes from outside.',
    detail: dangerous,
    pattern:
      /(?<![.\w])(?:eval|exec)\(|\bshell\s*=\s*True\b|\bos\.system\(|\bpickle\.loads?\(|\byaml\.load\((?![^\n)]*Loader)/g,
    family: 'python',
  },
  {
    rule: 'unverified-tls',
    severity: 'high',
    title: 'Certificates are not checked any more.',
    pattern: /\brejectUnauthorized\s*:\s*false\b|\bverify\s*=\s*False\b|\bInsecureSkipVerify\s*:\s*true\b/g,
  },
  {
    rule: 'composed-query',
    severity: 'medium',
    title: 'A query is put together from texts.',
    detail: 'Hand values over as parameters, so that none of them is read as a part of the query.',
    pattern:
      /\.(?:execute|executemany|query|raw|Exec|Query|QueryRow)(?:Context)?\((?=[^\n]*\b(?:select|insert|update|delete|where)\b)\s*(?:ctx,\s*)?(?:f["']|`[^`\n]*\$\{|["'][^"'\n]*["']\s*(?:\+|%\s*[\w(])|fmt\.Sprintf\()[^\n]*/gi,
    in: 'text',
    kinds: ['source'],
  },
  {
    rule: 'silenced-check',
    severity: 'low',
    title: weakened,
    pattern:
      /@ts-(?:ignore|nocheck)\b|\b(?:eslint|oxlint|biome)-(?:disable|ignore)|\btslint:disable|#\s*type:\s*ignore|#\s*noqa\b|\bnolint\b|\bpragma: no cover\b/g,
    in: 'comments',
    kinds: ['source'],
  },
  {
    rule: 'left-note',
    severity: 'info',
    title: 'A note says that something is not done yet.',
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/g,
    in: 'comments',
  },
];

/** Finds what the added lines of a file show by their text. */
export function textFindings(change: StudiedChange): ReviewFinding[] {
  const { path, after, measured } = change;
  if (after === undefined) return [];
  const views = { code: measured?.code, text: after, comments: measured?.comments };
  const found: ReviewFinding[] = [];
  for (const { pattern, ...one } of rules) {
    const view = views[one.in ?? 'code'];
    if (view === undefined || !fits(one, change)) continue;
    if (one.unlessUsual && isUsual(change, pattern)) continue;
    const { rule, severity, title, detail } = one;
    for (const { line, start, end } of matches(view, pattern)) {
      if (![...range(line, lineAt(view, end))].some((each) => change.lines.added.has(each))) continue;
      if (rule === 'empty-handler' && explained(after, measured?.code ?? '', { start, end })) continue;
      found.push({ rule, severity, path, line, title, ...(detail === undefined ? {} : { detail }) });
    }
  }
  return onceALine(found);
}

function fits({ family, kinds }: Omit<TextRule, 'pattern'>, { language, kind }: StudiedChange): boolean {
  return (family === undefined || family === familyOf(language)) && (kinds === undefined || kinds.includes(kind));
}

function familyOf(language: Language | undefined): Family | undefined {
  return language === 'typescript' || language === 'javascript' ? 'script' : language;
}

const printers = /(^|\/)(bin|cli|cmd|commands|scripts?|tools)\//;

/** A file that did so before, does so often, or is a program for a terminal. */
function isUsual({ path, before, measured, measuredBefore }: StudiedChange, pattern: RegExp): boolean {
  if (printers.test(path)) return true;
  const known = before === undefined ? measured?.code : measuredBefore?.code;
  return matches(known ?? '', pattern).length > (before === undefined ? 3 : 0);
}

interface Match {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

function matches(text: string, pattern: RegExp): Match[] {
  return [...text.matchAll(pattern)].map((match) => ({
    line: lineAt(text, match.index),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function* range(from: number, to: number): Generator<number> {
  for (let at = from; at <= to; at++) yield at;
}

/** A comment within says why. */
function explained(text: string, code: string, { start, end }: Omit<Match, 'line'>): boolean {
  return text.slice(start, end) !== code.slice(start, end);
}

function onceALine(found: readonly ReviewFinding[]): ReviewFinding[] {
  return [...new Map(found.map((one) => [`${one.rule}:${one.line}`, one])).values()];
}
