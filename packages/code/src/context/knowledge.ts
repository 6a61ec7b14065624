import { symbolFinder, type SymbolFinder } from '../index/find-symbols.ts';
import type { LiveIndex } from '../index/live-index.ts';
import { moduleGraph, type ModuleGraph } from '../index/module-graph.ts';
import { fileTable, type FileTable } from '../rank/file-table.ts';

/** What is laid out of an index for answering; each part is made when it is first asked for. */
export interface Knowledge {
  readonly live: LiveIndex;
  readonly finder: SymbolFinder;
  readonly graph: ModuleGraph;
  readonly table: FileTable;
}

/** Gives what is known, laid out anew after a refresh that changed something. */
export function knowledgeOf(live: LiveIndex): () => Knowledge {
  let made: { readonly generation: number; readonly knowledge: Knowledge } | undefined;
  return () => {
    if (made?.generation !== live.generation) made = { generation: live.generation, knowledge: layOut(live) };
    return made.knowledge;
  };
}

function layOut(live: LiveIndex): Knowledge {
  let [finder, graph, table]: [SymbolFinder?, ModuleGraph?, FileTable?] = [];
  return {
    live,
    get finder() {
      return (finder ??= symbolFinder(live));
    },
    get graph() {
      return (graph ??= moduleGraph(live));
    },
    get table() {
      return (table ??= fileTable(live));
    },
  };
}
