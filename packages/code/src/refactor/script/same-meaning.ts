import { placeOf } from '../find-target.ts';
import type { Obstacle } from '../obstacle.ts';
import { shiftOf, type Shift, type TextEdit } from '../text-edit.ts';
import { inside, type ScriptService } from './script-service.ts';
import { declarationNames, meantSymbol, nameStart, namesIn } from './script-nodes.ts';
import type { ScriptWorkspace } from './script-workspace.ts';

/** What the names of a project mean: by file and place, where they are declared. */
type Meanings = ReadonlyMap<string, ReadonlyMap<number, readonly NamedPlace[]>>;

interface NamedPlace {
  readonly text: string;
  /** The declarations, in order, as one text. */
  readonly declared: string;
}

/** How places move by a change. */
export interface Moves {
  readonly edits: ReadonlyMap<string, readonly TextEdit[]>;
}

interface Places {
  /** Places, in the text after, where the name itself changes: they stand for one symbol. */
  readonly changed: ReadonlySet<string>;
  /** Where a place ends up that is named by the text before, or by the text after. */
  readonly settle: (path: string, offset: number) => number;
}

/**
 * Looks up what names mean before a change; the function it gives, called after, finds those that mean something else by
 * then: names that were captured, hidden or merged with others.
 */
export function rememberMeanings(
  work: ScriptWorkspace,
  services: readonly ScriptService[],
  { words, moves }: { readonly words: readonly string[]; readonly moves: Moves },
): () => readonly Obstacle[] {
  const shifts = new Map([...moves.edits].map(([path, edits]) => [path, shiftOf(edits)] as const));
  const changed = new Set(
    [...moves.edits].flatMap(([path, edits]) =>
      edits.map(({ start }) => `${path}:${shifts.get(path)?.forward(start)}`),
    ),
  );
  const forward = placesBy(shifts, changed, 'forward');
  const before = services.map((service) => meaningsIn(work, service, { words, places: forward }));
  return () => {
    const settled = placesBy(shifts, changed, 'settle');
    const found = services.flatMap((service, at) => {
      const after = meaningsIn(work, service, { words, places: settled });
      return [...differences(work, before[at] ?? new Map(), after, moves)];
    });
    return [...new Map(found.map((one) => [one.where, one])).values()];
  };
}

function placesBy(shifts: ReadonlyMap<string, Shift>, changed: ReadonlySet<string>, way: 'forward' | 'settle'): Places {
  return { changed, settle: (path, offset) => shifts.get(path)?.[way](offset) ?? offset };
}

function meaningsIn(
  { typescript, files }: ScriptWorkspace,
  service: ScriptService,
  { words, places }: { readonly words: readonly string[]; readonly places: Places },
): Meanings {
  const checker = service.program().getTypeChecker();
  const found = new Map<string, Map<number, NamedPlace[]>>();
  for (const path of service.paths()) {
    const source = service.source(path);
    if (!source) continue;
    const inFile = new Map<number, NamedPlace[]>();
    for (const node of namesIn(typescript, source, words)) {
      const symbol = meantSymbol({ typescript, checker }, node);
      const declared = declarationNames(typescript, symbol)
        .map((name) => {
          const file = name.getSourceFile().fileName;
          const own = inside(files.root, file);
          const at = name.getStart() + (typescript.isStringLiteralLike(name) ? 1 : 0);
          if (own === undefined) return `${file}:${at}`;
          const place = `${own}:${places.settle(own, at)}`;
          // Also `exports = { a }` that became `{ a: b }`: who reads it there means what it meant.
          return places.changed.has(place) ? 'the symbol' : place;
        })
        .toSorted();
      const at = places.settle(path, nameStart(typescript, node));
      const list = inFile.get(at) ?? [];
      inFile.set(at, list);
      list.push({ text: node.text, declared: [...new Set(declared)].join(' ') });
    }
    if (inFile.size > 0) found.set(path, inFile);
  }
  return found;
}

function* differences(
  { files }: ScriptWorkspace,
  before: Meanings,
  after: Meanings,
  { edits }: Moves,
): Generator<Obstacle> {
  for (const [path, names] of after) {
    const expanded = expandedPlaces(edits.get(path) ?? []);
    for (const [at, places] of names) {
      if (expanded.has(at)) continue;
      const meant = before.get(path)?.get(at) ?? [];
      const strange = places.find((place) => !meant.some(({ declared }) => declared === place.declared));
      if (!strange) continue;
      const text = files.text(path) ?? '';
      const what = `${strange.text} would mean something else here than it does now`;
      yield { reason: 'collision', where: placeOf(path, text, at), what };
    }
  }
}

/** Places, in the text after, of edits that put in more than one name. */
function expandedPlaces(edits: readonly TextEdit[]): ReadonlySet<number> {
  const found = new Set<number>();
  let moved = 0;
  for (const { start, end, text } of edits) {
    if (/[:\s]/.test(text)) found.add(start + moved);
    moved += text.length - (end - start);
  }
  return found;
}
