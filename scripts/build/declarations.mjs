import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { cache, root } from './workspace.mjs';

/**
 * Emits the declarations of all packages with `tsc -b` into the cache. tsup's own way needs the compiler's
 * programming interface, which TypeScript 7 does not have.
 */
export async function emitDeclarations(packages) {
  for (const one of packages) writeConfig(one);
  const solution = join(cache, 'tsconfig.json');
  writeIfChanged(
    solution,
    JSON.stringify({ files: [], references: packages.map((one) => ({ path: configFile(one) })) }),
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const child = spawn(process.execPath, [tsc, '-b', solution, '--pretty'], { stdio: 'inherit' });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error('tsc -b found errors (above).');
}

/** Copies a package's declarations into dist for both module systems; what is imported there names built files. */
export function placeDeclarations({ folder, name }) {
  const dist = join(folder, 'dist');
  const types = join(cache, basename(folder), 'types');
  for (const file of globSync('**/*.d.{ts,cts}{,.map}', { cwd: dist })) rmSync(join(dist, file));
  const files = globSync('**/*.d.ts', { cwd: types });
  if (files.length === 0) throw new Error(`No declarations for ${name} in ${types}.`);
  for (const file of files) {
    const text = readFileSync(join(types, file), 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\n?$/, '\n');
    const target = join(dist, file.slice(0, -'.d.ts'.length));
    mkdirSync(dirname(target), { recursive: true });
    for (const [extension, module] of [
      ['.d.ts', '.js'],
      ['.d.cts', '.cjs'],
    ]) {
      const map = existsSync(join(types, `${file}.map`)) && readMap(join(types, `${file}.map`), target + extension);
      const link = map ? `//# sourceMappingURL=${basename(target)}${extension}.map\n` : '';
      writeFileSync(target + extension, withModuleExtension(text, module) + link);
      if (map) writeFileSync(`${target}${extension}.map`, JSON.stringify(map));
    }
  }
}

/** Rewrites relative specifiers: `from './event.ts'` becomes `from './event.js'` or `'./event.cjs'`. */
export function withModuleExtension(text, extension) {
  return text.replace(/(\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.{1,2}\/[^"'\n]*?)\.(?:ts|js)\2/g, `$1$2$3${extension}$2`);
}

function readMap(file, target) {
  const map = JSON.parse(readFileSync(file, 'utf8'));
  const sources = map.sources.map((source) =>
    relative(dirname(target), join(dirname(file), source)).replaceAll('\\', '/'),
  );
  return { ...map, file: basename(target), sources };
}

function writeConfig(one) {
  const folder = join(cache, basename(one.folder));
  mkdirSync(folder, { recursive: true });
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      rootDir: join(one.folder, 'src'),
      outDir: join(folder, 'types'),
      tsBuildInfoFile: join(folder, 'types.tsbuildinfo'),
      typeRoots: [join(root, 'node_modules/@types')],
      emitDeclarationOnly: true,
    },
    include: [join(one.folder, 'src')],
    exclude: ['**/*.test.ts', '**/__fixtures__'].map((glob) => join(one.folder, 'src', glob)),
    references: one.after.filter(({ manifest }) => manifest.exports).map((other) => ({ path: configFile(other) })),
  };
  writeIfChanged(configFile(one), JSON.stringify(config, null, 2));
}

function configFile(one) {
  return join(cache, basename(one.folder), 'tsconfig.json');
}

function writeIfChanged(file, text) {
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}
