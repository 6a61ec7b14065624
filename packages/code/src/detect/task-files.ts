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

/** Reads Makefile, justfile and Taskfile: targets that are named for a purpose, or that run what serves one. */
export function readTaskFiles({ files, folder, warn }: PackagePlace, found: Findings): void {
  for (const name of files.names(folder)) {
    const file = below(folder, name);
    const program = taskProgram(name);
    if (program === undefined) continue;
    const text = files.text(file) ?? '';
    const targets = program === 'task' ? taskfileTargets(readYaml(file, text, warn)) : textTargets(text, program);
    for (const target of targets) addTarget(target, found, { program, file, cwd: cwdOf(folder) });
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
