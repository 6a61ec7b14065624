import type { FailureOptions, TestFailure } from './failure.ts';
import { placeOf } from './frames.ts';
import { blocksOf, failureOf } from './text-block.ts';

/** Reads the failures that `go test` prints, as text or as JSON events. */
export function goFailures(text: string, options: FailureOptions): TestFailure[] {
  const plain = fromEvents(text);
  const folders = packageFolders(plain);
  const tests = testBlocks(plain);
  return [...tests.flatMap((one) => testFailure(one, { folders, options })), ...buildFailures(plain, options)];
}

/** The words of JSON events, put together. */
function fromEvents(text: string): string {
  if (!/^\{"(Time|Action|ImportPath)"/m.test(text)) return text;
  return text
    .split('\n')
    .map((line) => {
      if (!line.startsWith('{')) return line === '' ? '' : `${line}\n`;
      try {
        const { Output } = JSON.parse(line) as { Output?: string };
        return Output ?? '';
      } catch {
        return '';
      }
    })
    .join('');
}

/** Names of packages that failed: `FAIL example.com/queue/internal/store 0.1s`. */
function packageFolders(text: string): string[] {
  return [...text.matchAll(/^FAIL\s+(\S+\/\S+)\s/gm)].map(([, name = '']) => name);
}

interface Test {
  readonly name: string;
  readonly body: string;
}

/**
 * A test's words stand above the line that it failed when run with `-v`, else below it. Without `-v` they follow
 * `--- FAIL`, with four more blanks for each test inside.
 */
function testBlocks(text: string): Test[] {
  const below = blocksOf(text, /^\s*--- FAIL: (\S+) \(/, /^(FAIL|ok|PASS|exit status|\?|=== |\s*--- (PASS|SKIP))/);
  const above = new Map<string, string>();
  for (const { head, body } of blocksOf(text, /^=== (?:RUN|CONT|NAME)\s+(\S+)/, /^\s*(--- |=== PAUSE|FAIL|ok\s|PASS)/))
    above.set(head[1] ?? '', `${above.get(head[1] ?? '') ?? ''}${body}\n`);
  const all = below.map(({ head, body }) => ({
    name: head[1] ?? '',
    body: `${above.get(head[1] ?? '') ?? ''}${body}`,
  }));
  // A test that only failed because of those inside it says nothing of its own.
  return all.filter(({ name, body }) => body.trim() !== '' || !all.some((one) => one.name.startsWith(`${name}/`)));
}

interface GoPlace {
  readonly folders: readonly string[];
  readonly options: FailureOptions;
}

function testFailure({ name, body }: Test, { folders, options }: GoPlace): TestFailure[] {
  const panicked = /^panic: (.*)$/m.exec(body)?.[1];
  const made = failureOf(
    {
      source: 'go',
      name: name.split('/').join(' > '),
      text: panicked === undefined ? body : `panic: ${panicked}\n${body}`,
    },
    options,
  );
  const place = /^[ \t]*([\w./-]+\.go):(\d+):/m.exec(body);
  const file = place?.[1];
  const message = body
    .replace(/\n\s*goroutine [\s\S]*/, '')
    .replace(/^[ \t]*[\w./-]+\.go:\d+: /gm, '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n');
  const short = file === undefined || file.includes('/') ? made.file : inFolder(file, folders, options);
  return [
    {
      ...made,
      ...(short === undefined ? {} : { file: short }),
      ...(place ? { line: Number(place[2]) } : {}),
      message: message.slice(0, 2_000) || 'failed',
      frames: made.frames.map((frame) =>
        frame.file === file && short !== undefined ? { ...frame, file: short } : frame,
      ),
    },
  ];
}

/** go test names a file alone; the package that failed tells its folder, when there is only one. */
function inFolder(file: string, folders: readonly string[], options: FailureOptions): string | undefined {
  const [only] = folders;
  if (folders.length !== 1 || only === undefined) return placeOf(file, options);
  // The module's own name is a guess: a host, an owner and a repository, or a single word.
  const parts = only.split('/');
  const own = parts[0]?.includes('.') ? (/^(github|gitlab|bitbucket)\./.test(parts[0]) ? 3 : 2) : 1;
  return placeOf([...parts.slice(own), file].join('/'), options);
}

/** What does not compile: `# package` and then a line for each finding. */
function buildFailures(text: string, options: FailureOptions): TestFailure[] {
  return blocksOf(text, /^# (\S+)/, /^(FAIL|ok|\?|---|===)/).flatMap(({ body }) => {
    const found = [...body.matchAll(/^(?:vet: )?(\.?\/?[\w./-]+\.go):(\d+):(?:\d+:)? (.+)$/gm)];
    return found.slice(0, 20).flatMap(([, path = '', line, message = '']) => {
      const file = placeOf(path, options);
      if (file === undefined) return [];
      return [
        {
          source: 'go' as const,
          name: `${file} ${message.slice(0, 120)}`,
          file,
          line: Number(line),
          message,
          frames: [{ file, line: Number(line) }],
        },
      ];
    });
  });
}
