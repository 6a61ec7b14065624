import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { cwdOf } from './findings.ts';
import { linesOf } from './lines-of.ts';
import { partsOf } from './line-parts.ts';
import { purposesOf } from './purposes-of.ts';
import { readYaml, record, type Warn } from './read-manifest.ts';
import { below, type RepositoryFiles } from './repository-files.ts';
import type { WorkflowStep } from './stack.ts';

/** A step that sets a tool up, for example `actions/setup-node`. */
export interface SetupStep {
  readonly uses: string;
  readonly with: Readonly<Record<string, unknown>>;
  readonly matrix: Matrix;
  readonly file: string;
  readonly line: number;
}

export interface Workflows {
  readonly steps: readonly WorkflowStep[];
  readonly setups: readonly SetupStep[];
}

/** Reads the workflows of GitHub Actions, and the actions of the repository that they use. */
export function readWorkflows(files: RepositoryFiles, warn: Warn): Workflows {
  const steps: WorkflowStep[] = [];
  const setups: SetupStep[] = [];
  const into = { steps, setups };
  for (const name of files.names('.github/workflows').filter((each) => /\.ya?ml$/.test(each)))
    readWorkflow(`.github/workflows/${name}`, { files, warn, into });
  for (const folder of files.folders.filter((each) => each.startsWith('.github/actions/')))
    for (const name of files.names(folder).filter((each) => /^action\.ya?ml$/.test(each)))
      readAction(below(folder, name), { files, warn, into });
  return { steps, setups };
}

interface Reading {
  readonly files: RepositoryFiles;
  readonly warn: Warn;
  readonly into: { readonly steps: WorkflowStep[]; readonly setups: SetupStep[] };
}

function readWorkflow(file: string, { files, warn, into }: Reading): void {
  const text = files.text(file) ?? '';
  const { document, value } = readYaml(file, text, warn);
  const jobs = mapAt(document.contents, 'jobs');
  const workflow =
    typeof value['name'] === 'string' ? value['name'] : file.slice(file.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '');
  for (const { key, value: job } of jobs?.items ?? []) {
    const name = isScalar(key) ? String(key.value) : '';
    const plain = record(record(value['jobs'])[name]);
    const folder = folderIn(plain) ?? folderIn(value) ?? '';
    readSteps(mapOf(job as Node), { file, text, workflow, job: name, folder, matrix: matrixOf(plain), into });
  }
}

function readAction(file: string, { files, warn, into }: Reading): void {
  const text = files.text(file) ?? '';
  const { document, value } = readYaml(file, text, warn);
  const workflow = typeof value['name'] === 'string' ? value['name'] : file;
  readSteps(mapAt(document.contents, 'runs'), { file, text, workflow, job: 'action', folder: '', matrix: {}, into });
}

function folderIn(value: Readonly<Record<string, unknown>>): string | undefined {
  const folder = record(record(value['defaults'])['run'])['working-directory'];
  return typeof folder === 'string' ? folder : undefined;
}

/** Variables of a job with their values. */
export type Matrix = Readonly<Record<string, readonly string[]>>;

/** The values of a matrix, those of `include` among them. */
function matrixOf(job: Readonly<Record<string, unknown>>): Matrix {
  const { include, exclude: _, ...axes } = record(record(job['strategy'])['matrix']);
  const values = new Map<string, string[]>();
  const add = (name: string, value: unknown): void => {
    if (!['string', 'number', 'boolean'].includes(typeof value)) return;
    const known = values.get(name) ?? [];
    if (!known.includes(String(value))) known.push(String(value));
    values.set(name, known);
  };
  for (const [name, list] of Object.entries(axes)) for (const one of Array.isArray(list) ? list : []) add(name, one);
  for (const entry of Array.isArray(include) ? include : [])
    for (const [name, one] of Object.entries(record(entry))) add(name, one);
  return Object.fromEntries(values);
}

interface StepsPlace {
  readonly file: string;
  readonly text: string;
  readonly workflow: string;
  readonly job: string;
  readonly folder: string;
  readonly matrix: Matrix;
  readonly into: Reading['into'];
}

function readSteps(holder: YAMLMap | undefined, place: StepsPlace): void {
  const steps = holder?.get('steps', true);
  if (!isSeq(steps)) return;
  const lines = linesOf(place.text);
  const lineOf = (node: unknown): number => lines.at((node as Node).range?.[0] ?? 0);
  for (const step of steps.items) {
    if (!isMap(step)) continue;
    const uses = step.get('uses', true);
    if (isScalar(uses))
      place.into.setups.push({
        uses: String(uses.value),
        with: plainOf(step.get('with')),
        matrix: place.matrix,
        file: place.file,
        line: lineOf(uses),
      });
    const run = step.get('run', true);
    if (!isScalar(run) || typeof run.value !== 'string') continue;
    const block = run.type === 'BLOCK_LITERAL' || run.type === 'BLOCK_FOLDED';
    const inside = step.get('working-directory');
    const folder = typeof inside === 'string' ? inside : place.folder;
    addLines(run.value, {
      ...place,
      folder,
      line: lineOf(run) + (block ? 1 : 0),
      literal: run.type === 'BLOCK_LITERAL',
    });
  }
}

function plainOf(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? record(value.toJSON()) : {};
}

interface LinesPlace extends StepsPlace {
  readonly line: number;
  readonly literal: boolean;
}

function addLines(text: string, place: LinesPlace): void {
  let folder = place.folder;
  for (const { line, offset } of joinedLines(text)) {
    for (const command of filled(line, place.matrix)) {
      const parts = partsOf(command);
      for (const part of parts) addStep(part.command, below(clean(folder), part.folder), place, offset);
    }
    // A line that only moves holds for those after it.
    const moved = /^\s*cd\s+(?:--\s+)?["']?([^"'\s&;]+)["']?\s*$/.exec(line)?.[1];
    if (moved !== undefined) folder = below(clean(folder), moved);
  }
}

function addStep(
  command: string,
  folder: string,
  { into, workflow, job, matrix, file, line, literal }: LinesPlace,
  offset: number,
): void {
  const used = Object.keys(matrix).length > 0 ? { matrix } : {};
  into.steps.push({
    workflow,
    job,
    command,
    cwd: cwdOf(clean(folder)),
    purposes: purposesOf(command),
    ...used,
    file,
    line: literal ? line + offset : line,
  });
}

/** A folder without `./` in front and slashes at its ends. */
function clean(folder: string): string {
  const parts: string[] = [];
  for (const part of folder.replace(/\$\{\{\s*github\.workspace\s*\}\}/, '').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/** Lines that end in a backslash go on; comments and words of the shell itself are left out. */
function joinedLines(text: string): { line: string; offset: number }[] {
  const found: { line: string; offset: number }[] = [];
  let open: { line: string; offset: number } | undefined;
  for (const [offset, line] of text.split('\n').entries()) {
    const all: { line: string; offset: number } = open
      ? { line: `${open.line} ${line.trim()}`, offset: open.offset }
      : { line, offset };
    open = all.line.endsWith('\\') ? { ...all, line: all.line.slice(0, -1).trimEnd() } : undefined;
    if (
      !open &&
      all.line.trim() !== '' &&
      !/^\s*(#|if\b|then\b|else\b|fi\b|for\b|do\b|done\b|set [-+]|echo\b|export\b|\}|\{)/.test(all.line)
    )
      found.push(all);
  }
  return found;
}

const maxFilled = 8;

/** Fills in each value of the matrix that a line names. */
export function filled(line: string, matrix: Matrix): string[] {
  let lines = [line];
  for (const [name, values] of Object.entries(matrix)) {
    const pattern = new RegExp(`\\$\\{\\{\\s*matrix\\.${name.replace(/[^\w-]/g, '')}\\s*\\}\\}`, 'g');
    if (!pattern.test(line)) continue;
    lines = lines.flatMap((one) => values.map((value) => one.replace(pattern, () => value))).slice(0, maxFilled);
  }
  return lines;
}

function mapAt(node: unknown, key: string): YAMLMap | undefined {
  return isMap(node) ? mapOf(node.get(key, true) as Node) : undefined;
}

function mapOf(node: Node | null | undefined): YAMLMap | undefined {
  return isMap(node) ? node : undefined;
}
