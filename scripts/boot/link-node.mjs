import { copyFileSync, linkSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Puts Node beside the commands of node_modules/.bin, whose start scripts prefer a Node that lies there. */
export function linkNode(node, folder) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
  rmSync(file, { force: true });
  if (process.platform !== 'win32') return symlinkSync(node, file);
  try {
    linkSync(node, file);
  } catch {
    copyFileSync(node, file);
  }
}
