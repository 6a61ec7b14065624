import { globSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { builtPackages, root } from '../build/workspace.mjs';
import { run } from './run.mjs';

const folder = join(root, 'node_modules/.cache/capstan-test/tarballs');
let packed;

/** Packs every package as it would be published; once a run. Gives `{ name, folder, manifest, tarball }` of each. */
export function packedPackages() {
  packed ??= packAll();
  return packed;
}

async function packAll() {
  rmSync(folder, { recursive: true, force: true });
  return Promise.all(
    builtPackages().map(async (one) => {
      const destination = join(folder, basename(one.folder));
      mkdirSync(destination, { recursive: true });
      const { code, output } = await run(pnpm(), ['pack', '--pack-destination', destination], { cwd: one.folder });
      const [tarball] = globSync('*.tgz', { cwd: destination });
      if (code !== 0 || !tarball) throw new Error(`pnpm pack failed for ${one.name}:\n${output}`);
      return { ...one, tarball: join(destination, tarball) };
    }),
  );
}

function pnpm() {
  return join(root, '.boot/node_modules/pnpm', process.platform === 'win32' ? 'pnpm.exe' : 'pnpm');
}
