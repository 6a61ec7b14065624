import { processIo } from './frame/process-io.ts';
import { version } from './version.ts';

const argv = process.argv.slice(2);
const io = processIo(process);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  await io.out(`${version()}\n`);
  process.exitCode = 0;
} else {
  const { runCli } = await import('./program/run-cli.ts');
  const code = await runCli(argv, io);
  await io.flush();
  process.exit(code);
}
