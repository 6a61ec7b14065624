import { Command } from 'commander';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { readConfig, readConfigs, writeConfig } from '../project/config-file.ts';
import { rootOf } from '../project/open-project.ts';
import { telemetryFrom, type TelemetrySetting } from '../project/telemetry-setting.ts';
import { table } from '../render/fit.ts';

const help = `
Examples:
  capstan telemetry on --otlp http://localhost:4318
  capstan telemetry on --file ~/capstan-telemetry.jsonl
  capstan telemetry on --otlp https://otel.example.com --content
  capstan telemetry show
  capstan telemetry off

A collector's key goes into OTEL_EXPORTER_OTLP_HEADERS, as authorization=Bearer%20KEY. Nothing goes to anybody else.`;

/** What each run reports, in words. */
const facts = 'a span for each run, turn, model call and tool call; tokens, cost, duration, time to the first token';
const contents = 'prompts, replies, arguments and results, with secrets masked';

interface OnFlags extends TelemetrySetting {
  readonly dryRun?: boolean;
}

/** `capstan telemetry`: traces and metrics of runs, to a collector or a file of the user's. Off until asked for. */
export function command(cli: Cli): Command {
  const telemetry = new Command('telemetry')
    .description("Report runs to a collector or a file of one's own (OpenTelemetry); off until asked for")
    .addHelpText('after', help);
  telemetry.addCommand(showCommand(cli), { isDefault: true });
  telemetry.addCommand(onCommand(cli));
  telemetry.addCommand(offCommand(cli));
  return telemetry;
}

function showCommand(cli: Cli): Command {
  const show = withGlobals(new Command('show')).description(
    'Show whether runs are reported, where to, and what of them',
  );
  return show.action(() => {
    const { user, paths } = readConfigs(cli, rootOf(cli, globalsOf(cli, show)));
    const { telemetry } = user;
    cli.finish('telemetry show', {
      payload: { ...payloadOf(telemetry), path: paths.user },
      text: wordsOf(telemetry),
    });
  });
}

function onCommand(cli: Cli): Command {
  const on = withGlobals(new Command('on'))
    .description('Report runs from now on')
    .option('--otlp <url>', 'to a collector that speaks OTLP over HTTP, for example http://localhost:4318')
    .option('--file <path>', 'to a file that grows by lines of OTLP as JSON')
    .option('--content', 'with what was said and done, secrets masked; without it, only times, sizes and costs')
    .option('--dry-run', 'say what would be written');
  return on.action(({ dryRun = false, ...given }: OnFlags) => {
    const setting = telemetryFrom(given, { cwd: cli.io.cwd });
    keep(cli, on, { setting, dryRun });
  });
}

function offCommand(cli: Cli): Command {
  const off = withGlobals(new Command('off'))
    .description('Report nothing')
    .option('--dry-run', 'say what would be written');
  return off.action(({ dryRun = false }: OnFlags) => keep(cli, off, { setting: undefined, dryRun }));
}

interface Kept {
  readonly setting: TelemetrySetting | undefined;
  readonly dryRun: boolean;
}

function keep(cli: Cli, command: Command, { setting, dryRun }: Kept): void {
  const path = readConfigs(cli, rootOf(cli, globalsOf(cli, command))).paths.user;
  const { telemetry: _, ...others } = readConfig(path);
  if (!dryRun) writeConfig(path, { ...others, ...(setting ? { telemetry: setting } : {}) });
  cli.finish(`telemetry ${command.name()}`, {
    payload: { ...payloadOf(setting), path, dryRun },
    text: `${dryRun ? 'would write' : 'wrote'} ${path}\n${wordsOf(setting)}`,
  });
}

function payloadOf(setting: TelemetrySetting | undefined): object {
  const { otlp = null, file = null, content = false } = setting ?? {};
  return { on: setting !== undefined, otlp, file, content };
}

function wordsOf(setting: TelemetrySetting | undefined): string {
  if (!setting) return 'off: nothing is reported';
  const { otlp, file, content = false } = setting;
  return table([
    ['to', [otlp, file].filter(Boolean).join(' and ')],
    ['what', facts],
    ['content', content ? contents : 'none: no prompt, reply, path or command'],
  ]);
}
