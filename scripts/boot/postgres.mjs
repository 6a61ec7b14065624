// Starts a PostgreSQL server of our own for the tests: a fresh cluster in a temporary folder, on a free port of loopback.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.mjs';
import { installPackage } from './packages.mjs';

/**
 * Starts a server, installing it first where Debian's packages can be had.
 *
 * @returns Its address, and how to end it.
 */
export async function startPostgres() {
  const bin = findBinaries() ?? installBinaries();
  const folder = mkdtempSync(join(tmpdir(), 'capstan-postgres-'));
  const user = serverUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  run(join(bin, 'initdb'), ['-D', data, '-U', 'capstan', '-A', 'trust', '-E', 'UTF8', '--no-sync'], user);
  const port = await freePort();
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`, '-c', 'fsync=off'];
  const server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
    ...user,
    stdio: 'ignore',
  });
  await answering(join(bin, 'pg_isready'), port, server);
  return {
    url: `postgresql://capstan@127.0.0.1:${port}/postgres`,
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where Debian and Homebrew put the newest server. */
function findBinaries() {
  const below = (folder) => (existsSync(folder) ? readdirSync(folder).map((each) => join(folder, each, 'bin')) : []);
  const folders = [...below('/usr/lib/postgresql'), ...below('/opt/homebrew/opt')];
  return folders.toSorted().findLast((each) => existsSync(join(each, 'initdb')));
}

function installBinaries() {
  installPackage('postgresql', 'PostgreSQL');
  const bin = findBinaries();
  if (!bin) throw new Error('PostgreSQL was not found after its installation.');
  return bin;
}

/** The server refuses to run as root, so there it runs as the user that its package made. */
function serverUser() {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

function run(file, args, user) {
  const { status, stderr } = spawnSync(file, args, { ...user, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} failed: ${stderr}`);
}

async function answering(isReady, port, server) {
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with code ${server.exitCode} before it answered.`);
    if (spawnSync(isReady, ['-h', '127.0.0.1', '-p', String(port)]).status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  server.kill('SIGKILL');
  throw new Error('PostgreSQL did not answer within 30 seconds.');
}
