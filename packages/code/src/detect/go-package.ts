import { cwdOf, type Findings, type PackagePlace } from './findings.ts';
import { escaped, linesOf } from './lines-of.ts';
import { below } from './repository-files.ts';

const frameworks: readonly (readonly [name: string, module: string])[] = [
  ['gin', 'github.com/gin-gonic/gin'],
  ['echo', 'github.com/labstack/echo'],
  ['fiber', 'github.com/gofiber/fiber'],
  ['chi', 'github.com/go-chi/chi'],
  ['gorilla', 'github.com/gorilla/mux'],
  ['grpc', 'google.golang.org/grpc'],
  ['cobra', 'github.com/spf13/cobra'],
];

/** Reads a module of Go. */
export function readGoPackage(place: PackagePlace, found: Findings): void {
  const { files, folder, warn } = place;
  const file = below(folder, 'go.mod');
  const lines = linesOf(files.text(file) ?? '');
  const name = /^module\s+"?([^\s"]+)/m.exec(lines.text)?.[1];
  const line = lines.of(/^module\s/m);
  if (name === undefined) warn({ file, line: 1, message: 'It names no module.' });
  else found.name ??= name;
  found.languages.add('go', { weight: 0.97, file, line, says: `module ${name ?? ''}` });
  found.packageManagers.add('go', { weight: 0.97, file, line, says: 'modules of Go' });
  const version = /^go\s+(\S+)/m.exec(lines.text)?.[1];
  if (version !== undefined)
    found.runtimes.add(`go ${version}`, { weight: 0.9, file, line: lines.of(/^go\s/m), says: `go ${version}` });
  for (const [framework, module] of frameworks) {
    const at = lines.of(new RegExp(`^\\s*(?:require\\s+)?${escaped(module)}(?:/\\S*)?\\s+v(?!.*// indirect)`, 'm'));
    if (at !== undefined) found.frameworks.add(framework, { weight: 0.85, file, line: at, says: `requires ${module}` });
  }
  goCommands(place, found, { file, line });
}

function goCommands(
  { files, folder }: PackagePlace,
  { commands, testRunners, frameworks: kinds }: Findings,
  at: { file: string; line: number | undefined },
): void {
  const cwd = cwdOf(folder);
  const inside = files.folders.filter((one) => folder === '' || one === folder || one.startsWith(`${folder}/`));
  const named = (pattern: RegExp): string | undefined => {
    for (const one of inside) {
      const name = files.names(one).find((each) => pattern.test(each));
      if (name !== undefined) return below(one, name);
    }
    return undefined;
  };
  commands.add('install', 'go mod download', { ...at, weight: 0.85, cwd, says: 'modules of Go' });
  commands.add('build', 'go build ./...', { ...at, weight: 0.85, cwd, says: 'module of Go' });
  commands.add('typecheck', 'go vet ./...', { ...at, weight: 0.6, cwd, says: 'the compiler comes with go vet' });
  const test = named(/_test\.go$/);
  if (test === undefined)
    commands.add('test', 'go test ./...', { ...at, weight: 0.5, cwd, says: 'no test file was found' });
  else {
    commands.add('test', 'go test ./...', { weight: 0.95, cwd, file: test, says: 'a test of Go' });
    testRunners.add('go', { weight: 0.95, file: test, says: 'a test of Go' });
  }
  const bench = benchIn(files, inside);
  if (bench)
    commands.add('bench', 'go test -run=^$ -bench=. ./...', { ...bench, weight: 0.85, cwd, says: 'a benchmark of Go' });
  const linter = files.names(folder).find((name) => /^\.golangci\.(ya?ml|toml|json)$/.test(name));
  if (linter !== undefined)
    commands.add('lint', 'golangci-lint run', {
      weight: 0.85,
      cwd,
      file: below(folder, linter),
      says: 'settings of golangci-lint',
    });
  const mains = inside.filter((one) => files.has(below(one, 'main.go')));
  for (const one of mains.slice(0, 5)) {
    const file = below(one, 'main.go');
    if (!/^package main\b/m.test(files.text(file) ?? '')) continue;
    const way = one === folder ? '.' : `./${folder === '' ? one : one.slice(folder.length + 1)}`;
    commands.add('start', `go run ${way}`, {
      weight: one === folder || /(^|\/)cmd\//.test(one) ? 0.8 : 0.5,
      cwd,
      file,
      line: linesOf(files.text(file) ?? '').of(/^package main\b/m),
      says: 'package main',
    });
  }
  if (mains.length === 0) kinds.add('library', { ...at, weight: 0.6, says: 'no package main' });
}

function benchIn(
  files: PackagePlace['files'],
  folders: readonly string[],
): { file: string; line: number | undefined } | undefined {
  for (const folder of folders) {
    for (const name of files.names(folder).filter((each) => each.endsWith('_test.go'))) {
      const file = below(folder, name);
      const line = linesOf(files.text(file) ?? '').of(/^func Benchmark\w+\(/m);
      if (line !== undefined) return { file, line };
    }
  }
  return undefined;
}
