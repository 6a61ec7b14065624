// Builds every package that changed: JavaScript with tsup, declarations with tsc.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bundle } from './build/bundle.mjs';
import { emitDeclarations, placeDeclarations } from './build/declarations.mjs';
import { builtPackages, cache, inputsHash } from './build/workspace.mjs';

const startedAt = Date.now();
const packages = builtPackages();
const stale = packages.filter((one) => !isBuilt(one));
if (stale.length === 0) {
  console.log(`build: ${packages.length} packages are up to date`);
} else {
  console.log(`build: ${stale.map(({ name }) => name).join(', ')} …`);
  await buildPackages();
}

async function buildPackages() {
  mkdirSync(cache, { recursive: true });
  const hashes = stale.map(inputsHash);
  for (const one of stale) rmSync(stampFile(one), { force: true });
  // tsc runs in a process of its own beside the bundler: two cores, two jobs.
  const results = await Promise.allSettled([emitDeclarations(packages.filter(hasTypes)), bundleAll()]);
  const failures = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
  if (failures.length > 0) {
    console.error(`build failed: ${failures.join('\n')}`);
    process.exitCode = 1;
    return;
  }
  for (const [index, one] of stale.entries()) {
    if (hasTypes(one)) placeDeclarations(one);
    writeFileSync(stampFile(one), hashes[index]);
  }
  console.log(
    `build: ${stale.length} of ${packages.length} packages in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`,
  );
}

async function bundleAll() {
  for (const one of stale) await bundle(one);
}

function hasTypes({ manifest }) {
  return manifest.exports !== undefined;
}

function isBuilt(one) {
  const stamp = stampFile(one);
  return existsSync(join(one.folder, 'dist')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputsHash(one);
}

function stampFile(one) {
  return join(cache, `${basename(one.folder)}.stamp`);
}
