import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.mjs';

/** Writes the licences of the packages that lie in a bundle beside it, as they ask for. */
export function writeNotices(dist, { inputs }) {
  const folders = Object.keys(inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const notices = new Map();
  for (const folder of new Set(folders)) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    notices.set(`${name} ${version}`, `== ${name} ${version} (${license}) ==\n\n${licenceText(join(root, folder))}`);
  }
  const sorted = [...notices].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, text]) => text);
  const head = 'This command contains code of the following projects.\n';
  writeFileSync(join(dist, 'NOTICES.txt'), [head, ...sorted].join('\n'));
}

function licenceText(folder) {
  const [file] = globSync('{LICENSE,LICENCE,license,licence,License}*', { cwd: folder });
  return file === undefined ? '' : `${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
