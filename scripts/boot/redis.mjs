// Starts a Redis server of our own for the tests: in memory alone, on a free port of loopback.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { freePort } from './free-port.mjs';
import { installPackage } from './packages.mjs';

const places = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server'];

/**
 * Starts a server, installing it first where Debian's packages can be had.
 *
 * @returns Its address, and how to end it.
 */
export async function startRedis() {
  const file = findServer();
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp'];
  const server = spawn(file, settings, { stdio: 'ignore' });
  await answering(port, server);
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
    },
  };
}

function findServer() {
  const found = () => places.find((place) => existsSync(place));
  const there = found();
  if (there !== undefined) return there;
  installPackage('redis-server', 'Redis');
  const installed = found();
  if (installed === undefined) throw new Error('Redis was not found after its installation.');
  return installed;
}

async function answering(port, server) {
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) throw new Error(`Redis ended with code ${server.exitCode} before it answered.`);
    if (await isOpen(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  server.kill('SIGKILL');
  throw new Error('Redis did not answer within 30 seconds.');
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const tell = (open) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => tell(true)).once('error', () => tell(false));
  });
}
