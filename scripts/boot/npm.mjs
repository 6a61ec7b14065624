import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What npm puts into the environment of a script and a nested package manager must not inherit. */
const inherited = /^npm_/i;
/** Settings of the machine's network, which a user may give by the environment alone. */
const network = /^npm_config_(registry|https?_proxy|proxy|noproxy|cafile|ca|strict_ssl|userconfig|cache|offline|\/\/)/i;

/** The environment without what `npm run` added, so that nested tools read their own configuration. */
export function commandEnv(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !inherited.test(name) || network.test(name)));
}

/** How to start npm without a shell where its script can be found, which works alike on every platform. */
export function npmCli() {
  const here = dirname(process.execPath);
  const candidates = [
    process.env.npm_execpath,
    join(here, 'node_modules/npm/bin/npm-cli.js'),
    join(here, '../lib/node_modules/npm/bin/npm-cli.js'),
  ];
  const script = candidates.find((file) => file && basename(file) === 'npm-cli.js' && existsSync(file));
  if (script) return { file: process.execPath, args: [script], shell: false };
  return { file: 'npm', args: [], shell: process.platform === 'win32' };
}
