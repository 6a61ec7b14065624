/**
 * Gives one spelling to names that some file system takes for the same: case, Unicode forms and characters without
 * width, and what Windows drops from the end of a name or keeps short (`GIT~1`).
 */
export function folded(path: string): string {
  // Most paths are plain: keep them cheap.
  if (/^[\x21-\x7E]*$/.test(path) && !/[:~]|[.](?:\/|$)/.test(path)) return path.toLowerCase();
  const plain = path
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  return plain.split('/').map(windowsName).join('/');
}

const shortNames: Readonly<Record<string, string>> = {
  'git~1': '.git',
  'env~1': '.env',
  'capsta~1': '.capstan',
  'ssh~1': '.ssh',
  'github~1': '.github',
};

function windowsName(name: string): string {
  if (/^[a-z]:$/.test(name)) return name;
  const bare = name.replace(/:.*$/, '').replace(/[. ]+$/, '');
  return shortNames[bare] ?? (bare === '' ? name : bare);
}
