import type { CommandClass } from './command-class.ts';
import { insideAny } from '../effect/normal-path.ts';
import { awk } from './awk.ts';
import { builtins } from './builtins.ts';
import type { Call, Handler, Outcome } from './call.ts';
import { literal } from './field.ts';
import type { Field } from './field.ts';
import { find } from './find.ts';
import { changesSettings, gitHarm } from './git.ts';
import { nodeTests, oddPrograms } from './odd-programs.ts';
import { originOf } from './origins.ts';
import { packageManager, packageRunner } from './package-manager.ts';
import { programEffects } from './program-effects.ts';
import type { Program } from './program.ts';
import { loadedElsewhere } from './runner-options.ts';
import { sed } from './sed.ts';
import { interpreter, shell } from './shells.ts';
import { note } from './state.ts';
import { wellKnown } from './table/well-known.ts';
import type { CommandEffect, Context, Origin, State } from './state.ts';
import { xargs } from './xargs.ts';

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ...Object.entries(builtins),
  ...Object.entries(oddPrograms),
  ...['npm', 'pnpm', 'yarn', 'bun', 'cnpm'].map((name) => [name, packageManager] as const),
  ...['npx', 'pnpx', 'bunx'].map((name) => [name, packageRunner] as const),
  ['find', find],
  ['gfind', find],
  ['sed', sed],
  ['gsed', sed],
  ...['awk', 'gawk', 'mawk', 'nawk'].map((name) => [name, awk] as const),
  ['xargs', xargs],
  ['gxargs', xargs],
  ...['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'mksh', 'fish', 'csh', 'tcsh', 'rbash'].map(
    (name) => [name, shell] as const,
  ),
  ...[
    'node',
    'nodejs',
    'python',
    'python2',
    'python3',
    'perl',
    'ruby',
    'php',
    'lua',
    'Rscript',
    'osascript',
    'pwsh',
    'powershell',
    'tclsh',
    'expect',
    'irb',
  ].map((name) => [name, interpreter] as const),
]);

const machinePrograms = new Set(
  'nft ufw firewall-cmd umount swapon swapoff insmod rmmod modprobe passwd chpasswd chsh visudo vipw at batch service update-rc.d chkconfig gpg gpg2 ssh-keygen ssh-agent open xdg-open start setcap setfacl chattr enable bind complete fc kexec losetup lvremove vgremove pvremove zpool zfs defaults scutil networksetup launchctl tccutil spctl csrutil osascript screen at reg regedit sc net schtasks bcdedit vssadmin diskpart cipher wmic taskkill netsh icacls takeown'.split(
    ' ',
  ),
);
const programFolders = /^(?:\/usr(?:\/local)?|\/opt\/homebrew)?\/s?bin\//;
const ownPrograms = /^(?:\.\/)?node_modules\/\.bin\//;

/** Understands one command whose words are expanded: says that it runs, what it touches and what it is known to be. */
export function simpleCommand(words: readonly Field[], state: State, context: Context): Origin {
  const [head, ...rest] = words;
  if (!head) return {};
  const command = words.map((word) => shown(word)).join(' ');
  const argv = words.every((word) => word.known && !word.glob && !word.number)
    ? words.map((word) => word.text)
    : undefined;
  const cwd = state.cwds?.[0] ?? context.roots[0] ?? '/';
  const effect = { kind: 'run', command, ...(argv ? { argv } : {}), cwd } as const;
  if (!head.known || head.glob) {
    context.emit({ effect });
    context.emit({
      effect: { kind: 'unknown', note: `which program \`${head.text}\` is, is only known when it runs` },
    });
    return {};
  }
  const name = nameOf(head.text, context);
  standsIn(name, state, context);
  const found: CommandEffect[] = [];
  const call: Call = { name, words: rest, state, context: { ...context, emit: (item) => found.push(item) } };
  const outcome = understand(call);
  const harm = outcome.harm ?? found.find((item) => item.harm !== undefined)?.harm;
  const why = harm ?? outcome.ask ?? outcome.unclear ?? whyAsked(found);
  context.emit({ effect, classes: classesOf(outcome, found, harm), ...(why === undefined ? {} : { why }) });
  for (const item of found) if (item.harm === undefined) context.emit(item);
  if (outcome.asks !== undefined) context.emit({ effect: { kind: 'network', url: `${outcome.asks}:443` } });
  return outcome.origin ?? originOf(call);
}

const anywhere =
  /^(?:cd|chdir|pushd|popd|dirs|pwd|echo|printf|true|false|:|exit|return|break|continue|shift|set|unset|read|test|\[|wait|sleep|date|export|local|declare|readonly|command|builtin|basename|dirname|seq|tr|head|tail|cut|sort|uniq|wc|cat|rev|tac|nl|column|jq|sed|awk|xargs|env|expr|let|printenv|uname|id|whoami)$/;

/** A command sees what lies in the folder it is started in, whatever its words are; the named ones say what they read. */
function standsIn(name: string, { cwds }: State, context: Context): void {
  if (anywhere.test(name)) return;
  if (!cwds) note(context, `\`${name}\` would run in a folder that is only known when it runs`);
  for (const cwd of cwds ?? [])
    if (!insideAny(cwd, context.roots)) context.emit({ effect: { kind: 'read', path: cwd } });
}

function shown(word: Field): string {
  if (!word.known || word.glob || /^[\w@%+=:,./-]+$/.test(word.text)) return word.text;
  return `'${word.text.replaceAll("'", `'\\''`)}'`;
}

function classesOf(
  outcome: Outcome,
  found: readonly CommandEffect[],
  harm: string | undefined,
): readonly CommandClass[] {
  if (harm !== undefined) return ['@catastrophic'];
  if (outcome.ask !== undefined) return [];
  const kinds = found.map(({ effect }) =>
    effect.kind === 'write' && effect.change === 'delete' ? 'delete' : effect.kind,
  );
  if (kinds.includes('unknown') || kinds.includes('network')) return [];
  if (outcome.scripts) return ['@scripts'];
  if (kinds.includes('delete')) return ['@deletes'];
  return [kinds.includes('write') ? '@writes' : '@reads'];
}

/** The name a program goes by. A repository's own `cat` is none of ours, so only its runners and linters are known. */
function nameOf(text: string, context: Context): string {
  const own = text.replace(ownPrograms, '');
  if (own === text) return text.replace(programFolders, '');
  const entry = context.program(own);
  return entry?.scripts || Object.values(entry?.sub ?? {}).some((sub) => sub.scripts) ? own : text;
}

/** Why a command is more than reading, where its handler or table does not say. */
function whyAsked(found: readonly CommandEffect[]): string | undefined {
  for (const { effect } of found) {
    if (effect.kind === 'unknown') return `${effect.note.charAt(0).toUpperCase()}${effect.note.slice(1)}.`;
    if (effect.kind === 'network') return 'It reaches the network.';
  }
  const writes = found.filter(({ effect }) => effect.kind === 'write');
  if (writes.length === 0) return undefined;
  const deletes = writes.some(({ effect }) => effect.kind === 'write' && effect.change === 'delete');
  return deletes ? 'It deletes files, which no patch records.' : 'It changes files, which no patch records.';
}

function understand(call: Call): Outcome {
  const tests = call.name === 'node' ? nodeTests(call) : undefined;
  const outcome = versionOnly(call) ?? tests ?? handlers.get(call.name)?.(call) ?? byTableOrUnheard(call);
  if (outcome.unclear !== undefined) note(call.context, outcome.unclear);
  if (outcome.ask !== undefined || outcome.unclear !== undefined) namedFiles(call);
  return outcome;
}

/** A program that is only asked for its version or its help. */
function versionOnly({ name, words, context }: Call): Outcome | undefined {
  const [only] = words;
  if (words.length !== 1 || !only?.known || only.glob || !/^--(?:version|help)$/.test(only.text)) return undefined;
  const { deny, sub } = context.program(name) ?? {};
  const known = context.program(name) !== undefined || wellKnown.has(name);
  return known && deny === undefined && !(sub && Object.hasOwn(sub, only.text)) && !name.includes('/') ? {} : undefined;
}

function byTableOrUnheard(call: Call): Outcome {
  const program = call.context.program(call.name);
  if (!program) return unheard(call);
  return byTable(program, call);
}

/** Programs that no table knows: asked about, and looked at for what no program may be given. */
function unheard({ name, words, state }: Call): Outcome {
  if (words.some((word) => word.remote) && /^(?:source|eval|exec)$/.test(name))
    return { harm: 'It would run what comes from the network.' };
  if (state.stdin.remote && /sh$/.test(name)) return { harm: 'It would run what comes from the network, unseen.' };
  if (machinePrograms.has(name) || /^(?:user|group)(?:add|del|mod)$|^ip6?tables/.test(name))
    return { unclear: `\`${name}\` changes the machine, not only files.` };
  return { ask: `\`${name}\` is not a program that is known to be harmless.` };
}

function byTable(program: Program, call: Call): Outcome {
  const { name, words, state, context } = call;
  const harm = name === 'git' ? gitHarm(words) : undefined;
  if (harm !== undefined) return { harm };
  if (name === 'git' && changesSettings(words)) return { ask: 'It changes settings of git.' };
  const reading = programEffects(program, words, state, context);
  const entry = reading.program;
  if (entry.deny !== undefined) return { harm: entry.deny };
  const asksItself =
    !/^\.{0,2}\//.test(name) &&
    reading.operands.length === 0 &&
    [...reading.options].some(
      (option) => /^(?:--version|--help|-V)$/.test(option) || (option === '-v' && /^(?:mvn|gradle)$/.test(name)),
    );
  if (asksItself) return {};
  const { notWith, unless, asks } = entry;
  const refused =
    notWith && reading.operands.find((word) => !word.known || word.glob || word.text.toLowerCase().includes(notWith));
  if (refused) return { ask: `\`${refused.text}\` is not known to be harmless here.` };
  if (unless !== undefined && reading.options.has(unless)) return {};
  const { network } = entry;
  if (network) context.emit({ effect: { kind: 'network', url: urlOf(reading.operands, name) } });
  const origin: Origin | undefined = reading.origin ?? (network ? { remote: true } : undefined);
  // A wrapper that lies in the repository is the repository's own code, whatever it is asked.
  const scripts = entry.scripts === true || name.startsWith('./');
  if (scripts) outsideWords(call);
  const other = scripts ? loadedElsewhere(call) : undefined;
  if (other !== undefined) return { ask: other };
  return {
    ...(origin ? { origin } : {}),
    ...(entry.ask === undefined ? {} : entry.outside ? { unclear: entry.ask } : { ask: entry.ask }),
    ...(scripts ? { scripts } : {}),
    ...(asks === undefined ? {} : { asks }),
  };
}

/** What a network program reaches, as far as its words say. */
function urlOf(operands: readonly Field[], name: string): string {
  const url = operands.find((word) =>
    /^(?:[a-z][a-z+.-]*:\/\/|[\w.-]+\.[a-z]{2,}(?:[:/]|$)|localhost|\d+\.\d+\.\d+\.\d+)/i.test(word.text),
  );
  return url?.known ? url.text : `${name}:0`;
}

/** A test run that is pointed at files outside is no longer the repository's own. */
function outsideWords({ words, state, context }: Call): void {
  for (const word of words) {
    const value = word.text.replace(/^--?[\w.-]+[=:]/, '');
    if (!word.known) note(context, `\`${word.text}\` is only known when it runs`);
    else if (/^\w+:\/\//.test(value)) context.emit({ effect: { kind: 'network', url: value } });
    else if (/^(?:\/|~)|\.\.(?:\/|$)/.test(value)) touchOutside(literal(value), state, context);
  }
}

function touchOutside(value: Field, state: State, context: Context, extent: 'file' | 'tree' = 'file'): void {
  const paths = value.text.startsWith('/') ? [value.text] : (state.cwds ?? []).map((cwd) => `${cwd}/${value.text}`);
  for (const path of paths) context.emit({ effect: { kind: 'read', path, ...(extent === 'tree' ? { extent } : {}) } });
}

const credentials =
  /(?:~|\/[\w./-]*)?\/?\.(?:ssh\/id_\w+|aws\/credentials|netrc|git-credentials|pgpass|vault-token|gnupg\/\S+|kube\/config|docker\/config\.json|config\/gh\/hosts\.yml)\b|\/etc\/(?:g?shadow-?|sudoers)\b|\/proc\/(?:self|\d+|\*)\/environ\b/g;

/** Files that the words of a command name which is not understood: no mode may let credentials pass this way. */
function namedFiles({ words, state, context }: Call): void {
  for (const word of words) {
    for (const [found] of word.text.matchAll(credentials)) {
      const text = found.startsWith('~')
        ? context.home + found.slice(1)
        : found.startsWith('/')
          ? found
          : `${context.home}/${found}`;
      touchOutside(literal(text), state, context);
    }
    const value = word.text.replace(/^(?:--?[\w-]+=|[\w-]+=@?|@)/, '');
    if (word.known && !word.glob && /^(?:\/|\.\.?\/|\.\w)/.test(value))
      touchOutside(literal(value), state, context, 'tree');
  }
}
