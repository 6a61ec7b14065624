import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openIndex } from '../open-index.ts';

// Changes a file and keeps the index on disk again and again, until it is killed.
const root = process.argv[2] ?? '';
for (let round = 0; ; round++) {
  writeFileSync(join(root, `written-${process.pid}.ts`), `export const round${round} = ${round};\n`);
  const index = await openIndex(root);
  await index.close();
  if (round === 2) process.send?.('writing');
}
