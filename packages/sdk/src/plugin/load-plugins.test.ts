import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { describePlugin } from './describe-plugin.ts';
import { loadPlugins } from './load-plugins.ts';
import type { PluginDescription } from './plugin.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-plugins-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Installs a package as npm would, by its files. */
async function install(name: string, manifest: object, files: Readonly<Record<string, string>>): Promise<void> {
  const all = { 'package.json': JSON.stringify({ name, version: '1.2.3', type: 'module', ...manifest }), ...files };
  for (const [path, text] of Object.entries(all)) {
    const file = join(folder, 'node_modules', name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

const declares = (provides: readonly string[], needs: object = {}) => ({ capstan: { plugin: { provides, needs } } });
const yes = () => true;

test('what a plug-in needs is shown before any of its code runs, and code that is not trusted never does', async () => {
  await install(
    'capstan-plugin-loud',
    {
      description: 'Is loud.',
      license: 'MIT',
      ...declares(['tools'], { network: ['api.example'], env: ['LOUD_KEY'] }),
    },
    { 'index.js': 'globalThis.loudRan = true; export const plugin = { tools: [] };' },
  );
  const shown: PluginDescription[] = [];
  const trust = (plugin: PluginDescription) => shown.push(plugin) < 0;
  await expect(loadPlugins(['capstan-plugin-loud'], { from: folder, trust })).rejects.toThrow('not trusted');
  expect(shown).toMatchObject([
    {
      name: 'capstan-plugin-loud',
      version: '1.2.3',
      description: 'Is loud.',
      license: 'MIT',
      provides: ['tools'],
      needs: { network: ['api.example'], env: ['LOUD_KEY'] },
    },
  ]);
  expect('loudRan' in globalThis).toBe(false);
});

test('tools, hooks, rules and vendors of plug-ins work in an agent, in the order they are named', async () => {
  await install(
    '@team/plugin-weather',
    {
      exports: { '.': { types: './x.d.ts', import: './lib/entry.js' } },
      ...declares(['tools', 'rules', 'providers'], { env: ['CITY', 'UNSET'] }),
    },
    {
      'lib/entry.js': `export const plugin = ({ env }) => ({
        tools: [{ name: 'weather', description: 'Tells the weather.', input: { type: 'object' },
          effects: () => [{ kind: 'network', url: 'https://weather.example/' }], execute: () => 'Sun over ' + env.CITY + (env.HOME ?? '') }],
        rules: [{ id: 'no-rain', match: { effect: 'network', hosts: ['rain.example'] }, verdict: 'deny', reason: 'No rain.' }],
        providers: { cloud: (model) => ({ id: 'cloud/' + model, info: {}, async *stream() {} }) },
      });`,
    },
  );
  await install('capstan-plugin-polite', declares(['hooks']), {
    'index.js': `const add = (word) => ({ name: word, afterTool: (result) => ({ ...result, parts: [{ type: 'text', text: result.parts[0].text + ' ' + word }] }) });
      export const plugin = { hooks: [add('please'), add('thanks')] };`,
  });
  const env = { CITY: 'Rome', HOME: '/home/ada' };
  const loaded = await loadPlugins(['@team/plugin-weather', 'capstan-plugin-polite'], {
    from: join(folder, 'deeper'),
    trust: yes,
    env,
  });
  expect(loaded.providers['cloud']?.('seven').id).toBe('cloud/seven');
  expect(loaded.hooks.map((hook) => hook.name)).toEqual([
    'capstan-plugin-polite: please',
    'capstan-plugin-polite: thanks',
  ]);
  const model = scriptedModel([{ calls: [{ tool: 'weather', input: {} }] }, { text: 'Sunny.' }]);
  const policy = {
    name: 'free',
    roots: [],
    rules: loaded.rules,
    otherwise: { read: 'allow', write: 'allow', run: 'allow', network: 'allow', unknown: 'allow' },
  } as const;
  const result = await createAgent({ model, policy, tools: loaded.tools, hooks: loaded.hooks }).run('Weather?').result;
  expect(result.reason).toBe('done');
  expect(JSON.stringify(model.requests[1]?.messages.at(-1))).toContain('"Sun over Rome please thanks"');
});

test.each<[string, object, string, string]>([
  ['that is no plug-in', {}, 'export const plugin = {};', 'no {"capstan"'],
  ['that says nothing sensible', declares(['magic']), 'export const plugin = {};', 'provides "magic"'],
  ['that needs what there is not', declares(['tools'], { root: ['/'] }), 'export const plugin = {};', 'needs "root"'],
  ['that gives more than it declares', declares(['tools']), 'export const plugin = { hooks: [] };', 'gives hooks'],
  [
    'whose rules allow',
    declares(['rules']),
    "export const plugin = { rules: [{ id: 'free', match: { effect: 'run' }, verdict: 'allow' }] };",
    'may only ask or deny',
  ],
  ['that throws', declares(['tools']), "throw new Error('out of paint');", 'out of paint'],
  ['that exports nothing', declares(['tools']), 'export const tools = [];', 'exports no "plugin"'],
  ['whose entry lies elsewhere', { exports: '../other/index.js', ...declares(['tools']) }, '', 'outside of it'],
])('a package %s is refused with what is wrong', async (_, manifest, code, words) => {
  const name = `capstan-plugin-bad-${words.replace(/\W+/g, '').toLowerCase()}`;
  await install(name, manifest, { 'index.js': code });
  await expect(loadPlugins([name], { from: folder, trust: yes })).rejects.toThrow(words);
});

test('two plug-ins may not give one tool', async () => {
  const code =
    "export const plugin = { tools: [{ name: 'same', description: 'x', input: { type: 'object' }, execute: () => '' }] };";
  for (const name of ['capstan-plugin-a', 'capstan-plugin-b'])
    await install(name, declares(['tools']), { 'index.js': code });
  await expect(loadPlugins(['capstan-plugin-a', 'capstan-plugin-b'], { from: folder, trust: yes })).rejects.toThrow(
    'the tool same is given by capstan-plugin-a, too',
  );
});

test('a plug-in that is not there, or is named by a path, is not loaded', async () => {
  await expect(describePlugin('capstan-plugin-none', { from: folder })).rejects.toMatchObject({ code: 'not_found' });
  for (const name of ['../evil', '/etc/evil', './evil', 'a/b/c', '..', '@x/../evil'])
    await expect(describePlugin(name, { from: folder })).rejects.toThrow('no name of a package');
});
