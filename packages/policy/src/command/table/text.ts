import type { Program } from '../program.ts';

const open: Program = { operands: 'read', flags: '*' };
const silent: Program = { flags: '*' };

const compressorFlags =
  '-c -d -k -f -v -l -t -q -z -# --stdout --decompress --keep --force --verbose --test --quiet --compress --to-stdout --version --help';
/** Compresses a file in its place unless it only lists, tests or prints. */
const compressor: Program = {
  operands: 'write',
  flags: compressorFlags,
  values: '-T:text --threads:text',
  when: {
    '-c': 'read',
    '-l': 'read',
    '-t': 'read',
    '--stdout': 'read',
    '--to-stdout': 'read',
    '--list': 'read',
    '--test': 'read',
  },
};

/** Programs that read text and print text. Sources: the manual pages of GNU coreutils 9, grep 3, ripgrep 15 and BSD. */
export const textPrograms: Readonly<Record<string, Program>> = {
  cat: open,
  tac: open,
  head: { ...open, values: '-n:text -c:text --lines:text --bytes:text' },
  tail: { ...open, values: '-n:text -c:text -s:text --lines:text --bytes:text --pid:text --sleep-interval:text' },
  wc: { ...open, values: '--files0-from:read' },
  nl: { ...open, values: '-b:text -d:text -f:text -h:text -i:text -l:text -n:text -s:text -v:text -w:text' },
  cut: {
    ...open,
    values: '-d:text -f:text -c:text -b:text --delimiter:text --fields:text --output-delimiter:text --characters:text',
  },
  tr: silent,
  rev: open,
  fold: { ...open, values: '-w:text --width:text' },
  fmt: { ...open, values: '-w:text -p:text --width:text' },
  expand: { ...open, values: '-t:text' },
  unexpand: { ...open, values: '-t:text' },
  paste: { ...open, values: '-d:text --delimiters:text' },
  join: { ...open, values: '-1:text -2:text -j:text -t:text -o:text -e:text -a:text -v:text' },
  comm: open,
  column: {
    ...open,
    values: '-s:text -o:text -c:text -N:text --separator:text --output-separator:text --table-columns:text',
  },
  od: { ...open, values: '-A:text -t:text -N:text -j:text -w:text' },
  hexdump: { ...open, values: '-n:text -s:text -e:text -f:read' },
  hd: { ...open, values: '-n:text -s:text' },
  strings: { ...open, values: '-n:text -t:text -e:text' },
  base64: { ...open, values: '-w:text --wrap:text -o:write --output:write -i:read' },
  base32: { ...open, values: '-w:text --wrap:text' },
  cksum: open,
  sum: open,
  md5sum: open,
  md5: open,
  sha1sum: open,
  sha224sum: open,
  sha256sum: open,
  sha384sum: open,
  sha512sum: open,
  shasum: { ...open, values: '-a:text' },
  b2sum: open,
  cmp: { ...open, values: '-n:text -i:text' },
  diff: {
    ...open,
    values:
      '-U:text -C:text -I:text -x:text -W:text -F:text --exclude:text --label:text -L:text -X:read --exclude-from:read --from-file:read --to-file:read',
  },
  colordiff: open,
  diff3: { operands: 'read', flags: '-a -m -A -e -E -x -X -3 -i -T' },
  zcat: open,
  bzcat: open,
  xzcat: open,
  zstdcat: open,
  gzcat: open,
  zgrep: {
    operands: 'text read',
    flags: '-i -n -v -c -l -h -H -o -w -x -E -F -q -s',
    values: '-A:text -B:text -C:text -m:text',
  },
  xxd: {
    operands: 'read write',
    flags: '-a -b -C -E -e -i -p -ps -u -v',
    values: '-c:text -g:text -l:text -s:text -o:text -n:text',
  },
  sort: {
    operands: 'read',
    flags:
      '-b -d -f -g -i -M -h -n -R -r -V -c -C -m -s -u -z -# --ignore-leading-blanks --dictionary-order --ignore-case --general-numeric-sort --ignore-nonprinting --month-sort --human-numeric-sort --numeric-sort --random-sort --reverse --version-sort --check --merge --stable --unique --zero-terminated --debug --help --version',
    values:
      '-k:text --key:text -t:text --field-separator:text -S:text --buffer-size:text --parallel:text --sort:text --sort?:text --check?:text -o:write --output:write --files0-from:ask --random-source:read -T:ask',
  },
  uniq: {
    operands: 'read write',
    flags:
      '-c -d -D -i -u -z -# --count --repeated --all-repeated --ignore-case --unique --zero-terminated --group --help --version',
    values:
      '-f:text -s:text -w:text --skip-fields:text --skip-chars:text --check-chars:text --group?:text --all-repeated?:text',
  },
  shuf: {
    operands: 'read',
    flags: '-e -z -r --echo --repeat --zero-terminated',
    values: '-n:text -i:text --head-count:text --input-range:text -o:write --output:write',
  },
  tsort: open,
  look: { operands: 'text read', flags: '-d -f -b -a', values: '-t:text' },
  grep: {
    operands: 'text read',
    flags: '*',
    values:
      '-e:text -f:read -m:text -A:text -B:text -C:text -d:text -D:text --regexp:text --file:read --max-count:text --after-context:text --before-context:text --context:text --include:text --exclude:text --exclude-dir:text --include-dir:text --exclude-from:read --label:text --color?:text --colour?:text --binary-files:text --directories:text --devices:text',
    when: {
      '-e': 'read',
      '-f': 'read',
      '--regexp': 'read',
      '--file': 'read',
      '-r': 'text tree',
      '-R': 'text tree',
      '--recursive': 'text tree',
      '--dereference-recursive': 'text tree',
    },
  },
  rg: {
    operands: 'text tree',
    flags:
      '-i -s -S -v -w -x -l -c -o -n -N -H -I -h -u -U -P -F -L -a -p -q -0 -. -V --ignore-case --case-sensitive --smart-case --invert-match --word-regexp --line-regexp --files-with-matches --files-without-match --count --count-matches --only-matching --line-number --no-line-number --with-filename --no-filename --unrestricted --multiline --multiline-dotall --pcre2 --fixed-strings --follow --text --pretty --quiet --null --hidden --no-ignore --no-ignore-vcs --no-ignore-parent --no-ignore-global --no-heading --heading --json --stats --trim --vimgrep --column --no-column --block-buffered --line-buffered --no-messages --no-config --no-mmap --one-file-system --type-list --version --help --glob-case-insensitive --no-require-git --files --passthru --passthrough --sort-files --debug --trace',
    values:
      '-e:text -f:read -g:text -t:text -T:text -m:text -A:text -B:text -C:text -r:text -j:text -d:text -M:text -E:text --regexp:text --file:read --glob:text --iglob:text --type:text --type-not:text --max-count:text --after-context:text --before-context:text --context:text --replace:text --threads:text --max-depth:text --max-columns:text --max-filesize:text --encoding:text --sort:text --sortr:text --color:text --colors:text --context-separator:text --path-separator:text --type-add:text --ignore-file:read --engine:text --dfa-size-limit:text --regex-size-limit:text',
    when: {
      '--files': 'read',
      '-e': 'tree',
      '-f': 'tree',
      '--regexp': 'tree',
      '--file': 'tree',
      '--type-list': 'text',
    },
  },
  ag: {
    operands: 'text tree',
    flags: '-i -l -c -n -s -S -v -w -u -a -g --hidden --nocolor --nogroup --ts --js --python',
    values: '-A:text -B:text -C:text -G:text --ignore:text -m:text',
  },
  ack: {
    operands: 'text tree',
    flags: '-i -l -c -n -v -w -h -H -f -g --js --ts --python --nocolor',
    values: '-A:text -B:text -C:text --type:text',
  },
  fd: {
    operands: 'text read',
    flags:
      '-H -I -u -s -i -g -F -a -l -L -p -0 -1 -q --hidden --no-ignore --no-ignore-vcs --unrestricted --case-sensitive --ignore-case --glob --fixed-strings --absolute-path --list-details --follow --full-path --print0 --version --help',
    values:
      '-t:text -e:text -E:text -d:text -S:text -c:text -j:text --type:text --extension:text --exclude:text --max-depth:text --min-depth:text --size:text --changed-within:text --changed-before:text --color:text --max-results:text --and:text --owner:text',
  },
  less: {
    operands: 'read',
    flags: '-F -R -X -S -N -i -I -r -E -e -n -s -G -K -M -m -Q -q -w -g -c -#',
    values: '-j:text -p:text -x:text -P:text',
  },
  more: { operands: 'read', flags: '-d -f -l -p -c -s -u -#' },
  bat: {
    operands: 'read',
    flags: '-p -n -A -f -P --plain --number --show-all --no-paging --list-languages --version',
    values:
      '-l:text -r:text -H:text --language:text --line-range:text --style:text --color:text --paging:ask --theme:text --highlight-line:text',
  },
  jq: {
    operands: 'filter read',
    flags:
      '-r -c -n -s -e -S -C -M -a -j -R -# --raw-output --compact-output --null-input --slurp --exit-status --sort-keys --color-output --monochrome-output --ascii-output --join-output --raw-input --tab --stream --seq --version --help --args --jsonargs',
    values:
      '--indent:text -f:ask --from-file:ask -L:ask --arg:text,text --argjson:text,text --slurpfile:text,read --rawfile:text,read',
  },
  yq: {
    operands: 'filter read',
    flags:
      '-r -e -N -P -C -M -n -j -c --raw-output --exit-status --no-doc --prettyPrint --colors --no-colors --null-input --unwrapScalar --version --help -V',
    values: '-o:text -p:text -I:text --output-format:text --input-format:text --indent:text',
  },
  xmllint: {
    operands: 'read',
    flags: '--format --noout --nonet --pretty --recover --html --version',
    values: '--xpath:text',
  },
  csvcut: open,
  csvlook: open,
  csvstat: open,
  iconv: {
    operands: 'read',
    flags: '-c -s -l --list',
    values: '-f:text -t:text --from-code:text --to-code:text -o:write --output:write',
  },
  xz: { ...compressor, flags: `${compressorFlags} --list --robot` },
  unxz: compressor,
  lzma: compressor,
  bzip2: compressor,
  bunzip2: compressor,
  zstd: { ...compressor, values: '-o:output -T:text' },
  unzstd: { ...compressor, values: '-o:output -T:text' },
  nm: {
    operands: 'read',
    flags:
      '-D -g -C -u -n -a -S -l -p -r -A --demangle --defined-only --undefined-only --dynamic --extern-only --size-sort',
  },
  objdump: {
    operands: 'read',
    flags: '-d -D -h -x -t -T -p -s -S -f -r -C -w -g -a --disassemble --headers --syms',
    values: '-j:text -M:text --section:text',
  },
  readelf: {
    operands: 'read',
    flags: '-a -h -l -S -s -d -r -n -V -e -W -w --all --headers --symbols --dynamic --wide',
    values: '-p:text -x:text',
  },
  size: { operands: 'read', flags: '-A -B -d -t' },
  'c++filt': { operands: 'text', flags: '' },
  addr2line: { operands: 'text', flags: '-f -C -i -p -a -s', values: '-e:read' },
  pdfinfo: { operands: 'read', flags: '-meta -box -rawdates', dash: 'long' },
  pr: { operands: 'read', flags: '-m -t -T -n -d -#', values: '-h:text -l:text -w:text' },
  ul: { operands: 'read', flags: '' },
  tee: { operands: 'write', flags: '-a -i -p --append --ignore-interrupts' },
  split: { ask: 'It writes many files.' },
  csplit: { ask: 'It writes many files.' },
};
