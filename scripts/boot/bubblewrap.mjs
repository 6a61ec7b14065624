// Sees that commands can be confined: the tests of the sandbox run where bubblewrap is.
import { spawnSync } from 'node:child_process';
import { installPackage } from './packages.mjs';

/** Installs bubblewrap where it is missing and Debian's packages can be had. */
export function ensureBubblewrap() {
  if (isThere()) return;
  installPackage('bubblewrap', 'bubblewrap');
  if (!isThere()) throw new Error('bubblewrap was not found after its installation.');
}

function isThere() {
  return spawnSync('bwrap', ['--version'], { stdio: 'ignore' }).status === 0;
}
