import type { Call, Handler, Outcome } from './call.ts';
import { literal } from './field.ts';
import { loadedElsewhere } from './runner-options.ts';
import type { Field } from './field.ts';

const scriptName =
  /^(?:test|tests|t|tst|lint|lints|build|compile|typecheck|type-check|types|tsc|check|checks|format|fmt|prettier|eslint|verify|validate|coverage|cov|unit|integration|e2e|spec|specs|jest|vitest|mocha|bench|knip|attw|publint)(?:[:._-][\w:.-]+)?$/;
const unfit = /(?:publish|deploy|release|upload|push|prod|remote|clean|reset|drop|destroy|seed|migrat|install)/i;
const looking = new Set(
  'ls list ll la licenses why explain root prefix bin help help-search query --version -v -V -h --help doctor_ find-dupes'.split(
    ' ',
  ),
);
const reaching = new Set(
  'install i add ci update up upgrade remove rm uninstall un dedupe prune_ audit outdated view v info show search publish pack_ login logout whoami token create init dlx exec_ fund ping owner access dist-tag deprecate unpublish import fetch'.split(
    ' ',
  ),
);
const valued = /^(?:-w|--workspace|-F|--filter|--filter-prod|--loglevel|--reporter|--cwd|-C|--dir|--prefix)$/;

/** Where packages come from; only the package manager's own configuration knows the host, so no allowed host fits it. */
const registry = 'package-registry:443';

/** Understands `npm`, `pnpm`, `yarn` and `bun`: the repository's scripts, questions, and what reaches a registry. */
export const packageManager: Handler = (call) => {
  const { words, name, context } = call;
  const before = leading(call);
  if (typeof before === 'string') return { ask: before };
  const [sub, ...rest] = words.slice(before);
  if (!sub)
    return words.length > 0 && words.every((word) => /^--?(?:version|v|help|h)$/i.test(word.text))
      ? {}
      : name === 'yarn' || name === 'bun'
        ? reach(call)
        : {};
  if (!sub.known || sub.glob) return { ask: `What ${name} would do is only known when it runs.` };
  const { text } = sub;
  if (text === 'run' || text === 'run-script' || text === 'rum') return runScript(rest, call);
  if (text === 'exec' || text === 'x') return runTool(rest, call);
  if (text === 'dlx') return reach(call);
  if (name === 'yarn' && text === 'workspace' && rest.length > 1)
    return packageManager({ ...call, words: rest.slice(1) });
  // Yarn runs the release that the repository brings along, whatever it is asked.
  if (looking.has(text)) return name === 'yarn' ? { scripts: true } : {};
  if (text === 'config' || text === 'c') {
    const key = rest.map((word) => word.text).join(' ');
    if (/_auth|token|password|passphrase|secret/i.test(key)) return { harm: 'It prints a token.' };
    return /^(?:list|ls|get \S+)$/.test(key) ? {} : { ask: 'It changes settings or prints all of them.' };
  }
  if (text === 'pkg' && /^get(?: |$)/.test(rest.map((word) => word.text).join(' '))) return {};
  if (reaching.has(text)) return reach(call);
  if (text === 'test' || text === 't' || text === 'tst') return arguments_(rest, call);
  if (name !== 'npm') {
    if (scriptName.test(text) && !unfit.test(text)) return arguments_(rest, call);
    if (context.program(text)) return { origin: context.command([sub, ...rest], call.state) };
  }
  return { ask: `\`${name} ${text}\` is not known to be harmless.` };
};

/** Understands `npx` and its like: a tool of the repository that the table knows. */
export const packageRunner: Handler = (call) => {
  const { words, name } = call;
  if (words.length === 1 && /^(?:--version|-v|--help)$/.test(words[0]?.text ?? '')) return {};
  return runTool(name === 'npx' ? words : words, call);
};

/** How many words come before the subcommand; a sentence when one of them is not harmless. */
function leading({ words, context, state }: Call): number | string {
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at];
    if (!word?.known || !word.text.startsWith('-')) break;
    if (/^(?:-C|--dir|--prefix|--cwd)$/.test(word.text)) {
      const folder = words[at + 1];
      if (!folder?.known || folder.glob) return 'It works in a folder that is only known when it runs.';
      context.emit({
        effect: {
          kind: 'read',
          path: folder.text.startsWith('/') ? folder.text : `${state.cwds?.[0] ?? ''}/${folder.text}`,
        },
      });
      at += 1;
    } else if (valued.test(word.text)) at += 1;
    else if (
      !/^(?:-r|-s|-ws|-w|-q|--recursive|--silent|--quiet|--if-present|--workspaces|--include-workspace-root|--workspace-root|--stream|--parallel|--no-color|--color|--json|--workspace=.*|--filter=.*|--reporter=[\w-]+|--loglevel=\w+|--offline|--prefer-offline|--version|-v|-V|--help|-h|--bail|--no-bail|--workspace-concurrency=\d+)$/.test(
        word.text,
      )
    ) {
      return `The option \`${word.text}\` is not known to be harmless.`;
    }
  }
  return at;
}

function runScript(words: readonly Field[], call: Call): Outcome {
  const at = words.findIndex((word) => !word.text.startsWith('-'));
  const script = words[at];
  if (!script)
    return words.every((word) => /^(?:--json|-s|--silent)$/.test(word.text))
      ? {}
      : { ask: 'Its options are not known to be harmless.' };
  if (!script.known || !scriptName.test(script.text) || unfit.test(script.text)) {
    return { ask: `The script \`${script.text}\` is not one of tests, checks and builds.` };
  }
  return arguments_([...words.slice(0, at), ...words.slice(at + 1)], call);
}

function arguments_(words: readonly Field[], { name, context }: Call): Outcome {
  for (const word of words) {
    if (!word.known) return { ask: `\`${word.text}\` is only known when it runs.` };
    if (
      /^--(?:script-shell|node-options|prefix|userconfig|globalconfig|shell|git|node-gyp|ignore-scripts=|scripts-prepend-node-path)/.test(
        word.text,
      )
    ) {
      return { ask: `The option \`${word.text}\` changes what is run.` };
    }
    const path = /(?:^|=|:)(\/[^\s]*|~\/\S*|(?:\.\.\/)+\S*)/.exec(word.text)?.[1];
    if (path !== undefined)
      context.emit({ effect: { kind: 'read', path: path.startsWith('/') ? path : `/outside/${path}` } });
  }
  const other = loadedElsewhere({ name, words });
  return other === undefined ? { scripts: true } : { ask: other };
}

function runTool(words: readonly Field[], call: Call): Outcome {
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at];
    if (!word?.known || !word.text.startsWith('-')) break;
    if (word.text === '-c' || word.text === '--call') {
      const code = words[at + 1];
      if (code?.known) call.context.source(code.text, call.state);
      return { ask: 'It runs a line for a shell.' };
    }
    if (word.text === '--') continue;
    if (!/^(?:--no|--no-install|--offline|--prefer-offline|-q|--quiet|--silent)$/.test(word.text)) {
      return { ask: `The option \`${word.text}\` can fetch or run other packages.` };
    }
  }
  const tool = words[at];
  if (!tool?.known) return { ask: 'Which tool it runs is only known when it runs.' };
  const entry = call.context.program(tool.text);
  if (!entry || !(entry.scripts ?? Object.values(entry.sub ?? {}).some((sub) => sub.scripts))) {
    call.context.emit({ effect: { kind: 'network', url: registry } });
    return { ask: `\`${tool.text}\` may be fetched from a registry and run.` };
  }
  return { origin: call.context.command([literal(tool.text), ...words.slice(at + 1)], call.state) };
}

function reach({ context }: Call): Outcome {
  context.emit({ effect: { kind: 'network', url: registry } });
  return { ask: 'It reaches a registry, and packages may run code.' };
}
