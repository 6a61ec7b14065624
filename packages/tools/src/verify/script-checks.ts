import type { Check } from './check.ts';
import type { Diagnostic } from './diagnostic.ts';
import { shorten } from './test-report.ts';

const script = /\.([cm]?[jt]sx?|vue|svelte|astro)$/;

/** ESLint, by its JSON formatter. */
export const eslintCheck: Check = {
  name: 'eslint',
  program: 'eslint',
  detect: (project) => project.packages.has('eslint') || project.names(/^(eslint\.config\.|\.eslintrc)/).length > 0,
  files: script,
  words: (files) => ['--format', 'json', ...(files.length > 0 ? files : ['.'])],
  parse({ stdout }, cwd) {
    const report = parseJson(stdout);
    if (!Array.isArray(report)) return undefined;
    return (report as EslintFile[]).flatMap(({ filePath, messages }) =>
      messages.map((each) => fromEslint(shorten(filePath, cwd), each)),
    );
  },
};

interface EslintFile {
  readonly filePath: string;
  readonly messages: readonly EslintMessage[];
}

interface EslintMessage {
  readonly ruleId: string | null;
  readonly severity: number;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly fix?: object;
}

function fromEslint(
  file: string,
  { ruleId, severity, message, line, column, endLine, endColumn, fix }: EslintMessage,
): Diagnostic {
  return compact({
    check: 'eslint',
    file,
    line,
    column,
    endLine,
    endColumn,
    rule: ruleId ?? undefined,
    severity: severity === 2 ? 'error' : 'warning',
    message,
    fixable: fix ? true : undefined,
  });
}

/** Biome, by its JSON reporter. */
export const biomeCheck: Check = {
  name: 'biome',
  program: 'biome',
  detect: (project) => project.packages.has('@biomejs/biome') || project.names(/^\.?biome\.jsonc?$/).length > 0,
  files: /\.([cm]?[jt]sx?|jsonc?|css|graphql|vue|svelte|astro|html)$/,
  words: (files) => [
    'check',
    '--reporter=json',
    '--max-diagnostics=500',
    '--no-errors-on-unmatched',
    ...(files.length > 0 ? files : ['.']),
  ],
  parse({ stdout }, cwd) {
    const report = parseJson(stdout.slice(Math.max(0, stdout.indexOf('{')))) as
      | { diagnostics?: readonly BiomeDiagnostic[] }
      | undefined;
    return report?.diagnostics?.map((each) => fromBiome(each, cwd));
  },
};

interface BiomeDiagnostic {
  readonly category?: string;
  readonly severity: string;
  readonly message?: string;
  readonly description?: string;
  readonly location?: {
    readonly path?: string | { readonly file: string } | null;
    readonly start?: Place;
    readonly end?: Place;
  };
  readonly tags?: readonly string[];
}

interface Place {
  readonly line: number;
  readonly column: number;
}

function fromBiome(
  { category, severity, message, description, location, tags }: BiomeDiagnostic,
  cwd: string,
): Diagnostic {
  const path = typeof location?.path === 'string' ? location.path : (location?.path?.file ?? '');
  // A finding about the whole file stands at line 0.
  const [start, end] =
    location?.start && location.start.line > 0 ? [location.start, location.end] : [undefined, undefined];
  return compact({
    check: 'biome',
    file: shorten(path, cwd),
    line: start?.line,
    column: start?.column,
    endLine: end?.line,
    endColumn: end?.column,
    rule: category?.replace(/^lint\//, ''),
    severity: severity === 'error' || severity === 'fatal' ? 'error' : severity === 'warning' ? 'warning' : 'info',
    message:
      category === 'format' && message?.startsWith('Formatter would')
        ? 'Not formatted.'
        : (message ?? description ?? ''),
    fixable: message?.startsWith('Formatter would') || tags?.includes('fixable') ? true : undefined,
  });
}

/** Prettier, by its list of files that differ. */
export const prettierCheck: Check = {
  name: 'prettier',
  program: 'prettier',
  detect: (project) =>
    project.packages.has('prettier') ||
    'prettier' in project.manifest ||
    project.names(/^(\.prettierrc|prettier\.config\.)/).length > 0,
  files: /\.([cm]?[jt]sx?|jsonc?5?|css|scss|less|mdx?|ya?ml|html|vue|graphql|hbs)$/,
  words: (files) => [
    '--list-different',
    '--ignore-unknown',
    '--no-error-on-unmatched-pattern',
    ...(files.length > 0 ? files : ['.']),
  ],
  parse({ stdout, stderr, exitCode }, cwd) {
    const different = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line): Diagnostic => ({
        check: 'prettier',
        file: shorten(line, cwd),
        rule: 'format',
        severity: 'error',
        message: 'Not formatted.',
        fixable: true,
      }));
    const broken = [...stderr.matchAll(/^\[error\] (.+?): (\w*Error: .*) \((\d+):(\d+)\)$/gm)].map(
      ([, file, message, line, column]): Diagnostic => ({
        check: 'prettier',
        file: shorten(file!, cwd),
        line: Number(line),
        column: Number(column),
        severity: 'error',
        message: message!,
      }),
    );
    return exitCode !== 0 && different.length + broken.length === 0 ? undefined : [...different, ...broken];
  },
};

/** The TypeScript compiler, by its plain output, which is meant to be read by tools. */
export const tscCheck: Check = {
  name: 'tsc',
  program: 'tsc',
  detect: (project) => project.has('tsconfig.json'),
  files: /\.[cm]?tsx?$/,
  // Files named on its command line would make it forget the project's settings: it checks all and shows those.
  words: (_, project) =>
    /"references"\s*:/.test(project.text('tsconfig.json'))
      ? ['--build', '--pretty', 'false']
      : ['--noEmit', '--pretty', 'false', '--project', 'tsconfig.json'],
  parse({ stdout, exitCode }, cwd) {
    const found: Diagnostic[] = [];
    for (const line of stdout.split('\n')) {
      const inFile = /^(.+?)\((\d+),(\d+)\): (error|warning) (TS\d+): (.*)$/.exec(line);
      const bare = inFile ? undefined : /^(error) (TS\d+): (.*)$/.exec(line);
      const last = found.at(-1);
      if (inFile)
        found.push({
          check: 'tsc',
          file: shorten(inFile[1]!, cwd),
          line: Number(inFile[2]),
          column: Number(inFile[3]),
          severity: inFile[4] as 'error',
          rule: inFile[5]!,
          message: inFile[6]!,
        });
      else if (bare)
        found.push({ check: 'tsc', file: 'tsconfig.json', severity: 'error', rule: bare[2]!, message: bare[3]! });
      else if (last && /^\s+\S/.test(line)) found[found.length - 1] = { ...last, message: `${last.message}\n${line}` };
    }
    return found.length === 0 && exitCode !== 0 ? undefined : found;
  },
};

/** Parses JSON; `undefined` for what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Leaves out what is `undefined`. */
export function compact(diagnostic: { [K in keyof Diagnostic]: Diagnostic[K] | undefined }): Diagnostic {
  return Object.fromEntries(
    Object.entries(diagnostic).filter(([, value]) => value !== undefined),
  ) as unknown as Diagnostic;
}
