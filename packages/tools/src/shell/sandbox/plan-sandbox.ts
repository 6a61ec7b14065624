import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { SandboxLevel, SandboxPlan } from './plan.ts';

/** What a sandbox is asked to be. */
export interface SandboxOptions {
  readonly level: SandboxLevel;
  /** Default false. */
  readonly network?: boolean;
  /** Lets programs open Unix sockets, which some tools need among themselves. Default false. */
  readonly unixSockets?: boolean;
  /** Further absolute folders that may be written under `workspace-write`. */
  readonly writable?: readonly string[];
  /**
   * Paths below the root that stay read-only and cannot come into being; a closing slash means a folder.
   * Default `.git/`, `.capstan/`, `.env`.
   */
  readonly protect?: readonly string[];
  /** Where credentials lie. Default: the user's home folder. */
  readonly home?: string;
}

/** A path to cover, and what must stand there for that. */
export interface ProtectedPath {
  readonly path: string;
  readonly kind: 'folder' | 'file';
}

const credentialFolders = [
  '.ssh',
  '.aws',
  '.azure',
  '.gnupg',
  '.kube',
  '.docker',
  '.config/gcloud',
  '.config/gh',
  '.config/hub',
  '.config/op',
  '.config/capstan',
  '.oci',
  '.password-store',
  '.local/share/keyrings',
  '.mozilla',
  '.config/google-chrome',
  '.config/chromium',
  '.terraform.d',
];
const credentialFiles = [
  '.netrc',
  '.git-credentials',
  '.config/git/credentials',
  '.pypirc',
  '.vault-token',
  '.pgpass',
  '.my.cnf',
  '.cargo/credentials',
  '.cargo/credentials.toml',
  '.gem/credentials',
  '.composer/auth.json',
  '.bash_history',
  '.zsh_history',
];
// Settings that hold a token only for some.
const mixedFiles = ['.npmrc', '.yarnrc.yml', '.config/pip/pip.conf', '.m2/settings.xml'];
const maxFolders = 3_000;

/** Finds out which paths of this machine a sandbox has to allow, cover and hide. */
export function planSandbox(
  root: string,
  options: SandboxOptions & { level: SandboxPlan['level']; home: string; scratch: string },
): {
  plan: Omit<SandboxPlan, 'protectedPaths'>;
  protect: readonly ProtectedPath[];
} {
  const {
    level,
    network = false,
    unixSockets = false,
    writable = [],
    protect = ['.git/', '.capstan/', '.env'],
    home,
    scratch,
  } = options;
  if (resolve(root) === '/' || isInside(home, root)) {
    throw new CapstanError(
      'invalid_config',
      `${root} holds the whole home folder; a sandbox that may write there guards nothing. Work in a project folder.`,
      { where: root },
    );
  }
  const outside = (path: string): boolean =>
    !isInside(root, path) && !writable.some((folder) => isInside(folder, path));
  const seen = (names: readonly string[], test: (path: string) => boolean): string[] =>
    names
      .map((name) => join(home, name))
      .filter((path) => existsSync(path) && test(path) && outside(path))
      .map((path) => realpathSync(path));
  const plan = {
    root,
    level,
    network,
    unixSockets,
    writable: writable.map(existing),
    hiddenFolders: seen(credentialFolders, (path) => statSync(path).isDirectory()),
    hiddenFiles: [...seen(credentialFiles, isFile), ...seen(mixedFiles, holdsToken)],
    scratch,
    shownPaths: [...systemPaths(), ...(network ? resolverFiles() : [])],
  };
  const named = protect.map((name) => toProtected(root, name));
  return { plan, protect: level === 'read-only' ? [] : [...named, ...nestedRepositories(root)] };
}

function existing(folder: string): string {
  if (existsSync(folder)) return realpathSync(folder);
  throw new CapstanError('invalid_config', `The folder ${folder}, which is to be writable, does not exist.`, {
    where: folder,
  });
}

function toProtected(root: string, name: string): ProtectedPath {
  const path = resolve(root, name);
  if (!isInside(path, root) || path === root) {
    throw new CapstanError('invalid_config', `The protected path ${name} is not below ${root}.`, { where: name });
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) {
    throw new CapstanError(
      'sandbox_unavailable',
      `${path} is a link, which a sandbox cannot keep from being replaced. Put a real file there, or take it out of the protected paths.`,
      { where: path },
    );
  }
  const folder = found ? found.isDirectory() : name.endsWith('/');
  return { path, kind: folder ? 'folder' : 'file' };
}

// Hooks and settings of a repository inside the work tree run code just as well.
function nestedRepositories(root: string): ProtectedPath[] {
  const found: ProtectedPath[] = [];
  const queue = [root];
  for (let visited = 0; queue.length > 0 && visited < maxFolders; visited += 1) {
    const folder = queue.shift()!;
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.name === '.git' && folder !== root && !entry.isSymbolicLink())
        found.push({ path, kind: entry.isDirectory() ? 'folder' : 'file' });
      else if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) queue.push(path);
    }
  }
  return found;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

// Where NixOS keeps its programs; the rest of /run is sockets and other people's business.
function systemPaths(): string[] {
  // A Node that lies in a temporary folder would vanish under the sandbox's own.
  const node = dirname(realpathSync(process.execPath));
  const covered = ['/tmp', '/var/tmp', '/run'].some((folder) => isInside(node, folder));
  return ['/run/current-system', '/run/wrappers', ...(covered ? [node] : [])].filter((path) => existsSync(path));
}

function resolverFiles(): string[] {
  return ['/etc/resolv.conf']
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path))
    .filter((path) => path.startsWith('/run/'));
}

function isFile(path: string): boolean {
  return statSync(path).isFile();
}

function holdsToken(path: string): boolean {
  return isFile(path) && /_auth|authtoken|password|passwd|:\/\/[^/\s:]*:[^/\s@]+@/i.test(readFileSync(path, 'utf8'));
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`));
}
