import type { LeftAlone, Opportunity, ScanResult } from '../scan/opportunity.ts';

/** Writes a scan's result for a model, and for people who read along. */
export function printScan({ opportunities, leftAlone, files }: ScanResult, limit: number): string {
  const shown = opportunities.slice(0, limit);
  const blocks = [heading(opportunities.length, shown.length, files), ...shown.map(describe)];
  if (leftAlone.length > 0) blocks.push(describeLeftAlone(leftAlone));
  return blocks.join('\n\n');
}

function heading(found: number, shown: number, files: number): string {
  const where = `${files} source ${files === 1 ? 'file' : 'files'}`;
  if (found === 0) return `No opportunities in ${where}: no place fulfils every precondition of a safe rewrite.`;
  const all = `${found} ${found === 1 ? 'opportunity' : 'opportunities'} in ${where}, the best first`;
  return shown < found ? `${all} (the first ${shown} are shown).` : `${all}.`;
}

function describe(one: Opportunity): string {
  const place = one.line === one.endLine ? `${one.path}:${one.line}` : `${one.path}:${one.line}-${one.endLine}`;
  const code = one.excerpt.split('\n').map((line) => `  | ${line}`);
  return [
    `- id: ${one.id}`,
    `  ${place}, gain ${one.gain} of 10, risk ${one.risk}`,
    `  ${one.title}. ${one.rationale}`,
    ...code,
  ].join('\n');
}

const mostLeftAlone = 12;

function describeLeftAlone(leftAlone: readonly LeftAlone[]): string {
  const lines = leftAlone
    .slice(0, mostLeftAlone)
    .map((one) => `- ${one.path}:${one.line} (${one.template}): ${one.reason}`);
  const more = leftAlone.length - lines.length;
  if (more > 0) lines.push(`- and ${more} more`);
  return ['Look-alikes to leave as they are:', ...lines].join('\n');
}
