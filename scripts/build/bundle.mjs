import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { build } from 'tsup';
import { writeNotices } from './notices.mjs';
import { root } from './workspace.mjs';

/** A bundled package in CommonJS asks for Node's own modules by a `require` that modules lack. */
const requireBanner = `import { createRequire as __capstanRequire } from 'node:module'; const require = __capstanRequire(import.meta.url);`;

/** Bundles a package's entries into dist: ESM, and CommonJS too for what is imported rather than run. */
export async function bundle({ folder, manifest, entries, within }) {
  const dist = join(folder, 'dist');
  for (const file of scripts(dist)) rmSync(join(dist, file));
  await build({
    config: false,
    silent: true,
    cwd: folder,
    entry: Object.fromEntries([
      ...entries.map((source) => [outputName(source), join(folder, source)]),
      ...within.flatMap(threads),
    ]),
    outDir: dist,
    format: ['esm'],
    platform: 'node',
    target: 'node22',
    tsconfig: join(root, 'tsconfig.base.json'),
    // One copy of each class, whichever subpath it is imported by.
    splitting: true,
    external: outside(manifest, within),
    // node:sqlite exists under its full name alone.
    removeNodeProtocol: false,
    // Of a command that holds other packages, most sources are not at hand.
    sourcemap: within.length === 0,
    clean: false,
    metafile: true,
    ...(within.length === 0 ? {} : { banner: { js: requireBanner } }),
    esbuildOptions(options) {
      // The sources are shipped beside the maps.
      options.sourcesContent = false;
      if (within.length === 0) return;
      options.conditions = ['@capstan/source', 'module'];
      options.mainFields = ['module', 'main'];
    },
  });
  const report = join(dist, 'metafile-esm.json');
  if (within.length > 0) writeNotices(dist, JSON.parse(readFileSync(report, 'utf8')));
  rmSync(report);
  if (within.length > 0) for (const file of scripts(dist)) await nameExports(join(dist, file));
  if (!manifest.exports) return;
  const modules = scripts(dist).filter((file) => file.endsWith('.js'));
  await Promise.all(modules.map((file) => writeCommonJs(join(dist, file))));
}

/**
 * Dependencies stay outside; what stands under devDependencies alone is bundled, for a faster start. So do the optional
 * peers of packages that are bundled, where they are not named themselves.
 */
function outside({ dependencies, optionalDependencies, peerDependencies, devDependencies = {} }, within) {
  const theirs = within.flatMap(({ manifest }) => Object.keys(manifest.peerDependencies ?? {}));
  const names = [
    ...Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }),
    ...theirs.filter((name) => !(name in devDependencies)),
  ];
  return names.map((name) => new RegExp(`^${name}($|/)`));
}

/** Code that packages within start as threads: files of their own, which lie in the bundle as they lie in their package. */
function threads({ folder }) {
  return globSync('src/**/*-worker.ts', { cwd: folder }).map((source) => [
    outputName(`./${source}`),
    join(folder, source),
  ]);
}

/**
 * Gives a bundled CommonJS package that is imported on first use its names: the bundler exports it as a whole alone, where
 * Node gives its names too.
 */
async function nameExports(file) {
  const code = readFileSync(file, 'utf8');
  const [line, whole] = /^export default (require_\w+\(\));$/m.exec(code) ?? [];
  if (line === undefined) return;
  const { default: value } = await import(pathToFileURL(file).href);
  const names = Object.keys(value).filter((name) => name !== 'default' && /^[A-Za-z_$][\w$]*$/.test(name));
  const given = names.map((name, at) => `${name}: __name${at}`).join(', ');
  const exported = names.map((name, at) => `__name${at} as ${name}`).join(', ');
  const named = `const __whole = ${whole};\nexport default __whole;\nconst { ${given} } = __whole;\nexport { ${exported} };`;
  writeFileSync(
    file,
    code.replace(line, () => named),
  );
}

/** Files that a bundle leaves: all but the declarations. */
function scripts(dist) {
  return globSync('**/*.{js,cjs,js.map,cjs.map}', { cwd: dist });
}

/**
 * Writes the CommonJS twin of a built module. tsup's own cannot share chunks without lowering the syntax, and without
 * shared chunks `instanceof CapstanError` would fail between subpaths.
 */
async function writeCommonJs(file) {
  const map = readFileSync(`${file}.map`).toString('base64');
  const code = readFileSync(file, 'utf8').replace(/\/\/# sourceMappingURL=.*\n?$/, '');
  const url = '__capstan_module_url';
  const usesUrl = code.includes('import.meta.url');
  const result = await transform(`${code}\n//# sourceMappingURL=data:application/json;base64,${map}`, {
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    sourcemap: true,
    sourcefile: basename(file),
    define: { 'import.meta.url': url },
    banner: usesUrl ? `const ${url} = require('node:url').pathToFileURL(__filename).href;` : '',
  });
  const target = file.replace(/\.js$/, '.cjs');
  const linked = result.code.replace(/(\b(?:require|import)\()"(\.{1,2}\/[^"]+)\.js"/g, '$1"$2.cjs"');
  writeFileSync(target, `${linked}//# sourceMappingURL=${basename(target)}.map\n`);
  writeFileSync(`${target}.map`, result.map);
}

/** `./src/contract/index.ts` becomes `contract/index`. */
function outputName(source) {
  return source.replace(/^\.\/src\//, '').replace(/\.tsx?$/, '');
}
