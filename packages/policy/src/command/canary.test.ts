import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsOf } from './commands-of.ts';

// Nothing that is taken for reading may create a file when bash really runs it. Commands are made of pieces by a
// generator with a fixed seed, so that a failure comes again.
const root = mkdtempSync(join(tmpdir(), 'capstan-canary-'));
beforeAll(() => {
  for (const name of ['a', 'b']) writeFileSync(join(root, name), '1\n2\n');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const canaries = [
  'touch C',
  '>C',
  'echo x >C',
  'tee C',
  'cp a C',
  'mkdir C',
  'ls>C',
  'sed -n wC a',
  'sort -oC a',
  'find . -fprint C',
  `awk 'BEGIN{print>"C"}'`,
  'ln -s a C',
  ': >C',
  'uniq a C',
  'eval "touch C"',
  'bash -c "touch C"',
  'env touch C',
  'exec >C',
  'sed "1e touch C" a',
  `awk '{print | "sort -oC"}' a`,
  `awk '{print | "cat > C"}' a`,
  'cd . && touch C',
  'cd .. && cd - && touch C',
  'xz -k a',
  'date -f a > C',
  'shopt -s globstar; tee C **/a',
  'xargs -a a -I{} touch C',
  'printf %s touch\\ C | sh',
  'tar -cf C a',
  'install a C',
  'dd if=a of=C',
  'split a C',
  'truncate -s1 C',
  'perl -e "open F,q(>C)"',
  'python3 -c "open(chr(67),chr(119))"',
  'find . -name a -exec cp {} C +',
  'nl a | tee -a C',
  'let "x=1"; read C <<<"$(tee C <a)"',
  'mapfile -t -C "touch C" -c 1 x <a',
  'cat a',
  'ls',
  'echo C',
  'cd .; ls; cd ..',
  'cd . && ls && cd -',
  `awk '{print | "sort"}' a`,
  'sort a | uniq -c',
  'shopt -s nullglob',
];
const wraps: readonly ((command: string) => string)[] = [
  (c) => `ls; ${c}`,
  (c) => `ls && ${c}`,
  (c) => `ls | ${c}`,
  (c) => `echo $(${c})`,
  (c) => `echo "$(${c})"`,
  (c) => `echo \`${c}\``,
  (c) => `cat <(${c})`,
  (c) => `(${c})`,
  (c) => `{ ${c}; }`,
  (c) => `if ${c}; then ls; fi`,
  (c) => `for i in 1; do ${c}; done`,
  (c) => `case x in x) ${c};; esac`,
  (c) => `f(){ ${c}; }; f`,
  (c) => `ls & ${c}`,
  (c) => `echo \${x:-$(${c})}`,
  (c) => `cat <<E\n$(${c})\nE`,
  (c) => `cat <<'E'\n$(${c})\nE`,
  (c) => `cat <<<"$(${c})"`,
  (c) => `echo $((1+$(${c})))`,
  (c) => `a[$(${c})]=1`,
  (c) => `echo {a,$(${c})}`,
  (c) => `x='a[$(${c})]'; echo $((x))`,
  (c) => `ls # ${c}`,
  (c) => `echo '${c.replaceAll("'", '')}'`,
  (c) => `echo \${x/a/$(${c})}`,
  (c) => `trap '${c.replaceAll("'", '')}' EXIT`,
  (c) => `printf -v 'a[$(${c.replaceAll("'", '')})]' 1`,
  (c) => `y='$(${c.replaceAll("'", '')})'; echo \${y@P}`,
  (c) => `find . -maxdepth 0 -exec ${c} \\;`,
];
const marks = [
  '\\',
  '"',
  "'",
  '`',
  '$(',
  ')',
  ';',
  '&',
  '|',
  '<',
  '>',
  '\n',
  ' ',
  '{',
  '}',
  '#',
  '$',
  '*',
  '[',
  ']',
  '!',
  '=',
  "$'",
  '<<E\n',
  '\nE\n',
  '&&',
  '\\\n',
  'C',
];

function generator(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % count;
  };
}

function generate(random: (count: number) => number): string {
  let command = canaries[random(canaries.length)] ?? '';
  for (let depth = random(4); depth > 0; depth -= 1) command = wraps[random(wraps.length)]?.(command) ?? command;
  for (let edits = random(3); edits > 0; edits -= 1) {
    const at = random(command.length + 1);
    const cut = random(3) === 0 ? 1 + random(3) : 0;
    command = command.slice(0, at) + (cut > 0 ? '' : (marks[random(marks.length)] ?? '')) + command.slice(at + cut);
  }
  return command;
}

function onlyReads(command: string): boolean {
  return commandsOf({ kind: 'run', command, cwd: root }, { roots: [root] }).every(
    ({ effect, classes }) => effect.kind === 'read' || (effect.kind === 'run' && classes?.includes('@reads') === true),
  );
}

test('what is taken for reading creates no file when bash runs it', () => {
  const random = generator(20_261_121);
  const before = readdirSync(root).toSorted();
  let ran = 0;
  for (let round = 0; round < 1_200; round += 1) {
    const command = generate(random);
    if (!onlyReads(command)) continue;
    ran += 1;
    spawnSync('bash', ['--norc', '-c', command], {
      cwd: root,
      timeout: 2_000,
      stdio: 'ignore',
      env: { PATH: '/usr/bin:/bin', HOME: root },
    });
    expect({ command, files: readdirSync(root).toSorted() }).toEqual({ command, files: before });
  }
  expect(ran).toBeGreaterThan(20);
}, 60_000);

const pieces = [
  'a',
  '.env',
  '/',
  '..',
  '-x',
  '{a,b}',
  '{1..3}',
  '{a,}',
  '"q r"',
  "'s t'",
  "$'\\n'",
  "$'\\x41\\''",
  '\\ ',
  '\\a',
  '\\\\',
  '$x',
  '"$x"',
  '$y',
  '~/a',
  ' ',
  '$(echo e)',
  '!',
  '=',
  ':',
  '%',
  '{a,{b,c}}',
  '\\{a,b}',
  '"{a,b}"',
  '{a,b',
  'a}',
  '\\~',
  '^',
  'é',
  '\\\n',
];

test('words that are taken for known are what bash makes of them', () => {
  const random = generator(7);
  let same = 0;
  for (let round = 0; round < 200; round += 1) {
    let word = '';
    for (let count = 1 + random(6); count > 0; count -= 1) word += pieces[random(pieces.length)] ?? '';
    const line = `x='v w' y=z; show ${word}`;
    const effects = commandsOf({ kind: 'run', command: line, cwd: root }, { roots: [root], home: '/home/u' });
    const shown = effects
      .map(({ effect }) => effect)
      .find((effect) => effect.kind === 'run' && effect.command.startsWith('show'));
    if (
      shown?.kind !== 'run' ||
      !shown.argv ||
      effects.some(({ effect }) => effect.kind === 'unknown') ||
      /~\/a.*[{$]|[{$].*~\/a|=~|~\.|\w~/s.test(word)
    )
      continue;
    const real = spawnSync(
      'bash',
      ['--norc', '-c', `show(){ (( $# == 0 )) || printf '%s\\0' "$@"; }; set -f; ${line}`],
      { cwd: root, encoding: 'utf8', env: { PATH: '/usr/bin:/bin', HOME: '/home/u' } },
    );
    if (real.status !== 0) continue;
    same += 1;
    expect({ word, words: shown.argv.slice(1) }).toEqual({ word, words: real.stdout.split('\0').slice(0, -1) });
  }
  expect(same).toBeGreaterThan(40);
}, 60_000);
