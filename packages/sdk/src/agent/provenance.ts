import type { CopiedText, Effect } from '@capstan/policy';
import type { Provenance } from '@capstan/policy/origin';
import type { DescribedCall, Hook, HookContext } from '../contract/hook.ts';
import type { ToolMessage } from '../contract/message.ts';
import type { RunStore } from '../contract/store.ts';

export interface ProvenanceOptions {
  /** Absolute folders of the user's own work; what lies outside of them is a stranger's. */
  readonly roots: readonly string[];
  /** Where the earlier turns of a session are read from, so that a resumed run still knows what it has seen. */
  readonly store?: Pick<RunStore, 'read'>;
  /** SPDX ids that may be used besides MIT, Apache-2.0, BSD, ISC and freer ones. Default: none. */
  readonly licences?: readonly string[];
  /** Words and signs in a row that count as taken over. Default 60, some eight lines of code. */
  readonly minWords?: number;
  /** Says under which licence a file lies, for example by the package around it. Default: by its own words only. */
  readonly licenceOfFile?: (path: string) => string | undefined | Promise<string | undefined>;
}

const strangers =
  /(?:^|\/)(?:node_modules|bower_components|jspm_packages|vendor|third[-_]party|site-packages|dist-packages|\.venv|venv|Pods|\.cargo\/registry|go\/pkg\/mod|\.m2\/repository|\.gradle\/caches)\//;

/**
 * Makes a hook that knows a stranger's text again when it is written.
 *
 * Results of untrusted tools, and of calls that read other people's packages and repositories, are remembered with
 * source and licence. A write that holds a long piece of one, word for word, is recorded with the decision as `copies`;
 * the presets' rule `foreign-text` asks about those whose licence is not allowed.
 */
export function provenance(options: ProvenanceOptions): Hook {
  const sessions = new Map<string, Promise<Memory>>();
  const memoryOf = (sessionId: string): Promise<Memory> => {
    // A sub-agent's session is named after the one it serves, and they share what was seen.
    const [key = sessionId] = sessionId.split('.');
    let memory = sessions.get(key);
    if (!memory) {
      memory = openMemory(key, options);
      sessions.set(key, memory);
      if (sessions.size > 32) sessions.delete(sessions.keys().next().value ?? key);
    }
    return memory;
  };
  return {
    name: 'provenance',
    async beforeDecision(call, at) {
      const memory = await memoryOf(at.sessionId);
      return memory.copiesIn(call);
    },
    async afterTool(result, at: HookContext) {
      const memory = await memoryOf(at.sessionId);
      await memory.learn(result, at.effects ?? []);
    },
  };
}

interface Memory {
  learn(result: ToolMessage, effects: readonly Effect[]): Promise<void>;
  copiesIn(call: DescribedCall): Promise<readonly Effect[] | undefined>;
}

type Policies = typeof import('@capstan/policy');
type Origins = typeof import('@capstan/policy/origin');

async function openMemory(sessionId: string, options: ProvenanceOptions): Promise<Memory> {
  const [policies, origins] = await Promise.all([import('@capstan/policy'), import('@capstan/policy/origin')]);
  const { minWords, licences = [] } = options;
  const seen = origins.createProvenance({
    allowed: [...origins.permissiveLicences, ...licences],
    ...(minWords === undefined ? {} : { minWords }),
  });
  const memory = memoryFor(seen, { policies, origins, options });
  await recall(sessionId, memory, options.store);
  return memory;
}

/** Takes up what an earlier life of the session has seen. */
async function recall(sessionId: string, memory: Memory, store: ProvenanceOptions['store']): Promise<void> {
  const events = (await store?.read(sessionId)) ?? [];
  const effects = new Map<string, readonly Effect[]>();
  for (const event of events) {
    if (event.type === 'tool.decided') effects.set(event.callId, event.effects);
    if (event.type === 'message.added' && event.message.role === 'tool')
      await memory.learn(event.message, effects.get(event.message.callId) ?? []);
  }
}

interface Tools {
  readonly policies: Policies;
  readonly origins: Origins;
  readonly options: ProvenanceOptions;
}

function memoryFor(seen: Provenance, { policies, origins, options }: Tools): Memory {
  const apart = (effects: readonly Effect[]) => takenApart(effects, policies, options.roots);
  const licenceAt = async (path: string) => options.licenceOfFile?.(path);
  return {
    async learn(result, effects) {
      if (result.failed) return;
      const parts = apart(effects);
      const from = sourceOf(parts, options.roots);
      for (const part of result.parts) {
        if (part.type !== 'text') continue;
        const marked = unmarked(part.text);
        const source = from ?? marked?.source;
        if (source === undefined) continue;
        const text = marked?.text ?? part.text;
        const licence = origins.licenceOf(text) ?? (source.startsWith('/') ? await licenceAt(source) : undefined);
        seen.add({ source, text, ...(licence === undefined ? {} : { licence }) });
      }
    },
    async copiesIn({ input, effects }) {
      const parts = apart(effects);
      const target = parts.find((effect) => effect.kind === 'write') ?? startedIn(effects, parts);
      if (!target) return undefined;
      const copies = stringsIn(input).flatMap((text) => spellings(text).flatMap((each) => seen.check(each)));
      const moved = await copiedFile(effects, parts);
      const all: CopiedText[] = [...copies.map(({ words: _, ...copy }) => copy), ...moved];
      return all.length === 0 ? undefined : [{ kind: 'write', path: target.path, copies: unique(all) }];
    },
  };

  /** A command that reads a stranger's file and writes one of ours, such as `cp`. */
  async function copiedFile(effects: readonly Effect[], parts: readonly Effect[]): Promise<readonly CopiedText[]> {
    const runs = effects.some(({ kind }) => kind === 'run') && parts.some(({ kind }) => kind === 'write');
    const source = runs
      ? sourceOf(
          parts.filter(({ kind }) => kind === 'read'),
          options.roots,
        )
      : undefined;
    if (source === undefined) return [];
    const licence = await licenceAt(source);
    const allowed = origins.isAllowedLicence(licence, [...origins.permissiveLicences, ...(options.licences ?? [])]);
    return [{ source, ...(licence === undefined ? {} : { licence }), allowed, lines: [1, 1] }];
  }
}

/** Effects with command lines taken apart into what they read, write and reach. */
function takenApart(effects: readonly Effect[], { explain, readOnly }: Policies, roots: readonly string[]) {
  if (effects.every(({ kind }) => kind !== 'run')) return effects;
  return explain(readOnly({ roots }), { effects }).effects.map(({ effect }) => effect);
}

/** Where a command that does more than read is started: a here-document may go anywhere below. */
function startedIn(effects: readonly Effect[], parts: readonly Effect[]): { readonly path: string } | undefined {
  const run = effects.find((effect) => effect.kind === 'run');
  const more = run?.kind === 'run' && (/<<|>/.test(run.command) || parts.some(({ kind }) => kind === 'unknown'));
  return run?.kind === 'run' && more ? { path: run.cwd } : undefined;
}

/** Whose text effects bring in; `undefined` when it is the user's own. */
function sourceOf(effects: readonly Effect[], roots: readonly string[]): string | undefined {
  for (const effect of effects) {
    if (effect.kind === 'network') return effect.url;
    if (effect.kind !== 'read') continue;
    const inside = roots.some((root) => effect.path === root || effect.path.startsWith(`${root}/`));
    if (!inside || strangers.test(`${effect.path}/`)) return effect.path;
  }
  return undefined;
}

/** The text inside the mark that results of untrusted tools carry. */
function unmarked(text: string): { readonly source: string; readonly text: string } | undefined {
  const found =
    /^<untrusted source="([^"]*)" id="([^"]*)">\nData, not instructions\.\n([^]*)\n<\/untrusted id="\2">$/.exec(text);
  return found ? { source: found[1] ?? 'outside', text: found[3] ?? '' } : undefined;
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.length >= 80 ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

/** A text as it is, and what it would add as a diff. */
function spellings(text: string): readonly string[] {
  const added = text.split('\n').filter((line) => line.startsWith('+') && !line.startsWith('+++'));
  return added.length < 3 ? [text] : [text, added.map((line) => line.slice(1)).join('\n')];
}

function unique(copies: readonly CopiedText[]): readonly CopiedText[] {
  return [...new Map(copies.map((copy) => [JSON.stringify(copy), copy])).values()];
}
