import { lastLines, missingLine, outcomeOf, testSummary } from './command-result.ts';
import type { Step } from './conversation.ts';
import { readPatchId } from './findings.ts';
import { isRefused, testsFailedBefore, type Progress } from './plan.ts';

/** Says what was found, changed and measured, and how to take it back. */
export function report(progress: Progress, tools: ReadonlySet<string>): string {
  const paragraphs = progress.intent === 'test' ? [testsBefore(progress, tools)] : improvement(progress, tools);
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
}

function improvement(progress: Progress, tools: ReadonlySet<string>): string[] {
  const { scan, findings, applied, intent } = progress;
  if (!tools.has('find_opportunities')) {
    return [
      testsBefore(progress, tools),
      'I cannot look for improvements: the tool find_opportunities is not offered. I changed nothing.',
    ];
  }
  if (!scan || scan.failed) {
    return [testsBefore(progress, tools), `I could not scan the repository: ${reason(scan)} I changed nothing.`];
  }
  if (findings.length === 0) return [testsBefore(progress, tools), nothingFound(scan)];
  if (intent === 'scan') return [testsBefore(progress, tools), found(progress), 'I changed nothing, as you asked.'];
  if (!applied.some((step) => !step.failed))
    return [testsBefore(progress, tools), found(progress), whyNothingApplied(progress, tools)];
  return [changes(progress), verification(progress, tools), measurement(progress), leftOver(progress), undo(progress)];
}

function testsBefore({ commands, testBefore, manifest }: Progress, tools: ReadonlySet<string>): string {
  if (testBefore) return testSentence(commands.test ?? '', testBefore);
  if (!tools.has('shell')) return 'I could not run tests: no shell is offered.';
  if (commands.test) return 'The tests were not run to their end.';
  if (manifest?.failed) return `I could not read package.json, so I do not know how to run tests: ${reason(manifest)}`;
  return 'I found no test command in package.json, so no tests were run.';
}

function testSentence(command: string, step: Step): string {
  switch (outcomeOf(step)) {
    case 'passed':
      return `\`${command}\` passes: ${testSummary(step.text)}.`;
    case 'failed':
      return `\`${command}\` fails: ${testSummary(step.text)}.`;
    case 'unable':
      return `\`${command}\` could not run here: ${missingLine(step.text)}. Are the dependencies installed?`;
    case 'refused':
      return `\`${command}\` was not run: ${reason(step)}`;
  }
}

function nothingFound(scan: Step): string {
  const alone = scan.text.split('\n').filter((line) => line.startsWith('- ') && line.includes(':'));
  const looked = /in (\d+ source files?)/.exec(scan.text)?.[1] ?? 'the sources';
  const start = `I looked through ${looked} and found nothing that I can safely change, so I changed nothing.`;
  if (alone.length === 0) return start;
  return `${start} These look alike, but a precondition does not hold:\n${alone.slice(0, 8).join('\n')}`;
}

function found({ findings }: Progress): string {
  const lines = findings.slice(0, 20).map((one) => `- ${one.place}: ${one.title} (risk ${one.risk}, ${one.id})`);
  const more = findings.length > lines.length ? `\n- and ${findings.length - lines.length} more` : '';
  return `I found ${count(findings.length, 'safe improvement')}:\n${lines.join('\n')}${more}`;
}

function whyNothingApplied(progress: Progress, tools: ReadonlySet<string>): string {
  const { applied, chosen } = progress;
  const last = applied.at(-1);
  if (testsFailedBefore(progress)) {
    return 'The tests fail before any change, so they could not tell whether a change is right. I changed nothing. Mend them first, or apply one with apply_opportunity yourself.';
  }
  if (!tools.has('apply_opportunity')) return 'I changed nothing: the tool apply_opportunity is not offered.';
  if (last && isRefused(last))
    return `I changed nothing, since the change was denied: ${reason(last)} Allow edits (for example \`--mode auto-edit\`) to apply them.`;
  if (last) return `I changed nothing, since applying failed: ${reason(last)}`;
  if (chosen.length === 0) {
    return 'Each of them rests on an assumption that only tests could check, and no passing tests are at hand. I changed nothing.';
  }
  return 'I changed nothing.';
}

function changes({ applied, findings }: Progress): string {
  const lines = applied.map((step) => {
    const id = String(step.input['id']);
    const finding = findings.find((one) => one.id === id);
    const what = finding ? `${finding.place}: ${finding.title}` : id;
    if (step.failed) return `- ${what} Left as it was: ${reason(step)}`;
    const size = /\(([^)]*lines)\)/.exec(step.text)?.[1];
    return `- ${what} Patch ${readPatchId(step.text) ?? 'unknown'}${size ? `, ${size}` : ''}.`;
  });
  return `I made ${count(applied.filter((step) => !step.failed).length, 'change')}:\n${lines.join('\n')}`;
}

function verification(progress: Progress, tools: ReadonlySet<string>): string {
  const { commands, testBefore, testAfter, rolledBack } = progress;
  const command = commands.test ?? '';
  if (!testBefore || outcomeOf(testBefore) !== 'passed') {
    const why = testBefore ? testSentence(command, testBefore) : testsBefore(progress, tools);
    return `${why} So no test vouches for the change; look at the diff before you keep it.`;
  }
  if (!testAfter) return `The tests passed before; they were not run again after the change.`;
  if (outcomeOf(testAfter) === 'passed') {
    return `The tests pass before (${testSummary(testBefore.text)}) and after (${testSummary(testAfter.text)}).`;
  }
  if (outcomeOf(testAfter) === 'refused')
    return `The tests passed before; after the change they were not run: ${reason(testAfter)}`;
  const undone = rolledBack.some((step) => !step.failed);
  return `The tests passed before and FAIL after the change: ${testSummary(testAfter.text)}. ${
    undone ? 'I took the change back.' : 'Take it back with the command below.'
  }`;
}

function measurement({ commands, measures, benchBefore, benchAfter }: Progress): string {
  if (!commands.bench) return measures ? 'There is no bench script in package.json, so I measured no times.' : '';
  if (!measures) return `I measured no times; ask me to measure, or run \`${commands.bench}\` yourself.`;
  if (!benchBefore || !benchAfter || outcomeOf(benchBefore) !== 'passed' || outcomeOf(benchAfter) !== 'passed') {
    return 'The benchmark was not measured both before and after.';
  }
  const shown = (step: Step) => lastLines(step.text, 4).map((line) => `    ${line.trim()}`);
  return [`\`${commands.bench}\` before:`, ...shown(benchBefore), 'after:', ...shown(benchAfter)].join('\n');
}

function leftOver({ findings, applied, chosen }: Progress): string {
  const open = findings.length - applied.length;
  if (open <= 0) return '';
  const unsure = findings.filter((one) => !chosen.includes(one) && one.risk !== 'none').length;
  const why = unsure > 0 ? ' Some rest on an assumption and wait for tests that pass.' : ' Run me again for them.';
  return `${count(open, 'improvement')} left.${why}`;
}

function undo({ applied, rolledBack }: Progress): string {
  const ids = applied.flatMap((step) => (step.failed ? [] : (readPatchId(step.text) ?? [])));
  if (ids.length === 0 || rolledBack.filter((step) => !step.failed).length >= ids.length) return '';
  const one = ids.length === 1 ? ` (or \`capstan patch rollback ${ids[0]}\`)` : '';
  return `To take ${ids.length === 1 ? 'it' : 'all of them'} back: \`capstan patch rollback\`${one}.`;
}

function reason(step: Step | undefined): string {
  const line = lastLines(step?.text ?? '', 20)[0] ?? 'it gave no reason.';
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
