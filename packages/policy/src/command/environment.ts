import type { Field } from './field.ts';
import { note } from './state.ts';
import type { Context } from './state.ts';

const harmless: Readonly<Record<string, RegExp>> = {
  NODE_ENV: /^\w*$/,
  NODE_OPTIONS:
    /^(?:--(?:max-old-space-size=\d+|no-warnings|trace-warnings|enable-source-maps|experimental-[\w-]+|no-deprecation)\s*)*$/,
  NODE_NO_WARNINGS: /^\d*$/,
  PAGER: /^(?:cat)?$/,
  GIT_PAGER: /^(?:cat)?$/,
  MANPAGER: /^(?:cat)?$/,
  GIT_TERMINAL_PROMPT: /^[01]?$/,
  GIT_OPTIONAL_LOCKS: /^[01]?$/,
  PYTHONUNBUFFERED: /^\w*$/,
  PYTHONDONTWRITEBYTECODE: /^\w*$/,
  PYTHONHASHSEED: /^\w*$/,
  PYTHONPATH: /^(?!\/|.*\.\.|~)[\w./:-]*$/,
  RUST_BACKTRACE: /^\w*$/,
  RUST_LOG: /^[\w:=,]*$/,
  CARGO_TERM_COLOR: /^\w*$/,
  GOFLAGS: /^$|^-(?:mod=\w+|count=\d+|race|v)$/,
  GOOS: /^\w*$/,
  GOARCH: /^\w*$/,
  LESS: /^-?[a-zA-Z]*$/,
};

const telling =
  /^(?:LD_|DYLD_|GIT_|NODE_|NPM_|npm_|YARN_|PNPM_|BUN_|DENO_|PYTHON|PERL|RUBY|GEM_|BUNDLE_|JAVA|_JAVA|JDK_|MAVEN|GRADLE|BASH|LESS|MAN|XDG_|GREP_|TAR_|GZIP|XZ_|ZSTD_|RIPGREP_|FZF_|DOCKER|KUBE|AWS_|AZURE|GOOGLE_|GCP|SSH|CARGO|RUST|GO|GCC|CC$|CXX$|CPP|CFLAGS|CXXFLAGS|LDFLAGS|MAKE|MFLAGS|CMAKE|PIP|UV_|POETRY|VIRTUAL_ENV|CONDA|OPENSSL|SSL_|CURL_|WGETRC|NETRC|TERMINFO|TERMCAP|GCONV|LOC|NLSPATH|RESOLV|HOSTALIASES|MALLOC|GLIBC|TMP|TEMP|HISTFILE|PS\d|VITE_|JEST_|VITEST_|ESLINT|PRETTIER|TS_NODE|TSX_|PYTEST|TOX|DISPLAY|SUDO_|SYSTEMD|FPATH|ZDOTDIR|INPUTRC|VIM|EMACS|NVIM|DIRENV|COREPACK|PHP|LUA|R_|JULIA|ERL_|ELIXIR|MIX_)/;
const exact =
  /^(?:PATH|IFS|ENV|PAGER|EDITOR|VISUAL|BROWSER|PROMPT_COMMAND|SHELLOPTS|HOME|CDPATH|GLOBIGNORE|SHELL|EXECIGNORE|FIGNORE|POSIXLY_CORRECT|OLDPWD|PWD|UID|AR|LD|CROSS_COMPILE|RUSTC|GIT|LS_COLORS|[a-zA-Z]+_(?:proxy|PROXY)|SOURCE_DATE_EPOCH)$/;

const numbers =
  /^(?:S?RANDOM|SECONDS|OPTIND|OPTERR|HISTCMD|HISTSIZE|HISTFILESIZE|LINENO|EUID|PPID|BASHPID|EPOCH\w*|COLUMNS|LINES|TMOUT|MAILCHECK|FUNCNEST)$/;

/** Says what is wrong with setting an environment variable: some make harmless programs run or load something else. */
export function checkAssignment(name: string, value: Field, context: Context): void {
  const allowed = harmless[name];
  if (allowed && value.known && !value.glob && allowed.test(value.text)) return;
  // The shell reckons with what such a variable is set to, and an index in it can run commands.
  if (numbers.test(name) && !(value.known && /^\d*$/.test(value.text)))
    note(context, `setting \`${name}\` is evaluated as arithmetic`);
  if (telling.test(name) || exact.test(name)) note(context, `setting \`${name}\` can change what programs run or load`);
}

/** Tells whether a shell variable means something to the shell itself. */
export function isShellVariable(name: string): boolean {
  return exact.test(name) || numbers.test(name) || /^(?:BASH|LD_|PS\d)/.test(name);
}
