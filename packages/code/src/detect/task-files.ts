import { cwdOf, type Findings, type PackagePlace } from './findings.ts';
import { purposeOfName, purposesOf } from './purposes-of.ts';
import { readYaml, record, strings } from './read-manifest.ts';
import { below } from './repository-files.ts';

interface Target {
  readonly name: string;
  readonly line: number;
  /** What it runs, a line each. */
  readonly body: readonly string[];
}

/** Reads Makefile, justfile, Taskfile and folders of scripts: targets that are named for a purpose, or that run what serves one. */
export function readTaskFiles(place: PackagePlace, found: Findings): void {
  const { files, folder, warn } = place;
  readScripts(place, found);
  for (const name of files.names(folder)) {
    const file = below(folder, name);
    const program = taskProgram(name);
    if (program === undefined) continue;
    const text = files.text(file) ?? '';
    const targets = program === 'task' ? taskfileTargets(readYaml(file, text, warn)) : textTargets(text, program);
    for (const target of targets) addTarget(target, found, { program, file, cwd: cwdOf(folder) });
  }
}

/** Scripts that lie in a folder of such, each named for a purpose. */
function readScripts({ files, folder }: PackagePlace, { commands }: Findings): void {
  for (const place of ['scripts', 'script', 'bin']) {
    for (const name of files.names(below(folder, place))) {
      const plain = /^([\w-]+?)(?:\.sh)?$/.exec(name)?.[1];
      const purpose = plain === undefined ? undefined : purposeOfName(plain);
      if (plain === undefined || purpose === undefined || plain.includes('_')) continue;
      const file = below(below(folder, place), name);
      commands.add(purpose, `${place}/${name}`, { weight: 0.55, cwd: cwdOf(folder), file, says: `script ${name}` });
    }
  }
}

/** Tells whether a file names targets. */
export function isTaskFile(name: string): boolean {
  return taskProgram(name) !== undefined;
}

function taskProgram(name: string): 'make' | 'just' | 'task' | undefined {
  if (/^(GNUmakefile|[Mm]akefile)$/.test(name)) return 'make';
  if (/^\.?justfile$/i.test(name)) return 'just';
  return /^[Tt]askfile\.ya?ml$/.test(name) ? 'task' : undefined;
}

interface TargetPlace {
  readonly program: 'make' | 'just' | 'task';
  readonly file: string;
  readonly cwd: string;
}

function addTarget({ name, line, body }: Target, { commands }: Findings, { program, file, cwd }: TargetPlace): void {
  const hint = { cwd, file, line, says: `target ${name}` };
  const named = purposeOfName(name);
  if (named) return commands.add(named, `${program} ${name}`, { ...hint, weight: /[:_-]/.test(name) ? 0.6 : 0.8 });
  if (/^(all|default|ci|check|verify|clean|help|release|publish|deploy)$/.test(name) && program !== 'make') return;
  for (const purpose of new Set(body.flatMap(purposesOf)))
    commands.add(purpose, `${program} ${name}`, { ...hint, weight: 0.4 });
}

function textTargets(text: string, program: 'make' | 'just'): Target[] {
  const head =
    program === 'make'
      ? /^([A-Za-z0-9][\w./-]*)\s*:(?![:=])(?!.*\s:?=)/
      : /^@?([A-Za-z_][\w-]*)(?:\s+[\w='"*+$-]+)*\s*:(?!=)/;
  const targets: { name: string; line: number; body: string[] }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const name = head.exec(line)?.[1];
    const last = targets.at(-1);
    if (name !== undefined && !name.includes('.')) targets.push({ name, line: index + 1, body: [] });
    else if (last && /^\s+\S/.test(line)) last.body.push(line.trim().replace(/^[@-]+/, ''));
  }
  return targets;
}

function taskfileTargets(manifest: ReturnType<typeof readYaml>): Target[] {
  return Object.entries(record(manifest.value['tasks'])).map(([name, task]) => ({
    name,
    line: manifest.line('tasks', name) ?? 1,
    body: Array.isArray(task) ? strings(task) : strings(record(task)['cmds']),
  }));
}
