import { spawn } from 'node:child_process';
import { root } from '../build/workspace.mjs';

/**
 * Runs a program to its end, with its output kept, or shown as it comes with `live`.
 *
 * @returns `{ code, output }`; code 124 when it was stopped at the limit.
 */
export function run(file, args, { cwd = root, env = process.env, live = false, limitMs = 300_000 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env,
      stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
    });
    const chunks = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limitMs);
    const finish = (code, note = '') => {
      clearTimeout(timer);
      resolve({ code, output: Buffer.concat(chunks).toString() + note });
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => finish(1, `Cannot start ${file}: ${error.message}`));
    child.on('close', (code) => (late ? finish(124, `\nStopped after ${limitMs / 1000} s.`) : finish(code ?? 1)));
  });
}

/** Runs a script of an installed package with this Node, which works alike on every platform. */
export function runScript(script, args, options) {
  return run(process.execPath, [script, ...args], options);
}
