import { spawn } from 'node:child_process';
import { plainText } from '../render/plain-text.ts';

/** Longest output that is kept, in characters. */
const most = 200_000;

/** Runs a command line the person typed, in their own shell and name: no policy stands between. */
export function userCommand(command: string, cwd: string): Promise<{ readonly output: string; readonly exit: number }> {
  return new Promise((settle) => {
    const child = spawn(command, { cwd, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-most);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', (error) => settle({ output: error.message, exit: 127 }));
    child.once('close', (code) => settle({ output: plainText(output).trimEnd(), exit: code ?? 130 }));
  });
}
