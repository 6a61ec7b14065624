import { cwdOf, type Findings, type PackagePlace } from './findings.ts';
import type { Hint } from './gather.ts';
import { linesOf } from './lines-of.ts';
import { findPythonFrameworks } from './python-frameworks.ts';
import { readPythonManifests, type PythonManifests } from './python-requirements.ts';
import { purposeOfName, purposesOf } from './purposes-of.ts';
import { record } from './read-manifest.ts';
import { below, folderOf } from './repository-files.ts';

/** Lock files with their managers. */
export const pythonLocks: Readonly<Record<string, string>> = {
  'poetry.lock': 'poetry',
  'uv.lock': 'uv',
  'pdm.lock': 'pdm',
  'Pipfile.lock': 'pipenv',
  'pixi.lock': 'pixi',
};

/** How a manager starts programs of the project's environment. */
const prefixes: Readonly<Record<string, string>> = {
  poetry: 'poetry run ',
  uv: 'uv run ',
  pdm: 'pdm run ',
  pipenv: 'pipenv run ',
  hatch: 'hatch run ',
};

/** Reads a project of Python. */
export function readPythonPackage(place: PackagePlace, found: Findings): void {
  const manifests = readPythonManifests(place);
  const { pyproject } = manifests;
  const project = record(pyproject?.value['project']);
  const poetry = record(record(pyproject?.value['tool'])['poetry']);
  const name =
    project['name'] ?? poetry['name'] ?? /^name\s*=\s*(\S+)/m.exec(manifests.ini.get('setup.cfg') ?? '')?.[1];
  if (typeof name === 'string') found.name ??= name;
  const file = manifestOf(place, manifests);
  found.languages.add('python', { weight: 0.95, file, says: 'manifest of Python' });
  findManagers(place, manifests, found);
  const manager = found.packageManagers.facts().find(({ value }) => managers.has(value))?.value ?? 'pip';
  const run = prefixes[manager] ?? '';
  findInstall(place, manifests, found, manager);
  findTests(place, manifests, found, run);
  findChecks(place, manifests, found, run);
  findTasks(place, manifests, found);
  findBuild(place, manifests, found, manager);
  findRuntimes(place, manifests, found);
  findPythonFrameworks({ ...place, manifests, run }, found);
}

const managers = new Set(['poetry', 'uv', 'pdm', 'pipenv', 'hatch', 'conda', 'pip', 'pixi', 'flit']);

function manifestOf({ files, folder }: PackagePlace, { lists }: PythonManifests): string {
  const names = ['pyproject.toml', 'setup.cfg', 'setup.py', 'Pipfile', ...lists, 'manage.py', 'environment.yml'];
  return below(folder, names.find((name) => files.has(below(folder, name))) ?? 'pyproject.toml');
}

function findManagers(
  { files, folder }: PackagePlace,
  { pyproject, lists }: PythonManifests,
  { packageManagers }: Findings,
): void {
  for (const name of files.names(folder)) {
    const locked = pythonLocks[name];
    const file = below(folder, name);
    if (locked !== undefined) packageManagers.add(locked, { weight: 0.9, file, says: `lock file of ${locked}` });
    if (name === 'Pipfile') packageManagers.add('pipenv', { weight: 0.85, file, says: 'manifest of pipenv' });
    if (/^environment\.ya?ml$/.test(name))
      packageManagers.add('conda', { weight: 0.7, file, says: 'environment of conda' });
  }
  for (const tool of ['poetry', 'uv', 'pdm', 'hatch', 'flit']) {
    const section = record(pyproject?.value['tool'])[tool];
    if (section !== undefined && pyproject)
      packageManagers.add(tool, {
        weight: tool === 'hatch' ? 0.4 : 0.8,
        file: pyproject.file,
        line: pyproject.line('tool', tool),
        says: `settings of ${tool}`,
      });
  }
  const above = files.has(below(folder, 'uv.lock')) ? undefined : outerLock(files, folder);
  if (above !== undefined) packageManagers.add('uv', { weight: 0.8, file: above, says: 'lock file of the workspace' });
  const [list] = lists;
  if (list !== undefined)
    packageManagers.add('pip', { weight: 0.7, file: below(folder, list), says: 'list of requirements' });
  const rest = ['setup.py', 'setup.cfg', 'pyproject.toml'].find((name) => files.has(below(folder, name)));
  if (rest !== undefined)
    packageManagers.add('pip', {
      weight: packageManagers.facts().length === 0 ? 0.6 : 0.2,
      file: below(folder, rest),
      says: 'pip installs it',
    });
}

/** The lock file of a workspace of uv around a folder. */
function outerLock(files: PackagePlace['files'], folder: string): string | undefined {
  for (let at = folder; at !== '';) {
    at = folderOf(at);
    if (files.has(below(at, 'uv.lock'))) return below(at, 'uv.lock');
  }
  return undefined;
}

const installs: Readonly<Record<string, string>> = {
  poetry: 'poetry install',
  uv: 'uv sync',
  pdm: 'pdm install',
  pipenv: 'pipenv install --dev',
  hatch: 'hatch env create',
  conda: 'conda env update -f environment.yml',
  pixi: 'pixi install',
};

function findInstall(
  { files, folder }: PackagePlace,
  { pyproject, lists }: PythonManifests,
  { commands, packageManagers }: Findings,
  manager: string,
): void {
  const cwd = cwdOf(folder);
  const first = packageManagers.facts().find(({ value }) => value === manager)?.evidence[0];
  const known = installs[manager];
  if (known !== undefined && first) commands.add('install', known, { ...first, weight: 0.85, cwd });
  for (const list of lists.slice(0, 4))
    commands.add('install', `pip install -r ${list}`, {
      weight: known === undefined ? 0.75 : 0.3,
      cwd,
      file: below(folder, list),
      says: 'list of requirements',
    });
  const own = ['pyproject.toml', 'setup.py', 'setup.cfg'].find((name) =>
    name === 'setup.cfg'
      ? /^\[(metadata|options)\]/m.test(files.text(below(folder, name)) ?? '')
      : files.has(below(folder, name)),
  );
  if (
    known !== undefined ||
    own === undefined ||
    (own === 'pyproject.toml' &&
      pyproject?.value['project'] === undefined &&
      pyproject?.value['build-system'] === undefined)
  )
    return;
  const extras = Object.keys(record(record(pyproject?.value['project'])['optional-dependencies'])).filter((name) =>
    /^(dev|test|tests|testing|all)$/.test(name),
  );
  const wanted = extras.length === 0 ? '' : `[${extras.slice(0, 2).join(',')}]`;
  commands.add('install', wanted === '' ? 'pip install -e .' : `pip install -e '.${wanted}'`, {
    weight: 0.7,
    cwd,
    file: below(folder, own),
    says: 'pip installs it in place',
  });
}

function findTests(
  place: PackagePlace,
  manifests: PythonManifests,
  { commands, testRunners }: Findings,
  run: string,
): void {
  const { files, folder } = place;
  const cwd = cwdOf(folder);
  for (const hint of pytestHints(place, manifests)) testRunners.add('pytest', hint);
  const [pytest] = testRunners.facts().filter(({ value }) => value === 'pytest');
  const [first] = pytest?.evidence ?? [];
  if (pytest && first)
    commands.add('test', `${run}pytest`, { ...first, weight: Math.min(0.9, pytest.confidence), cwd });
  const tox = manifests.ini.get('tox.ini') ?? '';
  const line = linesOf(tox).of(/^\[(tox|testenv)\b/m);
  if (line !== undefined)
    commands.add('test', 'tox', {
      weight: 0.6,
      cwd,
      file: below(folder, 'tox.ini'),
      line,
      says: 'environments of tox',
    });
  for (const [, name] of tox.matchAll(/^\[testenv:([\w-]+)\]/gm)) {
    const purpose = purposeOfName(name ?? '');
    if (purpose && purpose !== 'test')
      commands.add(purpose, `tox -e ${name ?? ''}`, {
        weight: 0.6,
        cwd,
        file: below(folder, 'tox.ini'),
        line: linesOf(tox).of(new RegExp(`^\\[testenv:${name ?? ''}\\]`, 'm')),
        says: `environment ${name ?? ''} of tox`,
      });
  }
  if (files.has(below(folder, 'noxfile.py')))
    commands.add('test', 'nox', { weight: 0.55, cwd, file: below(folder, 'noxfile.py'), says: 'sessions of nox' });
  if (commands.has('test')) return;
  const unit = unitTest(place);
  if (!unit) return;
  testRunners.add('unittest', { ...unit, weight: 0.7, says: 'a test of unittest' });
  commands.add('test', `${run}python -m unittest discover`, { ...unit, weight: 0.65, cwd, says: 'a test of unittest' });
}

function pytestHints({ files, folder }: PackagePlace, { pyproject, ini, requirements }: PythonManifests): Hint[] {
  const hints: Hint[] = [];
  const settings = record(record(pyproject?.value['tool'])['pytest']);
  if (pyproject && Object.keys(settings).length > 0)
    hints.push({
      weight: 0.9,
      file: pyproject.file,
      line: pyproject.line('tool', 'pytest', 'ini_options'),
      says: 'settings of pytest',
    });
  for (const [name, text] of [...ini, ['pytest.ini', files.text(below(folder, 'pytest.ini')) ?? ''] as const]) {
    const line = linesOf(text).of(/^\[(tool:)?pytest\]/m);
    if (line !== undefined) hints.push({ weight: 0.9, file: below(folder, name), line, says: 'settings of pytest' });
  }
  const named =
    requirements.find(({ name }) => name === 'pytest') ?? requirements.find(({ name }) => name.startsWith('pytest-'));
  if (named) hints.push({ weight: 0.8, file: named.file, line: named.line, says: `needs ${named.name}` });
  for (const one of ['', 'tests', 'test']) {
    const path = below(below(folder, one).replace(/\/$/, ''), 'conftest.py');
    if (files.has(path)) hints.push({ weight: 0.85, file: path, says: 'fixtures of pytest' });
  }
  return hints;
}

function unitTest({ files, folder }: PackagePlace): { file: string; line: number | undefined } | undefined {
  const inside = files.folders.filter((one) => folder === '' || one === folder || one.startsWith(`${folder}/`));
  for (const one of inside) {
    for (const name of files.names(one).filter((each) => /^test.*\.py$|_test\.py$|^tests\.py$/.test(each))) {
      const file = below(one, name);
      const line = linesOf(files.text(file) ?? '').of(/^\s*(import unittest|from unittest)\b/m);
      if (line !== undefined) return { file, line };
    }
  }
  return undefined;
}

const checks: readonly (readonly [
  tool: string,
  purpose: 'typecheck' | 'lint' | 'format',
  words: string,
  configs: RegExp,
])[] = [
  ['mypy', 'typecheck', 'mypy .', /^\.?mypy\.ini$/],
  ['pyright', 'typecheck', 'pyright', /^pyrightconfig\.json$/],
  ['ruff', 'lint', 'ruff check .', /^\.?ruff\.toml$/],
  ['flake8', 'lint', 'flake8', /^\.flake8$/],
  ['pylint', 'lint', 'pylint .', /^\.?pylintrc$/],
  ['black', 'format', 'black --check .', /^$/],
];

function findChecks(
  { files, folder }: PackagePlace,
  { pyproject, ini, requirements }: PythonManifests,
  { commands }: Findings,
  run: string,
): void {
  const cwd = cwdOf(folder);
  for (const [tool, purpose, words, configs] of checks) {
    const hints: Hint[] = [];
    if (pyproject && record(pyproject.value['tool'])[tool] !== undefined)
      hints.push({
        weight: 0.75,
        file: pyproject.file,
        line: pyproject.line('tool', tool),
        says: `settings of ${tool}`,
      });
    const config = files.names(folder).find((name) => configs.test(name));
    if (config !== undefined) hints.push({ weight: 0.75, file: below(folder, config), says: `settings of ${tool}` });
    for (const [name, text] of ini) {
      const line = linesOf(text).of(new RegExp(`^\\[${tool}\\]`, 'm'));
      if (line !== undefined) hints.push({ weight: 0.7, file: below(folder, name), line, says: `settings of ${tool}` });
    }
    const named = requirements.find(({ name }) => name === tool);
    if (named) hints.push({ weight: 0.6, file: named.file, line: named.line, says: `needs ${tool}` });
    for (const hint of hints) commands.add(purpose, run + words, { ...hint, cwd });
  }
}

/** Tasks that people give names in pyproject.toml. */
function findTasks({ folder }: PackagePlace, { pyproject }: PythonManifests, { commands }: Findings): void {
  const tool = record(pyproject?.value['tool']);
  const tables: readonly (readonly [way: readonly string[], start: string])[] = [
    [['tool', 'poe', 'tasks'], 'poe'],
    [['tool', 'pdm', 'scripts'], 'pdm run'],
    [['tool', 'taskipy', 'tasks'], 'task'],
    [['tool', 'hatch', 'envs', 'default', 'scripts'], 'hatch run'],
    [['tool', 'pixi', 'tasks'], 'pixi run'],
  ];
  for (const [way, start] of tables) {
    const table = way.slice(1).reduce<Readonly<Record<string, unknown>>>((at, key) => record(at[key]), tool);
    for (const [name, body] of Object.entries(table)) {
      const found = purposeOfName(name) ?? (typeof body === 'string' ? purposesOf(body)[0] : undefined);
      if (found && pyproject)
        commands.add(found, `${start} ${name}`, {
          weight: 0.75,
          cwd: cwdOf(folder),
          file: pyproject.file,
          line: pyproject.line(...way, name),
          says: `task ${name}`,
        });
    }
  }
}

const builds: Readonly<Record<string, string>> = {
  poetry: 'poetry build',
  uv: 'uv build',
  pdm: 'pdm build',
  hatch: 'hatch build',
  flit: 'flit build',
};

function findBuild(
  { files, folder }: PackagePlace,
  { pyproject }: PythonManifests,
  { commands }: Findings,
  manager: string,
): void {
  const cwd = cwdOf(folder);
  const command = builds[manager] ?? 'python -m build';
  if (pyproject?.value['build-system'] !== undefined)
    commands.add('build', command, {
      weight: 0.75,
      cwd,
      file: pyproject.file,
      line: pyproject.line('build-system'),
      says: 'build-system',
    });
  else if (files.has(below(folder, 'setup.py')))
    commands.add('build', 'python -m build', { weight: 0.55, cwd, file: below(folder, 'setup.py'), says: 'setup.py' });
}

function findRuntimes({ files, folder }: PackagePlace, { pyproject }: PythonManifests, { runtimes }: Findings): void {
  const asked =
    record(pyproject?.value['project'])['requires-python'] ??
    record(record(record(pyproject?.value['tool'])['poetry'])['dependencies'])['python'];
  if (pyproject && typeof asked === 'string') {
    const line =
      pyproject.line('project', 'requires-python') ?? pyproject.line('tool', 'poetry', 'dependencies', 'python');
    runtimes.add(`python ${asked}`, { weight: 0.9, file: pyproject.file, line, says: `asks for Python ${asked}` });
  }
  const file = below(folder, '.python-version');
  const version = files.has(file) ? files.text(file)?.trim().split('\n')[0] : undefined;
  if (version) runtimes.add(`python ${version}`, { weight: 0.8, file, line: 1, says: `.python-version is ${version}` });
}
