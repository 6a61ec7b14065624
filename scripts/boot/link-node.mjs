import { copyFileSync, existsSync, linkSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Puts Node beside the commands of node_modules/.bin, whose start scripts prefer a Node that lies there. Done at each
 * start, because an install may clear that folder.
 */
export function linkNode(node, folder) {
  const file = join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(file) && (process.platform === 'win32' || realpathSync(file) === realpathSync(node))) return;
  rmSync(file, { force: true });
  try {
    if (process.platform === 'win32') linkSync(node, file);
    else symlinkSync(node, file);
  } catch (error) {
    // Another start of the same second made it; or Windows cannot link across drives.
    if (error.code !== 'EEXIST') copyFileSync(node, file);
  }
}
