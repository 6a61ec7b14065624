import { explain } from '../decide/explain.ts';
import type { Explanation } from '../decide/explain.ts';
import type { Policy, Verdict } from '../decide/policy.ts';
import type { Effect } from '../effect/effect.ts';
import { foreignShell } from '../command/foreign-shell.ts';
import { checkUrl } from '../url/check-url.ts';

/** One question to a policy, as `capstan policy guard --batch` reads it, a JSON line each. */
export interface JudgeRequest {
  readonly kind: 'shell' | 'path' | 'url';
  /** The command line, the path or the URL. */
  readonly input: string;
  /** For `path`: what is done to it. Default `read`. */
  readonly op?: 'read' | 'write' | 'create' | 'delete';
  /** Default `linux`. On `windows` paths fold case and lines are for `cmd` unless `shell` says otherwise. */
  readonly os?: string;
  /** Which shell reads the line. Default `bash`; `cmd` and `powershell` are recognised and asked about. */
  readonly shell?: string;
  /** For `url`: the addresses that the name has, in one list or by host. */
  readonly dns?: readonly string[] | Readonly<Record<string, readonly string[] | string>>;
  /** Absolute working folder. Default: the policy's first root. */
  readonly cwd?: string;
}

/** The answer to one question. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly rule: string;
  readonly reason: string;
  /** What it would do, command lines taken apart. */
  readonly effects: readonly Effect[];
}

/**
 * Judges a command line, a path or a URL by a policy. Pure.
 *
 * A URL is judged as a request of `guardedFetch`: internal addresses are denied, whatever the policy says of hosts.
 */
export function judge(request: JudgeRequest, policy: Policy): Judgement {
  const cwd = request.cwd ?? policy.roots[0] ?? '/';
  if (request.kind === 'url') return judgeUrl(request, policy);
  if (request.kind === 'path') return answer(explain(policy, { effects: [pathEffect(request, cwd)] }));
  const foreign = foreignShell(request.input, request);
  if (foreign) return judgeForeign(foreign, policy);
  return answer(explain(policy, { effects: [{ kind: 'run', command: request.input, cwd }] }));
}

function answer({ decision, effects }: Explanation): Judgement {
  const { verdict, rule, reason } = decision;
  return { verdict, rule, reason, effects: effects.map(({ effect }) => effect) };
}

function pathEffect({ input, op = 'read', os = 'linux' }: JudgeRequest, cwd: string): Effect {
  const windows = /^win/i.test(os);
  const absolute = input.startsWith('/') || /^[a-zA-Z]:[\\/]|^\\\\/.test(input);
  const slashed = windows && !absolute ? input.replaceAll('\\', '/') : input;
  if (input === '' || input.includes('\0') || /^~[^/]*(?:\/|$)/.test(slashed)) {
    if (input.startsWith('~') && !input.includes('\0'))
      return effectOf(op, slashed.replace(/^~(?=\/|$)/, '/home/~').replace(/^~/, '/home/'));
    return { kind: 'unknown', note: 'the path is empty or holds a NUL' };
  }
  // A drive-relative path (`C:a`) means a folder that only Windows knows; a URL is no path.
  if (/^[a-zA-Z]:(?![\\/])/.test(input) || /^[a-z][a-z0-9+.-]+:\/\//i.test(input))
    return { kind: 'unknown', note: `\`${input}\` is no path of this folder` };
  // Short names stand for long ones, and a colon names a stream of a file: what that is, only Windows knows.
  if (windows && /(?:^|[/\\])[^/\\]*~\d+(?:\.[^/\\]{0,3})?(?=[/\\]|$)|^(?![a-zA-Z]:[/\\]|[/\\]{2}).*:/.test(input))
    return { kind: 'unknown', note: `\`${input}\` may stand for another file of Windows` };
  if (
    /(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.[^/]*)?$/i.test(slashed.replaceAll('\\', '/')) &&
    windows
  ) {
    return { kind: 'unknown', note: `\`${input}\` is a device of Windows` };
  }
  return effectOf(op, absolute ? input : slashed.startsWith('/') ? slashed : `${cwd}/${slashed}`);
}

function effectOf(op: JudgeRequest['op'], path: string): Effect {
  if (op === 'read' || op === undefined) return { kind: 'read', path };
  const change = op === 'delete' ? 'delete' : op === 'create' ? 'create' : undefined;
  return { kind: 'write', path, ...(change ? { change } : {}) };
}

function judgeForeign({ note, harm }: { readonly note: string; readonly harm?: string }, policy: Policy): Judgement {
  const effects: readonly Effect[] = [{ kind: 'unknown', note }];
  if (harm !== undefined) return { verdict: 'deny', rule: 'catastrophic', reason: harm, effects };
  const judged = answer(explain(policy, { effects }));
  return judged.verdict === 'allow' ? { ...judged, verdict: 'ask', rule: 'foreign-shell', reason: note } : judged;
}

function judgeUrl({ input, dns }: JudgeRequest, policy: Policy): Judgement {
  const bare = checkUrl(input);
  const addresses = addressesOf(dns, bare.host);
  const check = checkUrl(input, addresses);
  const effect: Effect = { kind: 'network', url: input, guarded: true, ...(addresses.length > 0 ? { addresses } : {}) };
  if (check.kind !== 'public' && check.kind !== 'unusual') {
    const named = check.kind !== 'metadata' && check.kind !== 'unsafe' && explain(policy, { effects: [effect] });
    const exact = named && named.decision.verdict === 'allow' && named.decision.rule !== 'public-web';
    if (!exact) return { verdict: 'deny', rule: `url.${check.kind}`, reason: check.reason, effects: [effect] };
  }
  const judged = answer(explain(policy, { effects: [effect] }));
  return check.kind === 'unusual' && judged.verdict === 'allow'
    ? { ...judged, verdict: 'ask', rule: 'url.unusual', reason: check.reason }
    : judged;
}

function addressesOf(dns: JudgeRequest['dns'], host: string | undefined): readonly string[] {
  if (!dns) return [];
  if (Array.isArray(dns)) return dns as readonly string[];
  const byHost = dns as Readonly<Record<string, readonly string[] | string>>;
  const found = host !== undefined && Object.hasOwn(byHost, host) ? byHost[host] : undefined;
  return typeof found === 'string' ? [found] : (found ?? []);
}
