import type { Program } from '../program.ts';

const looks =
  '-p -u -s -w -b -a -z -# -M -C -n -m -c -g -i -E -F -l -r -R -t -B -D -W --oneline --graph --decorate --all --stat --shortstat --numstat --dirstat --summary --name-only --name-status --patch --no-patch --raw --cached --staged --color --no-color --word-diff --color-words --no-merges --merges --first-parent --reverse --follow --no-ext-diff --no-textconv --no-renames --find-renames --find-copies --minimal --patience --histogram --ignore-all-space --ignore-space-change --ignore-blank-lines --ignore-space-at-eol --exit-code --quiet --check --full-index --binary --abbrev-commit --no-abbrev-commit --topo-order --date-order --author-date-order --simplify-by-decoration --show-signature --relative-date --parents --children --left-right --cherry-pick --cherry --boundary --branches --tags --remotes --no-walk --compact-summary --function-context --pretty --text --relative --no-relative --full-history --dense --sparse --no-notes --notes --merge-base --no-prefix --submodule --ignore-submodules --regexp-ignore-case --extended-regexp --fixed-strings --perl-regexp --all-match --invert-grep --source --clear-decorations --no-decorate --decorate-refs --pickaxe-all --pickaxe-regex --help --show-pulls --cc --root --no-commit-id --stdin --no-color-moved --color-moved --not --name-only --exclude-first-parent-only --no-expand-tabs';
const lookValues =
  '-n:text -L:text -S:text -G:text -U:text -O:read --format:text --pretty?:text --since:text --after:text --until:text --before:text --author:text --committer:text --grep:text --max-count:text --skip:text --date:text --diff-filter:text --unified:text --color?:text --word-diff?:text --word-diff-regex:text --stat?:text --abbrev?:text --decorate?:text --diff-algorithm:text --inter-hunk-context:text --branches?:text --tags?:text --remotes?:text --glob:text --exclude:text --find-renames?:text --find-copies?:text --submodule?:text --ignore-submodules?:text --color-moved?:text --dirstat?:text --encoding:text --min-parents:text --max-parents:text --relative?:text --notes?:text --ws-error-highlight:text --anchored:text --dst-prefix:text --src-prefix:text --line-prefix:text --stat-width:text --decorate-refs:text --decorate-refs-exclude:text --ancestry-path?:text --diff-merges:text --show-notes?:text';
const look: Program = { operands: 'revision', flags: looks, values: lookValues };
const list = (flags: string, values = ''): Program => ({ operands: 'revision', flags, values });
const network: Program = { operands: 'text', flags: '*', network: true, ask: 'It reaches the network.' };
const bare = (flags = '', values = ''): Program => ({ operands: '', flags, values });

/** What git does, by subcommand. What is missing is asked about. Source: the manual pages of git 2.47. */
export const git: Program = {
  flags:
    '--no-pager -P --version -v --help -h --no-optional-locks --no-replace-objects --literal-pathspecs --html-path --man-path --exec-path -p --paginate',
  values: '-C:folder -c:setting --git-dir:ask --work-tree:ask --config-env:ask --exec-path?:ask --namespace:text',
  sub: {
    status: {
      operands: 'revision',
      flags:
        '-s -b -u -v -z -M --short --branch --porcelain --long --verbose --ignored --no-renames --renames --show-stash --ahead-behind --no-ahead-behind',
      values:
        '--untracked-files?:text --ignored?:text --porcelain?:text --ignore-submodules?:text --column?:text -u?:text',
    },
    log: look,
    diff: { ...look, flags: `${looks} --no-index`, when: { '--no-index': 'tree' } },
    show: look,
    whatchanged: look,
    shortlog: { ...look, flags: `${looks} -e --numbered --summary --email -s` },
    'diff-tree': look,
    'diff-index': look,
    'diff-files': look,
    'range-diff': look,
    'rev-list': { ...look, flags: `${looks} --count --objects --disk-usage --left-only --right-only` },
    blame: {
      operands: 'revision',
      flags:
        '-l -t -f -n -s -e -w -p -c -b -C -M --porcelain --line-porcelain --show-name --show-number --root --show-email --date',
      values: '-L:text --since:text --date:text --abbrev:text --ignore-rev:text --ignore-revs-file:read',
    },
    annotate: { operands: 'revision', flags: '-l -t -w', values: '-L:text' },
    'rev-parse': { operands: 'text', flags: '*' },
    'rev-name': { operands: 'text', flags: '*' },
    'name-rev': list('--tags --all --name-only --always'),
    'ls-files': {
      operands: 'revision',
      flags:
        '-c -d -m -o -i -s -u -k -t -v -f -z --cached --deleted --modified --others --ignored --stage --unmerged --killed --exclude-standard --full-name --recurse-submodules --error-unmatch --directory --no-empty-directory --deduplicate --eol',
      values: '-x:text -X:read --exclude:text --exclude-from:read --format:text --abbrev?:text',
    },
    'ls-tree': list(
      '-d -r -t -l -z --long --name-only --name-status --full-name --full-tree --object-only',
      '--format:text --abbrev?:text',
    ),
    describe: list(
      '--all --tags --long --always --exact-match --first-parent --contains --debug --dirty',
      '--dirty?:text --abbrev:text --candidates:text --match:text --exclude:text',
    ),
    'cat-file': list('-t -s -e -p --batch --batch-check', '--batch?:text --batch-check?:text'),
    grep: {
      operands: 'text revision',
      flags:
        '-i -n -l -L -c -w -v -E -F -G -P -I -h -H -o -p -W -q -r -z --cached --untracked --no-index_ --heading --break --count --all-match --name-only --files-with-matches --files-without-match --line-number --ignore-case --word-regexp --color --no-color --column --show-function --function-context --only-matching --and --or --not --no-recursive --recursive --recurse-submodules --exclude-standard --full-name --text',
      values:
        '-e:text -f:read -A:text -B:text -C:text -m:text --max-depth:text --max-count:text --threads:text --color?:text --after-context:text --before-context:text --context:text',
    },
    branch: {
      operands: '',
      flags:
        '-a -r -v -q -i --all --remotes --list --show-current --verbose --no-color --color --ignore-case --omit-empty',
      values:
        '--contains:text --no-contains:text --merged?:text --no-merged?:text --merged:text --no-merged:text --sort:text --format:text --points-at:text --color?:text --column?:text',
      when: { '--list': 'text' },
    },
    tag: {
      operands: '',
      flags: '-l --list -n -# -i --ignore-case',
      values:
        '--contains:text --no-contains:text --merged:text --no-merged:text --sort:text --format:text --points-at:text --column?:text',
      when: { '-l': 'text', '--list': 'text' },
    },
    remote: {
      flags: '-v --verbose',
      sub: {
        'get-url': { operands: 'text', flags: '--all --push' },
        show: { ...network, unless: '-n' },
        update: network,
      },
    },
    stash: { ask: 'It takes the changes away.', flags: '--help', sub: { list: look, show: look } },
    config: {
      operands: 'text ask',
      flags:
        '-l -z --list --get --get-all --get-regexp --get-urlmatch --global --local --system --worktree --show-origin --show-scope --name-only --includes --bool --int --path --null',
      values: '--type:text -f:read --file:read --default:text',
      when: { '--get': 'text', '--get-all': 'text', '--get-regexp': 'text', '--get-urlmatch': 'text' },
    },
    reflog: { flags: looks, values: lookValues, sub: { show: look, exists: look, HEAD: look, list: bare() } },
    worktree: { sub: { list: bare('-v -z --porcelain --verbose') } },
    submodule: { sub: { status: { operands: 'revision', flags: '--cached --recursive' }, summary: look } },
    notes: { sub: { list: look, show: look } },
    bisect: { sub: { log: bare() } },
    'for-each-ref': {
      operands: 'text',
      flags: '--ignore-case',
      values:
        '--format:text --sort:text --count:text --contains:text --merged:text --no-merged:text --points-at:text --exclude:text',
    },
    'show-ref': {
      operands: 'text',
      flags: '--head --heads --tags --branches -d --dereference -s --hash --verify -q --quiet --exists',
      values: '--hash?:text --abbrev?:text',
    },
    'show-branch': { operands: 'text', flags: '-a -r --all --remotes --list --sha1-name --current --topics' },
    'symbolic-ref': { operands: 'text ask', flags: '--short -q --quiet' },
    'merge-base': { operands: 'text', flags: '-a --all --is-ancestor --fork-point --octopus --independent' },
    'merge-tree': { operands: 'text', flags: '--name-only --messages --no-messages' },
    cherry: { operands: 'text', flags: '-v', values: '--abbrev:text' },
    'count-objects': bare('-v -H --verbose --human-readable'),
    'check-ignore': { operands: 'revision', flags: '-q -v -n -z --quiet --verbose --non-matching --no-index --stdin' },
    'check-attr': { operands: 'text', flags: '-a --all --cached --stdin -z' },
    'check-ref-format': { operands: 'text', flags: '--branch --normalize' },
    'hash-object': { operands: 'read', flags: '--stdin --no-filters', values: '-t:text' },
    'verify-commit': { operands: 'text', flags: '-v --verbose --raw' },
    'verify-tag': { operands: 'text', flags: '-v --verbose --raw' },
    'diff-pairs': look,
    fsck: bare('--full --strict --no-dangling --unreachable --connectivity-only --verbose --no-progress'),
    var: { operands: 'text', flags: '-l' },
    version: bare('--build-options'),
    help: { operands: 'text', flags: '-a -g -c --all --guides' },
    archive: { operands: '', flags: '-l --list' },
    apply: {
      operands: 'ask',
      bare: 'ask',
      flags: '--stat --numstat --summary --check -v -q -R --reverse --verbose --quiet',
      values: '-p:text --exclude:text --include:text --directory:text',
      when: { '--stat': 'read', '--numstat': 'read', '--summary': 'read', '--check': 'read' },
    },
    push: network,
    pull: network,
    fetch: network,
    clone: network,
    'ls-remote': { ...network, unless: '--get-url' },
  },
};
