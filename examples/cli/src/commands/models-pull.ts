import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import type { PullProgress } from '@capstan/providers/ollama';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { plainText } from '../render/plain-text.ts';

/** `capstan models pull`: a model onto the Ollama of this machine. */
export function pullCommand(cli: Cli): Command {
  const pull = withGlobals(new Command('pull'))
    .description('Get a model onto the Ollama server of this machine; it goes on where it was stopped')
    .argument('<name>', 'name at Ollama, for example qwen3:8b')
    .option('--dry-run', 'only see whether Ollama answers');
  return pull.action(async (given: string, { dryRun = false }: { dryRun?: boolean }) => {
    const name = given.replace(/^ollama\//, '');
    const { detectServer, pullModel } = await import('@capstan/providers/ollama');
    const { env } = cli.io;
    if (!(await detectServer({ env })))
      throw new CapstanError('model_failed', 'No Ollama answers. Start it with "ollama serve", or set OLLAMA_HOST.', {
        where: 'ollama',
      });
    const id = `ollama/${name}`;
    if (dryRun) return cli.finish('models pull', { payload: { id, dryRun }, text: `would get ${id}` });
    const stop = new AbortController();
    const give = cli.io.onInterrupt(() => stop.abort());
    const told = teller(cli);
    try {
      for await (const progress of pullModel(name, { env, signal: stop.signal })) await told.tell(progress);
    } finally {
      give();
      await told.end();
    }
    const text = `${id} is there. Try it: capstan run --model ${id} "…"`;
    cli.finish('models pull', { payload: { id, dryRun }, text });
  });
}

/** On a terminal one line that changes, elsewhere a line for each step. */
function teller({ io }: Cli) {
  let shown = '';
  let at = 0;
  const width = () => Math.max(20, io.columns() - 1);
  return {
    async tell(progress: PullProgress): Promise<void> {
      const line = plainText(io.errIsTerminal ? lineOf(progress).slice(0, width()) : progress.status);
      const early = io.errIsTerminal && progress.completed !== undefined && io.clock() - at < 80;
      if (line === shown || early) return;
      shown = line;
      at = io.clock();
      await io.err(io.errIsTerminal ? `\r\u001b[K${line}` : `${line}\n`);
    },
    async end(): Promise<void> {
      if (io.errIsTerminal && shown !== '') await io.err('\r\u001b[K');
    },
  };
}

function lineOf({ status, total, completed }: PullProgress): string {
  if (!total || completed === undefined) return status;
  const share = Math.floor((completed / total) * 100);
  return `${status} ${share} % of ${(total / 1e9).toFixed(1)} GB`;
}
