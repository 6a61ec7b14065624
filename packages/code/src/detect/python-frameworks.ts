import { cwdOf, type Findings, type PackagePlace } from './findings.ts';
import { linesOf } from './lines-of.ts';
import type { PythonManifests } from './python-requirements.ts';
import { record } from './read-manifest.ts';
import { below } from './repository-files.ts';

export interface PythonPlace extends PackagePlace {
  readonly manifests: PythonManifests;
  /** What stands before a program, for example `poetry run `. */
  readonly run: string;
}

const packages: Readonly<Record<string, string>> = {
  django: 'django',
  flask: 'flask',
  fastapi: 'fastapi',
  starlette: 'starlette',
  aiohttp: 'aiohttp',
  tornado: 'tornado',
  sanic: 'sanic',
  litestar: 'litestar',
  streamlit: 'streamlit',
  scrapy: 'scrapy',
};

/** Finds the frameworks of a project of Python, and what starts it. */
export function findPythonFrameworks(place: PythonPlace, found: Findings): void {
  const { files, folder, manifests } = place;
  for (const { name, file, line, extra } of manifests.requirements) {
    const framework = packages[name];
    if (framework !== undefined)
      found.frameworks.add(framework, { weight: extra === undefined ? 0.8 : 0.3, file, line, says: `needs ${name}` });
  }
  const manage = below(folder, 'manage.py');
  if (/django/i.test(files.text(manage) ?? '')) {
    found.frameworks.add('django', {
      weight: 0.95,
      file: manage,
      line: linesOf(files.text(manage) ?? '').of(/django/i),
      says: 'manage.py of Django',
    });
    const hint = { cwd: cwdOf(folder), file: manage, says: 'manage.py of Django' };
    found.commands.add('test', `${place.run}python manage.py test`, { ...hint, weight: 0.75 });
    found.commands.add('dev', `${place.run}python manage.py runserver`, { ...hint, weight: 0.9 });
  }
  for (const application of applications(place)) addApplication(application, place, found);
  shipped(place, found);
}

interface Application {
  readonly framework: 'fastapi' | 'flask' | 'starlette';
  readonly file: string;
  readonly line: number;
  /** As importers call it. */
  readonly module: string;
  readonly variable: string;
}

const entries = /^(main|app|application|server|wsgi|asgi|api|__init__|run)\.py$/;

/** Looks for the object of an application in the files it usually stands in. */
function applications({ files, folder }: PackagePlace): Application[] {
  const inside = files.folders.filter((one) => one === folder || (folder === '' ? true : one.startsWith(`${folder}/`)));
  const near = inside.filter(
    (one) => one.split('/').length - folder.split('/').length <= 3 && !/(^|\/)(tests?|examples?|docs?)(\/|$)/.test(one),
  );
  return near.flatMap((one) =>
    files
      .names(one)
      .filter((name) => entries.test(name))
      .flatMap((name) => applicationIn(below(one, name), files.text(below(one, name)) ?? '', folder)),
  );
}

function applicationIn(file: string, text: string, folder: string): Application[] {
  const found = /^(\w+)(?:\s*:\s*[\w.]+)?\s*=\s*(?:\w+\.)?(FastAPI|Flask|Starlette)\(/m.exec(text);
  const [, variable = '', kind = ''] = found ?? [];
  if (!found) return [];
  const way = (folder === '' ? file : file.slice(folder.length + 1))
    .replace(/\.py$/, '')
    .replace(/\/__init__$/, '')
    .replace(/^src\//, '');
  return [
    {
      framework: kind.toLowerCase() as Application['framework'],
      file,
      line: linesOf(text).at(found.index),
      module: way.replaceAll('/', '.'),
      variable,
    },
  ];
}

function addApplication(
  { framework, file, line, module, variable }: Application,
  { folder, run }: PythonPlace,
  found: Findings,
): void {
  found.frameworks.add(framework, { weight: 0.9, file, line, says: `${variable} = ${framework}(…)` });
  const hint = { cwd: cwdOf(folder), file, line, says: `the application ${variable}`, weight: 0.7 };
  if (framework === 'flask') {
    found.commands.add('start', `${run}flask --app ${module} run`, hint);
    found.commands.add('dev', `${run}flask --app ${module} run --debug`, hint);
    return;
  }
  found.commands.add('start', `${run}uvicorn ${module}:${variable}`, hint);
  found.commands.add('dev', `${run}uvicorn ${module}:${variable} --reload`, hint);
}

function shipped({ files, folder, manifests }: PythonPlace, found: Findings): void {
  const { pyproject } = manifests;
  const framed = found.frameworks.facts().some(({ confidence }) => confidence >= 0.6);
  const scripts = ['project', 'tool'].map((table) =>
    record(
      table === 'project'
        ? record(pyproject?.value['project'])['scripts']
        : record(record(pyproject?.value['tool'])['poetry'])['scripts'],
    ),
  );
  const [name] = scripts.flatMap((table) => Object.keys(table));
  if (name !== undefined && pyproject) {
    const line = pyproject.line('project', 'scripts', name) ?? pyproject.line('tool', 'poetry', 'scripts', name);
    found.frameworks.add('cli', { weight: framed ? 0.4 : 0.75, file: pyproject.file, line, says: `script ${name}` });
  }
  if (framed) return;
  const built =
    pyproject?.value['build-system'] !== undefined || record(pyproject?.value['project'])['name'] !== undefined;
  const file = built
    ? pyproject?.file
    : ['setup.py', 'setup.cfg'].map((one) => below(folder, one)).find((one) => files.has(one));
  if (file !== undefined) found.frameworks.add('library', { weight: 0.65, file, says: 'a package that is installed' });
}
