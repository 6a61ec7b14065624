import { existsSync } from 'node:fs';

// File 3 moves out of the way of commands that use it, and tells where the command ended. `eval` keeps the line's own
// meaning: its exits, its functions, its line numbers.
const bash = `exec 198>&3 3>&-; trap 'pwd -P >&198' EXIT; __capstan=$1; shift; eval "$__capstan"`;
const posix = `exec 9>&3 3>&-; trap 'pwd -P >&9' EXIT; __capstan=$1; shift; eval "$__capstan"`;

/** Gives the words that run a command line in bash, or in sh where there is no bash, and report its last folder. */
export function shellLine(command: string): [string, ...string[]] {
  const path = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash', '/run/current-system/sw/bin/bash'].find((place) =>
    existsSync(place),
  );
  if (!path) return ['/bin/sh', '-c', posix, 'sh', command];
  return [path, '--noprofile', '--norc', '-c', bash, 'bash', command];
}
