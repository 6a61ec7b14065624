import type { Context } from './state.ts';

const systemFolders =
  /^\/(?:$|(?:bin|boot|dev|etc|home|lib\w*|media|mnt|opt|proc|root|run|sbin|snap|srv|sys|usr|var|Users|System|Library|Applications|Volumes|private|nix|cygdrive)$|(?:usr|var)\/(?:bin|lib\w*|sbin|local|share|log|db)$|(?:home|Users)\/[^/]+$|mnt\/[a-z]$)/i;
const everything = /^(?:\*|\*\*|\.\*|\?\*|\*\.\*|\.\[!?\^?[^\]]*\]\*|\.\.?\?\*|\.\?\*|\*\?|\[!?\.?\]\*)$/;

/** Says what is lost when a folder is deleted or changed with all below it, where that is past mending. */
export function criticalHarm(
  path: string,
  glob: boolean,
  { roots, home }: Pick<Context, 'roots' | 'home'>,
): string | undefined {
  const folder = glob ? coveredBy(path) : bare(path);
  if (folder === undefined) return undefined;
  if (systemFolders.test(folder)) return `It would destroy ${folder === '/' ? 'the whole file system' : folder}.`;
  if (/^(?:\/?[a-zA-Z]:[\\/]?|\\\\[^\\]+\\[^\\]+)$/.test(folder)) return `It would destroy the drive ${folder}.`;
  if (holds(folder, home)) return 'It would destroy the home folder.';
  if (roots.some((root) => holds(folder, bare(root)))) return 'It would destroy the whole work folder.';
  return undefined;
}

function bare(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}

function holds(folder: string, inner: string): boolean {
  return folder === inner || inner.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** The folder all of whose entries a pattern means. */
function coveredBy(pattern: string): string | undefined {
  const names = bare(pattern).split('/');
  const first = names.findIndex((name) => /[*?[]/.test(name));
  const rest = names.slice(first);
  if (first < 0 || !rest.every((name) => everything.test(name) || name === '.')) return undefined;
  return names.slice(0, first).join('/') || '/';
}
