// Finds a Chromium for the tests of what runs in browsers, installing it where Debian's packages can be had.
import { existsSync } from 'node:fs';
import { installPackage } from './packages.mjs';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The program's path. Throws where there is none and none can be had. */
export function findChromium() {
  const found = () => places.find((place) => existsSync(place));
  const there = found();
  if (there !== undefined) return there;
  installPackage('chromium', 'Chromium');
  const installed = found();
  if (installed === undefined) throw new Error('Chromium was not found after its installation.');
  return installed;
}
