// Runs the relay from source:  npm run relay -- [--config FILE] [--host HOST] [--port PORT]
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const server = join(import.meta.dirname, '../examples/server/src/main.ts');
const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@capstan/source', '--max-semi-space-size=16'];
const child = spawn(process.execPath, [...flags, server, ...process.argv.slice(2)], {
  // A path on the command line is meant where npm was called.
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: 'inherit',
});
// The terminal signals every process of the group; a supervisor only this one.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
child.on('close', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
});
