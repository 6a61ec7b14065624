/** Starters of programs: what stands after them and their options is the command. */
const starters: readonly (readonly string[])[] = (
  'npx,bunx,pnpx,corepack,time,sudo,cross-env,command,exec,env,c8,nyc,xvfb-run,dotenv,pnpm exec,pnpm dlx,yarn exec,' +
  'yarn dlx,bun x,npm exec,coverage run -m,coverage run,poetry run,uv run,pdm run,pipenv run,hatch run,rye run,' +
  'python -m,python3 -m,uvx,pipx run'
)
  .split(',')
  .map((words) => words.split(' '));

/** Options of starters and of package managers that a value follows. */
const valued = new Set(
  '--with --extra --group --python -p --directory --package --only-group --project --filter -F -w --workspace --prefix -C --cwd -e --env-file --concurrency --from --no-group --only --features'.split(
    ' ',
  ),
);

/** Takes off what only starts a command: assignments, `npx`, `poetry run` and the like. */
export function bareCommand(line: string): string {
  let words = line.trim().split(/\s+/);
  for (let before = -1; before !== words.length;) {
    before = words.length;
    words = withoutAssignments(words);
    const starter = starters.find((one) => one.every((word, at) => words[at] === word));
    if (!starter || words.length === starter.length) continue;
    const rest = withoutOptions(words.slice(starter.length));
    // Nothing but options means that it was the command itself.
    if (rest.length > 0) words = rest;
  }
  return words.join(' ');
}

function withoutAssignments(words: readonly string[]): string[] {
  const first = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  return first < 0 ? [] : words.slice(first);
}

function withoutOptions(words: readonly string[]): string[] {
  let at = 0;
  while (words[at]?.startsWith('-')) at += valued.has(words[at] ?? '') ? 2 : 1;
  return words.slice(at);
}

const managers = new Set(['npm', 'pnpm', 'yarn', 'bun']);

/** Commands of the managers themselves, which no script can be called by without `run`. */
const own = new Set(
  'install ci i clean-install add remove exec dlx publish pack link config cache audit version set dedupe store create init x why view update upgrade login whoami pkg dist-tag outdated prune rebuild import patch setup deploy fetch'.split(
    ' ',
  ),
);

/** The script that a command of a package manager runs; undefined where it runs none. */
export function scriptIn(command: string): string | undefined {
  const [manager = '', ...words] = command.split(/\s+/);
  if (!managers.has(manager)) return undefined;
  let rest = withoutOptions(words);
  if (rest[0] === 'workspaces' && rest[1] === 'foreach') rest = withoutOptions(rest.slice(2));
  if (rest[0] === 'workspace') rest = rest.slice(2);
  const [first] = rest;
  if (first === 'run' || first === 'run-script') return withoutOptions(rest.slice(1))[0];
  if (first === 't' || first === 'tst') return 'test';
  if (first === undefined || own.has(first)) return undefined;
  return manager === 'npm' && !/^(test|start|stop|restart)$/.test(first) ? undefined : first;
}

/** The target, task or script that a runner of such runs, or the name of a script that lies where scripts do. */
export function targetIn(command: string): string | undefined {
  const file = /^(?:(?:ba|z)?sh )?(?:\.\/)?(?:scripts?|bin|ci|hack|dev|tools)\/([\w-]+?)(?:\.sh)?(?:\s|$)/.exec(
    command,
  )?.[1];
  if (file !== undefined) return file;
  const [program = '', ...words] = command.split(/\s+/);
  return /^(g?make|just|task|rake|invoke|inv|poe|mage|hatch)$/.test(program)
    ? withoutOptions(words).find((word) => !word.includes('='))
    : undefined;
}
