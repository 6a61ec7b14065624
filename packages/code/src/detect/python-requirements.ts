import type { PackagePlace } from './findings.ts';
import { linesOf } from './lines-of.ts';
import { readToml, record, strings, type Manifest } from './read-manifest.ts';
import { below } from './repository-files.ts';

/** A package that a project of Python names. */
export interface Requirement {
  /** Lower case, with dashes. */
  readonly name: string;
  readonly file: string;
  readonly line: number | undefined;
  /** Only for development, tests or an extra. */
  readonly extra?: string;
}

/** The files that say what a project of Python needs, as data. */
export interface PythonManifests {
  readonly pyproject: Manifest | undefined;
  readonly pipfile: Manifest | undefined;
  /** `setup.cfg` and `tox.ini`, by name. */
  readonly ini: ReadonlyMap<string, string>;
  readonly requirements: readonly Requirement[];
  /** Names of the requirements files, the main one first. */
  readonly lists: readonly string[];
}

/** Reads every file of a folder that names packages of Python. */
export function readPythonManifests({ files, folder, warn }: PackagePlace): PythonManifests {
  const names = files.names(folder);
  const text = (name: string): string => files.text(below(folder, name)) ?? '';
  const toml = (name: string): Manifest | undefined =>
    names.includes(name) ? readToml(below(folder, name), text(name), warn) : undefined;
  const lists = names.filter((name) =>
    /^requirements([-_.][\w.-]*)?\.(txt|in)$|^(dev|test)[-_]requirements\.txt$/.test(name),
  );
  const nested = files.names(below(folder, 'requirements')).filter((name) => name.endsWith('.txt'));
  const all = [
    ...lists.toSorted((one, other) => one.length - other.length),
    ...nested.map((name) => `requirements/${name}`),
  ];
  const pyproject = toml('pyproject.toml');
  const pipfile = toml('Pipfile');
  const ini = new Map(
    ['setup.cfg', 'tox.ini'].filter((name) => names.includes(name)).map((name) => [name, text(name)]),
  );
  const requirements = [
    ...(pyproject ? ofPyproject(pyproject) : []),
    ...(pipfile ? ofPipfile(pipfile) : []),
    ...all.flatMap((name) => ofList(below(folder, name), text(name))),
    ...(names.includes('setup.py') ? ofSetup(below(folder, 'setup.py'), text('setup.py')) : []),
    ...ofIni(folder, ini),
  ];
  return { pyproject, pipfile, ini, requirements, lists: all };
}

function ofPyproject(manifest: Manifest): Requirement[] {
  const { value } = manifest;
  const project = record(value['project']);
  const poetry = record(record(value['tool'])['poetry']);
  const named = (list: unknown, way: readonly string[], extra?: string): Requirement[] =>
    strings(list).map((one) => requirement(one, manifest, { way, extra }));
  const keyed = (table: unknown, way: readonly string[], extra?: string): Requirement[] =>
    Object.keys(record(table))
      .filter((name) => name !== 'python')
      .map((name) => requirement(name, manifest, { way: [...way, name], extra }));
  const groups = (table: unknown, way: readonly string[]): Requirement[] =>
    Object.entries(record(table)).flatMap(([name, list]) => named(list, [...way, name], name));
  return [
    ...named(project['dependencies'], ['project', 'dependencies']),
    ...groups(project['optional-dependencies'], ['project', 'optional-dependencies']),
    ...groups(value['dependency-groups'], ['dependency-groups']),
    ...named(record(record(value['tool'])['uv'])['dev-dependencies'], ['tool', 'uv', 'dev-dependencies'], 'dev'),
    ...keyed(poetry['dependencies'], ['tool', 'poetry', 'dependencies']),
    ...keyed(poetry['dev-dependencies'], ['tool', 'poetry', 'dev-dependencies'], 'dev'),
    ...Object.entries(record(poetry['group'])).flatMap(([name, group]) =>
      keyed(record(group)['dependencies'], ['tool', 'poetry', 'group', name, 'dependencies'], name),
    ),
  ];
}

function requirement(
  text: string,
  manifest: Manifest,
  { way, extra }: { way: readonly string[]; extra?: string | undefined },
): Requirement {
  return {
    name: nameIn(text),
    file: manifest.file,
    line: manifest.line(...way),
    ...(extra === undefined ? {} : { extra }),
  };
}

function ofPipfile(manifest: Manifest): Requirement[] {
  return (['packages', 'dev-packages'] as const).flatMap((table) =>
    Object.keys(record(manifest.value[table])).map((name) =>
      requirement(name, manifest, { way: [table, name], ...(table === 'packages' ? {} : { extra: 'dev' }) }),
    ),
  );
}

function ofList(file: string, text: string): Requirement[] {
  const extra = /(dev|test|lint|docs?|ci|type)/.exec(file.slice(file.lastIndexOf('/') + 1))?.[1];
  return text.split('\n').flatMap((line, index) => {
    const name = /^\s*([A-Za-z][\w.-]*)/.exec(line)?.[1];
    return name === undefined
      ? []
      : [{ name: nameIn(name), file, line: index + 1, ...(extra === undefined ? {} : { extra }) }];
  });
}

/** A program says it in whatever way it likes; lists of strings are what can be read without running it. */
function ofSetup(file: string, text: string): Requirement[] {
  const lines = linesOf(text);
  const found: Requirement[] = [];
  for (const list of text.matchAll(/\b(install_requires|tests_require|extras_require)\s*=\s*([[{][\s\S]*?[\]}])/g)) {
    const start = list.index + list[0].length - (list[2]?.length ?? 0);
    for (const one of (list[2] ?? '').matchAll(/["']([A-Za-z][\w.-]*)/g))
      found.push({
        name: nameIn(one[1] ?? ''),
        file,
        line: lines.at(start + one.index),
        ...(list[1] === 'install_requires' ? {} : { extra: 'extra' }),
      });
  }
  return found;
}

function ofIni(folder: string, ini: ReadonlyMap<string, string>): Requirement[] {
  const text = ini.get('setup.cfg') ?? '';
  const lines = linesOf(text);
  const found: Requirement[] = [];
  for (const block of text.matchAll(/^(install_requires|tests_require)\s*=\s*((?:\n?[ \t]+.*)*)/gm)) {
    const start = block.index + block[0].length - (block[2]?.length ?? 0);
    for (const one of (block[2] ?? '').matchAll(/^\s*([A-Za-z][\w.-]*)/gm))
      found.push({
        name: nameIn(one[1] ?? ''),
        file: below(folder, 'setup.cfg'),
        line: lines.at(start + one.index + one[0].search(/\S/)),
      });
  }
  return found;
}

function nameIn(text: string): string {
  return (/^[A-Za-z0-9][\w.-]*/.exec(text)?.[0] ?? text).toLowerCase().replaceAll(/[_.]+/g, '-');
}
