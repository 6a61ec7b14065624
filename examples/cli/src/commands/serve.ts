import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { withGlobals, type Cli } from '../frame/cli.ts';
import type { ExitCode } from '../frame/exit-code.ts';

const help = `
Examples:
  capstan serve
  capstan serve --port 9000 --config relay.yaml
  npm install -g capstan-server     what it needs

The relay answers clients of OpenAI, Anthropic and Gemini with whatever model it is configured for. While it runs, this
command line uses it where no key is set.`;

/** `capstan serve`: the relay, which is a package of its own. */
export function command(cli: Cli): Command {
  const serve = withGlobals(new Command('serve'))
    .description('Run the relay on this machine, until it is stopped')
    .option('--config <file>', 'JSON or YAML (default: the environment)')
    .option('--host <host>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <port>', 'port to listen on (default: 8787)')
    .option('--check', 'only check the configuration')
    .addHelpText('after', help);
  return serve.action(async (options: ServeOptions) => {
    const start = serverStart(createRequire(import.meta.url));
    const exit = await runServer([...start, ...argumentsOf(options)], cli);
    cli.finish('serve', { payload: { exit }, exit: exit as ExitCode });
  });
}

interface ServeOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
  readonly check?: boolean;
}

function argumentsOf({ config, host, port, check }: ServeOptions): readonly string[] {
  const named = Object.entries({ config, host, port }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  return check === true ? [...named, '--check'] : named;
}

/**
 * Finds how Node starts the relay that is installed beside this program. Never one of the folder worked in: a repository
 * does not choose what runs.
 */
function serverStart(require: NodeJS.Require): readonly string[] {
  try {
    const manifest = require.resolve('capstan-server/package.json');
    const folder = dirname(manifest);
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { 'capstan-server': string } };
    const fromSource = '--conditions=@capstan/source';
    // What runs from a clone of the repository starts the relay of that clone, as it is written.
    if (process.execArgv.includes(fromSource)) return [fromSource, join(folder, 'src/main.ts')];
    return [join(folder, bin['capstan-server'])];
  } catch (cause) {
    const text = 'The relay is not installed. Get it with: npm install -g capstan-server';
    throw new CapstanError('not_found', text, { where: 'capstan-server' }, { cause });
  }
}

function runServer(argv: readonly string[], { io }: Cli): Promise<number> {
  // A small young generation: with hundreds of streams it saves a hundred megabytes.
  const flags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=16'];
  const child = spawn(process.execPath, [...flags, ...argv], {
    cwd: io.cwd,
    env: io.env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // The terminal sends Ctrl-C to the relay too; what only this program was sent is passed on.
  const give = io.onInterrupt((signal) => void (signal !== 'SIGINT' && child.kill('SIGTERM')));
  return new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  }).finally(give);
}
