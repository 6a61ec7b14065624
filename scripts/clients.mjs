// Drives the command lines of other makers through the relay, and the MCP inspector through our server: npm run clients
//
// Installs their pinned versions (scripts/boot/pins.json, about 1 GB) into .boot/clients, then runs the tests.
import { join } from 'node:path';
import { installClients } from './boot/clients.mjs';
import { root } from './build/workspace.mjs';
import { runScript } from './test/run.mjs';

const env = { ...process.env, CAPSTAN_TEST_CLIENTS: await installClients() };
const tests = ['examples/server/src/testing/cli-clients.test.ts', 'examples/cli/src/commands/mcp-inspector.test.ts'];
const args = ['run', ...tests, ...process.argv.slice(2)];
const { code } = await runScript(join(root, 'node_modules/vitest/vitest.mjs'), args, {
  env,
  live: true,
  limitMs: 600_000,
});
process.exitCode = code;
