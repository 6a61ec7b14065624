import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** The program in a process of its own. */
export interface StartedProgram {
  readonly url: string;
  readonly child: ChildProcess;
  /** All that it wrote, to either output. */
  readonly said: () => string;
}

const main = join(import.meta.dirname, '../main.ts');
const started = new Set<ChildProcess>();

/** Starts the relay on any free port, with the `relay.json` of a folder, which is its home too. */
export async function startProgram(
  folder: string,
  variables: Readonly<Record<string, string>>,
  config = 'relay.json',
): Promise<StartedProgram> {
  const env = { PATH: process.env['PATH'], HOME: folder, CAPSTAN_RELAY_HOME: join(folder, 'data'), ...variables };
  const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@capstan/source'];
  const args = [...flags, main, '--config', join(folder, config), '--port', '0'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  started.add(child);
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (piece: unknown): void => {
      said += String(piece);
      const found = /listens on (http:\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('close', () => reject(new Error(`the relay ended: ${said}`)));
  });
  return { url, child, said: () => said };
}

/** Ends what was started. */
export function stopPrograms(): void {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
}

/** Asks it. */
export async function ask(url: string, method: string, { token, body }: { token?: string; body?: unknown } = {}) {
  const reply = await fetch(url, {
    method,
    headers: token ? { authorization: `Bearer ${token}` } : {},
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: reply.status, text, json, headers: JSON.stringify([...reply.headers]) };
}
