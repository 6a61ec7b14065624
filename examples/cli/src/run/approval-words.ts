import type { ApprovalRequested } from '@capstan/sdk/contract';
import type { Colour } from '../render/colour.ts';
import { renderDiff } from '../render/diff.ts';
import { plainText } from '../render/plain-text.ts';

/** What an answer for this session covers: never more than the same command, or edits that the same rule asks about. */
export function scopeOf({ preview, rule, tool }: ApprovalRequested): { key: string; words: string } {
  switch (preview.kind) {
    case 'command':
      return { key: JSON.stringify(['command', preview.command, preview.cwd]), words: 'this very command' };
    case 'diff':
      return { key: JSON.stringify(['diff', rule]), words: `every edit that rule ${rule} asks about` };
    case 'text':
      return { key: JSON.stringify(['text', tool, rule, preview.text]), words: 'this very call' };
    default:
      return preview satisfies never;
  }
}

/** Shows what would happen: the diff, or the command to its last byte. */
export function previewText({ preview: shown }: ApprovalRequested, colour: Colour, maxLines = 200): string {
  switch (shown.kind) {
    case 'diff':
      return renderDiff(shown.diff, colour, { maxLines, indent: '  ' });
    case 'command':
      return `  ${colour.bold(`$ ${visibleCommand(shown.command)}`)}\n  ${colour.dim(`in ${plainText(shown.cwd)}`)}\n`;
    case 'text':
      return `  ${plainText(shown.text).replaceAll('\n', '\n  ')}\n`;
    default:
      return shown satisfies never;
  }
}

/** A command is shown to the last byte: what a terminal would swallow is written out. */
function visibleCommand(command: string): string {
  return JSON.stringify(command)
    .slice(1, -1)
    .replaceAll('\\n', '\n    ')
    .replaceAll('\\"', '"')
    .replaceAll('\\\\', '\\');
}
