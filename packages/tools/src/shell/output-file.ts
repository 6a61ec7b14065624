import { closeSync, constants, lstatSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CapstanError, newId } from '@capstan/sdk/contract';

/** A file under `.capstan/outputs/` that holds the whole output of one command. */
export interface OutputFile {
  /** Relative to the work tree, with forward slashes. */
  readonly path: string;
  write(text: string): void;
  close(): void;
}

const keptFiles = 40;
const keptBytes = 256 << 20;

/**
 * Opens a new file for an output. The oldest files beyond forty, or beyond 256 MiB together, are removed.
 *
 * @throws {CapstanError} `path_outside` if `.capstan` or `.capstan/outputs` is a link: a repository could point it anywhere.
 */
export function openOutputFile(root: string): OutputFile {
  const folder = join(root, '.capstan', 'outputs');
  makeFolder(join(root, '.capstan'));
  makeFolder(folder);
  ignoreFolder(folder);
  removeOldest(folder);
  const name = `${newId()}.txt`;
  const file = openSync(
    join(folder, name),
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  let open = true;
  return {
    path: `.capstan/outputs/${name}`,
    write(text) {
      if (open) writeFileSync(file, text);
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}

function makeFolder(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) mkdirSync(path);
  if (lstatSync(path).isDirectory()) return;
  throw new CapstanError(
    'path_outside',
    `${path} is not a folder of its own. Remove the link, then run the command again.`,
    { where: path },
  );
}

function ignoreFolder(folder: string): void {
  try {
    writeFileSync(join(folder, '.gitignore'), '*\n', { flag: 'wx' });
  } catch {
    // Already there.
  }
}

// Names are ULIDs, so their order is their age.
function removeOldest(folder: string): void {
  const names = readdirSync(folder)
    .filter((name) => /^[0-9A-Z]{26}\.txt$/.test(name))
    .sort();
  let bytes = 0;
  for (const [age, name] of names.toReversed().entries()) {
    const found = lstatSync(join(folder, name), { throwIfNoEntry: false });
    bytes += found?.size ?? 0;
    if (found?.isFile() && (age >= keptFiles - 1 || bytes > keptBytes)) rmSync(join(folder, name), { force: true });
  }
}
