import type { ObjectStore } from './object-store.ts';
import type { Scan, ScannedFile } from './scan.ts';

interface TreeNode {
  readonly files: Map<string, ScannedFile>;
  readonly folders: Map<string, TreeNode>;
}

/** Writes what a scan found as trees of git. @returns The root's object. */
export function writeGitTree(objects: ObjectStore, { files }: Scan): string {
  const root: TreeNode = { files: new Map(), folders: new Map() };
  for (const [path, file] of files) {
    const names = path.split('/');
    const name = names.pop() ?? '';
    folderAt(root, names).files.set(name, file);
  }
  return writeNode(objects, root);
}

/** Writes a commit that holds a tree, so that git can show it. */
export function writeCommit(
  objects: ObjectStore,
  tree: string,
  message: { readonly at: number; readonly text: string },
): string {
  const who = `Capstan <capstan@localhost> ${Math.floor(message.at / 1000)} +0000`;
  return objects.put('commit', Buffer.from(`tree ${tree}\nauthor ${who}\ncommitter ${who}\n\n${message.text}\n`));
}

function folderAt(root: TreeNode, names: readonly string[]): TreeNode {
  let node = root;
  for (const name of names) {
    const next = node.folders.get(name) ?? { files: new Map(), folders: new Map() };
    node.folders.set(name, next);
    node = next;
  }
  return node;
}

function writeNode(objects: ObjectStore, node: TreeNode): string {
  const rows: { key: Buffer; entry: Buffer }[] = [];
  const add = (name: string, mode: string, { id, slash }: { id: string; slash: string }) => {
    const entry = Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]);
    rows.push({ key: Buffer.from(name + slash), entry });
  };
  for (const [name, folder] of node.folders) add(name, '40000', { id: writeNode(objects, folder), slash: '/' });
  for (const [name, file] of node.files) add(name, modeOf(file), { id: file.id, slash: '' });
  rows.sort((a, b) => Buffer.compare(a.key, b.key));
  return objects.put('tree', Buffer.concat(rows.map((row) => row.entry)));
}

function modeOf({ kind, mode }: ScannedFile): string {
  if (kind === 'link') return '120000';
  return mode & 0o111 ? '100755' : '100644';
}
