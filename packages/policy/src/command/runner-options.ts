import type { Call } from './call.ts';

/** Options that make test runners, linters and builders load or start whatever their words name. */
const loaders =
  /^--?(?:import|require|loader|experimental-loader|preload|plugins?|load-plugins|rules-?dir|(?:test-)?global-?setup|global-?teardown|setup-?files(?:-?after-?env)?|(?:test-?)?runner|bootstrap|init-script|env-file(?:-if-exists)?|exec|exec-?argv|exec-?path|node-options?|script|script-shell|build-and-test|karma-config|python-executable|pythonpath|init-hook|toolexec|overlay|allow-[a-z]+|inspect(?:-brk)?|hooks?)$/i;

/** Options that name something well known, or a file to load. */
const choices =
  /^--?(?:parser|processor|formatter|format|reporters?|test-reporter|resolver|transform|custom-(?:syntax|formatter)|(?:test-)?environment|env|preset|f)$/i;
const file = /^(?:\.{0,2}\/|~|\w+:\/?\/|data:|file:|.*\.(?:[cm]?[jt]s|rb|py|php|so|jar)$)/;

/** Options that name a file of settings, and the names that tools look for by themselves. */
const configuring = /^--?(?:config(?:-?file|-?path)?|conf|c|settings|settings-path|config\.\w+)$/i;
const settings =
  /^(?:\.\/)?(?:[\w-]+\/)*(?:[\w.-]*(?:config|rc)[\w.-]*|tsconfig[\w.-]*|pytest\.ini|setup\.cfg|pyproject\.toml|tox\.ini|mypy\.ini|package\.json|Cargo\.toml|phpunit\.xml[\w.]*|phpstan\.neon[\w.]*|\.golangci\.ya?ml|\.flake8|biome\.jsonc?|knip\.jsonc?|deno\.jsonc?|cspell\.json|jest[\w.-]*\.json|\.(?:eslint|prettier)ignore)$/i;

/** Packages that only translate the repository's own sources while they are loaded. */
const translators =
  /^(?:tsx(?:\/(?:esm|cjs))?|ts-node(?:\/(?:esm|register)(?:\/transpile-only)?)?|@swc-node\/register(?:\/esm\S*)?|@swc\/register|esbuild-register|source-map-support\/register|tsconfig-paths\/register|@babel\/register|jsdom-global\/register)$/;

/** Short options that load, by program. */
const letters: Readonly<Record<string, string>> = {
  node: '-r',
  bun: '-r',
  tsx: '-r',
  mocha: '-r',
  ava: '-r',
  c8: '-r',
  nyc: '-r',
  rspec: '-r -I',
  rubocop: '-r',
  pytest: '-p',
  'py.test': '-p',
  deno: '-A',
  ctest: '-S',
};

const harmlessProperty =
  /^-D(?:skipTests|skipITs|test|it\.test|maven\.test\.(?:skip|failure\.ignore)|failIfNoTests|surefire\.[\w.]+|failsafe\.[\w.]+|style\.color|file\.encoding|checkstyle\.skip|spotbugs\.skip)(?:=.*)?$/;

/**
 * Says which option makes a run of the repository's own tests, checks or builds load something else; `undefined` when
 * none does. What a tool finds by itself is the repository's own; what its words point at may be anything.
 */
export function loadedElsewhere({ name, words }: Pick<Call, 'name' | 'words'>): string | undefined {
  const short = letters[name]?.split(' ') ?? [];
  for (const [at, word] of words.entries()) {
    if (!word.known || !word.text.startsWith('-') || word.text === '--') continue;
    if (/^-D/.test(word.text) && /mvnw?$/.test(name) && !harmlessProperty.test(word.text))
      return `The property \`${word.text}\` can change what is run.`;
    const equals = word.text.indexOf('=');
    const option = equals < 0 ? word.text : word.text.slice(0, equals);
    const value = equals < 0 ? (words[at + 1]?.text ?? '') : word.text.slice(equals + 1);
    const problem = short.some((letter) => option.startsWith(letter) && !option.startsWith('--'))
      ? loading(option.length > 2 ? option.slice(2) : value)
      : problemOf(option, value);
    if (problem) return `The option \`${option}\` ${problem}`;
  }
  return undefined;
}

function loading(value: string): string | undefined {
  return translators.test(value) || /^no:\w+$/.test(value) ? undefined : 'makes it load or start something else.';
}

function problemOf(option: string, value: string): string | undefined {
  if (loaders.test(option)) return loading(value);
  if (choices.test(option) && file.test(value)) return 'makes it load a file.';
  if (!configuring.test(option)) return undefined;
  if (/[{;(]/.test(value)) return 'brings settings of its own.';
  if (value !== '' && !value.startsWith('-') && !settings.test(value)) return 'reads settings from an unusual place.';
  return undefined;
}
