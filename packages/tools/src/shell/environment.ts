/** What a child's environment is made from. */
export interface EnvironmentOptions {
  /** Names kept although they look like a secret, for example `DATABASE_URL`. */
  readonly keep?: readonly string[];
  /** Added last; wins over everything. */
  readonly add?: Readonly<Record<string, string>>;
}

/**
 * Gives the environment for a command that a model chose: without keys, tokens and passwords, and without what would
 * wait for a person (pagers, editors, prompts).
 */
export function cleanEnvironment(
  source: Readonly<Record<string, string | undefined>>,
  { keep = [], add = {} }: EnvironmentOptions = {},
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined || (!keep.includes(name) && looksSecret(name, value))) continue;
    kept[name] = value;
  }
  return { ...kept, ...quiet, ...add };
}

const quiet = {
  TERM: 'dumb',
  NO_COLOR: '1',
  PAGER: 'cat',
  GIT_PAGER: 'cat',
  MANPAGER: 'cat',
  SYSTEMD_PAGER: '',
  GIT_EDITOR: 'true',
  GIT_TERMINAL_PROMPT: '0',
  GCM_INTERACTIVE: 'never',
  DEBIAN_FRONTEND: 'noninteractive',
} as const;

// Sockets of agents and X cookies are paths, and the session names of terminals and desktops open nothing.
const harmless =
  /^(SSH_AUTH_SOCK|XAUTHORITY|(TERM|XDG|DESKTOP|GDM)_?SESSION.*|SESSION_MANAGER|KEYBOARD.*|.*_(KEYMAP|KEYBINDINGS))$/i;

// Programs that hand out passwords, or ask a person for them.
const asking = /^(GIT|SSH|SUDO)_ASKPASS$|^VSCODE_GIT_/;

const secretName =
  /(^|_)(API_?KEYS?|KEY|KEYS|TOKENS?|PAT|SECRETS?|PASS(WORD|WD|PHRASE)?|PWD_HASH|CREDENTIALS?|CREDS?|AUTH|BEARER|JWT|COOKIES?|DSN|SALT|CERT(IFICATE)?_DATA)(_|$)|(APIKEY|ACCESSKEY|SECRETKEY|AUTHTOKEN|PASSWORD|PASSWD)|_authToken|_PWD$|CONNECTION_?STRING|WEBHOOK_URL/i;

const secretValue = new RegExp(
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY/,
    /\b(sk|rk|pk)[-_](ant|proj|live|test|or)[-_]/,
    /\bsk-[A-Za-z0-9]{20}/,
    /\b(ghp|gho|ghu|ghs|ghr|glpat|npm|pypi|hf|xai|gsk)[-_][A-Za-z0-9_-]{20}/,
    /\bgithub_pat_/,
    /\bxox[abposr]-/,
    /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
    /\bAIza[\w-]{30}/,
    /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./,
    /:\/\/[^\s/:@]*:[^\s/@]+@/,
  ]
    .map((pattern) => pattern.source)
    .join('|'),
);

function looksSecret(name: string, value: string): boolean {
  if (harmless.test(name)) return false;
  if (asking.test(name)) return true;
  if (secretName.test(name)) return true;
  // A proxy with a password in it stays: without it nothing is reachable at all.
  return secretValue.test(value) && !/^(https?|all|ftp|no)_proxy$/i.test(name);
}
