import { readFileSync } from 'node:fs';

/** The layers as docs/architecture.md states them. */
export interface Architecture {
  /** Package name → folder and the specifiers it may import; `any` for published names of all packages. */
  readonly packages: ReadonlyMap<string, { readonly folder: string; readonly mayImport: readonly string[] | 'any' }>;
  /** Folder's last name → rooms by layer, lowest first; a layer of several is of rooms side by side. */
  readonly rooms: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** Door → rooms as `package/room`. */
  readonly doors: ReadonlyMap<string, readonly string[]>;
}

/** Reads the three tables of the architecture document. */
export function readArchitecture(file: string): Architecture {
  const text = readFileSync(file, 'utf8');
  const packages = tableRows(text, 'packages').map(([name, folder, may]) => {
    const quoted = [...may!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
    const mayImport = may === 'published names' ? ('any' as const) : quoted;
    return [bare(name!), { folder: folder!, mayImport }] as const;
  });
  const rooms = tableRows(text, 'rooms').map(([name, list]) => [name!, list!.split(' · ').map(layerOf)] as const);
  const doors = tableRows(text, 'doors').map(([door, list]) => [door!, list!.split(', ')] as const);
  return { packages: new Map(packages), rooms: new Map(rooms), doors: new Map(doors) };
}

function tableRows(text: string, name: string): string[][] {
  const after = text.split(`<!-- table: ${name} -->\n`)[1];
  if (after === undefined) throw new Error(`docs/architecture.md has no table marked "${name}".`);
  const lines = after.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function layerOf(text: string): string[] {
  return text.replace(/[{}]/g, '').split(', ');
}

function bare(text: string): string {
  return text.replaceAll('`', '');
}
