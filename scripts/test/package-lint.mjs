import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packedPackages } from './pack.mjs';

/** publint and are-the-types-wrong over the packed packages: one check of each a package. */
export const packageLint = {
  name: 'package-lint',
  async run() {
    const problems = [];
    let checks = 0;
    for (const one of await packedPackages()) {
      const data = readFileSync(one.tarball);
      const lints = [await publishProblems(one, data), one.manifest.exports && (await typeProblems(data))].filter(
        Boolean,
      );
      for (const found of lints) {
        checks += 1;
        if (found.length > 0) problems.push(`${one.name}\n  ${found.join('\n  ')}`);
      }
    }
    return { passed: checks - problems.length, failed: problems.length, output: problems.join('\n') };
  },
};

async function publishProblems({ manifest }, data) {
  const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true, level: 'warning' });
  return messages.map((message) => formatMessage(message, pkg ?? manifest, { color: false }));
}

async function typeProblems(data) {
  const found = await checkPackage(createPackageFromTarballData(data), { excludeEntrypoints: ['./package.json'] });
  if (!found.types) return ['has no types'];
  // The old resolution without `exports` belongs to versions of Node that the packages do not run on.
  const problems = found.problems.filter((problem) => problem.resolutionKind !== 'node10');
  return problems.map((problem) => {
    const { kind, entrypoint, resolutionKind, fileName } = problem;
    return `types: ${kind} ${[entrypoint, resolutionKind, fileName].filter(Boolean).join(' ')}`;
  });
}
