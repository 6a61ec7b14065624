import { parseArgs } from 'node:util';
import { isCapstanError } from '@capstan/sdk/contract';
import { environmentSettings } from '../config/environment-settings.ts';
import { readSettings } from '../config/watch-settings.ts';
import { startServer, type ServerOptions } from './start-server.ts';
import { version } from './version.ts';

const help = `capstan-server: one address for every model, in any dialect.

  capstan-server [--config FILE] [--host HOST] [--port PORT]
  capstan-server --check [--config FILE]

  --config FILE   JSON or YAML; without it upstreams come from the environment (OPENAI_API_KEY, …)
  --host HOST     default 127.0.0.1
  --port PORT     default 8787
  --check         reads the configuration, says what is wrong, and ends
  --version, --help
`;

/** What a program has of its process. */
export interface ProgramIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Calls back at each signal. */
  readonly onSignal: (listener: (signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP') => void) => void;
}

/** Runs the program until it is told to stop. @returns The exit code: 0, 1 for a fault, 2 for wrong arguments. */
export async function run(argv: readonly string[], io: ProgramIo): Promise<number> {
  const options = readArguments(argv, io);
  if (typeof options === 'number') return options;
  try {
    if (options.check) return await check(options.configFile, io);
    return await serve(options, io);
  } catch (error) {
    if (!isCapstanError(error)) throw error;
    io.err(`capstan-server: ${error.message}\n`);
    return error.code === 'invalid_config' || error.code === 'auth_missing' ? 2 : 1;
  }
}

interface Arguments extends Pick<ServerOptions, 'configFile' | 'host' | 'port'> {
  readonly check: boolean;
}

function readArguments(argv: readonly string[], io: ProgramIo): Arguments | number {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const { values } = parseArgs({
      args: [...argv],
      options: { config: text, host: text, port: text, check: flag, version: flag, help: flag },
    });
    if (values.help) return said(io, help);
    if (values.version) return said(io, `${version()}\n`);
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536))
      throw new TypeError(`"${values.port}" is no port. Give a number from 0 to 65535.`);
    return {
      check: values.check ?? false,
      ...(values.config === undefined ? {} : { configFile: values.config }),
      ...(values.host === undefined ? {} : { host: values.host }),
      ...(port === undefined ? {} : { port }),
    };
  } catch (error) {
    io.err(`capstan-server: ${(error as Error).message}\nExample: capstan-server --port 8787\n`);
    return 2;
  }
}

function said(io: ProgramIo, text: string): number {
  io.out(text);
  return 0;
}

async function check(configFile: string | undefined, io: ProgramIo): Promise<number> {
  const settings = configFile === undefined ? environmentSettings(io.env) : await readSettings(configFile);
  const names = Object.keys(settings.upstreams);
  io.out(`The configuration is right. Upstreams: ${names.join(', ') || 'none'}.\n`);
  return 0;
}

async function serve({ check: _, ...options }: Arguments, io: ProgramIo): Promise<number> {
  const server = await startServer({
    ...options,
    env: io.env,
    log: true,
    announce: true,
  });
  // Lines of the log go to standard output, words for a person elsewhere.
  io.err(`capstan-server listens on ${server.url}\n`);
  if (server.notice !== undefined) io.err(`${server.notice}\n`);
  return new Promise((resolve, reject) => {
    let stopping = false;
    io.onSignal((signal) => {
      if (signal === 'SIGHUP') return void server.reload();
      const again = stopping;
      stopping = true;
      if (!again) io.err('capstan-server: finishing the calls under way; once more to stop at once\n');
      if (again) resolve(1);
      else server.close().then(() => resolve(0), reject);
    });
  });
}
