import type { ApprovalRequested } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';
import type { AlwaysOffer } from '../project/live-policy.ts';
import type { Colour } from '../render/colour.ts';
import { plainText } from '../render/plain-text.ts';
import { previewText, scopeOf } from './approval-words.ts';
import { askLine } from './ask-line.ts';

/** What was answered to an approval. */
export type Reply =
  | { readonly kind: 'approve'; readonly by: readonly string[] }
  | { readonly kind: 'deny'; readonly by: string; readonly reason?: string }
  | { readonly kind: 'stop' };

/** Answers approvals. Absent where nobody can: the run then pauses. */
export type Approver = (request: ApprovalRequested, options: ApproverContext) => Promise<Reply>;

export interface ApproverContext {
  readonly signal: AbortSignal;
  /** What a standing approval would allow; absent where it cannot be said as a rule. */
  readonly always?: AlwaysOffer | undefined;
}

/** Approves whatever one person may approve, for `--yes`. */
export function yesApprover(by: string): Approver {
  return async ({ approvals, rule }) => {
    // Whose text it is, and under which licence, is for a person to look at.
    if (rule === 'foreign-text') {
      const reason =
        'A long piece is copied from outside without a licence that is allowed; --yes does not cover that. Write it in your own words.';
      return { kind: 'deny', by: `${by} (--yes)`, reason };
    }
    if (approvals <= 1) return { kind: 'approve', by: [`${by} (--yes)`] };
    const reason = `Rule ${rule} wants ${approvals} people; --yes is one. Run it on a terminal.`;
    return { kind: 'deny', by: `${by} (--yes)`, reason };
  };
}

export interface TerminalApproverOptions {
  readonly io: Io;
  readonly colour: Colour;
  /** The name of the person at the terminal. */
  readonly by: string;
}

/**
 * Asks the person at the terminal, showing the diff or the command. "session" holds for this process; "always" is
 * written into the user's policy file, with the exact pattern that is shown.
 */
export function terminalApprover({ io, colour, by }: TerminalApproverOptions): Approver {
  const session = new Set<string>();
  const show = io.errIsTerminal ? io.err : io.out;
  return async (request, { signal, always }) => {
    const scope = scopeOf(request);
    if (session.has(scope.key) && request.approvals <= 1) return { kind: 'approve', by: [`${by} (this session)`] };
    const offer = request.approvals <= 1 ? always : undefined;
    await show(question(request, { scope: scope.words, pattern: offer?.pattern }, colour));
    for (;;) {
      const line = (await askLine(io, show, colour.bold('Allow it? '), signal)).trim();
      const word = line.toLowerCase();
      if (word === '') continue;
      if (word === 'q' || word === 'quit') return { kind: 'stop' };
      if (word === 'n' || word === 'no') return { kind: 'deny', by };
      if (word === 's' || word === 'session') session.add(scope.key);
      if (offer && (word === 'a' || word === 'always')) {
        offer.keep();
        return { kind: 'approve', by: [`${by} (always)`] };
      }
      if (['y', 'yes', 's', 'session'].includes(word)) return confirmed(request, { io, show, by, signal });
      // A letter that is no answer here must not become the words of a denial.
      if (word === 'a' || word === 'always') continue;
      return { kind: 'deny', by, reason: line };
    }
  };
}

/** Alone at one terminal, a second confirmation stands in for the second person, and the log says so. */
async function confirmed(
  { approvals, rule }: ApprovalRequested,
  { io, show, by, signal }: { io: Io; show: (text: string) => Promise<void>; by: string; signal: AbortSignal },
): Promise<Reply> {
  if (approvals <= 1) return { kind: 'approve', by: [by] };
  await show(`Rule ${rule} wants ${approvals} people. Alone, confirm by typing "confirm".\n`);
  if ((await askLine(io, show, 'Confirm? ', signal)).trim() !== 'confirm') return { kind: 'deny', by };
  const stands = Array.from({ length: approvals - 1 }, (_, at) => `${by} (alone, confirmed ${at + 2} times)`);
  return { kind: 'approve', by: [by, ...stands] };
}

function question(
  request: ApprovalRequested,
  { scope, pattern }: { readonly scope: string; readonly pattern: string | undefined },
  colour: Colour,
): string {
  const why = colour.yellow(`${request.tool} asks first: ${plainText(request.reason)} (rule ${request.rule})`);
  const session = request.approvals > 1 ? '' : ` · ${colour.bold('s')} for this session: ${scope}`;
  const always = pattern === undefined ? '' : ` · ${colour.bold('a')} always: ${plainText(pattern)}`;
  const keys = `${colour.bold('y')} yes · ${colour.bold('n')} no${session}${always} · ${colour.bold('q')} stop the run · other words: no, and why`;
  return `\n${why}\n${previewText(request, colour)}${colour.dim(keys)}\n`;
}
