import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'tsup';
import { root } from './workspace.mjs';

/** Bundles a package's entries into dist: ESM, and CommonJS too for what is imported rather than run. */
export async function bundle({ folder, manifest, entries }) {
  for (const file of globSync('dist/**/*.{js,cjs,map}', { cwd: folder })) {
    if (!/\.d\.c?ts\.map$/.test(file)) rmSync(join(folder, file));
  }
  await build({
    config: false,
    silent: true,
    cwd: folder,
    entry: Object.fromEntries(entries.map((source) => [outputName(source), join(folder, source)])),
    outDir: join(folder, 'dist'),
    format: manifest.exports ? ['esm', 'cjs'] : ['esm'],
    platform: 'node',
    target: 'node22',
    tsconfig: join(root, 'tsconfig.base.json'),
    // One copy of each class, whichever subpath it is imported by.
    splitting: true,
    skipNodeModulesBundle: true,
    // node:sqlite exists under its full name alone.
    removeNodeProtocol: false,
    shims: true,
    sourcemap: true,
    clean: false,
  });
}

/** `./src/contract/index.ts` becomes `contract/index`. */
export function outputName(source) {
  return source.replace(/^\.\/src\//, '').replace(/\.tsx?$/, '');
}
