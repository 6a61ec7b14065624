import { CapstanError } from '@capstan/sdk/contract';
import type { Tool } from '@capstan/sdk/contract';
import type { Tool as ServerTool } from '@modelcontextprotocol/client';
import type { EffectSource } from './declared-effects.ts';
import { fingerprint } from './fingerprint.ts';
import type { Link } from './link.ts';
import { changed, changedTool, mcpTool } from './mcp-tool.ts';
import { resourceTools } from './resource-tools.ts';
import { toolName } from './tool-name.ts';
import { schemaProblem } from './usable-schema.ts';

/** How what a server offers differs from what it offered before; names as models see them. */
export interface McpChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Refused from now on, until accepted. */
  readonly changed: readonly string[];
}

/** A tool that differs from what was accepted. */
export interface McpChangedTool {
  /** As models see it. */
  readonly name: string;
  /** What the server says of it now, to be shown to a person. */
  readonly now: ServerTool;
  readonly fingerprint: string;
}

/** A tool left out, by the server's own name for it. */
export interface McpUnusable {
  readonly tool: string;
  readonly why: string;
}

export interface OfferOptions extends EffectSource {
  readonly link: Link;
  readonly timeoutMs: number;
  readonly known: Readonly<Record<string, string>>;
  readonly onChange?: (change: McpChange) => void;
}

interface Entry {
  readonly now: ServerTool;
  readonly print: string;
  readonly tool: Tool;
  readonly refused: boolean;
}

/** What a server offers at the moment, held against what was accepted. */
export class Offer {
  readonly #options: OfferOptions;
  readonly #accepted: Map<string, string>;
  #entries: ReadonlyMap<string, Entry> | undefined;
  #unusable: readonly McpUnusable[] = [];
  #resources: readonly Tool[] = [];

  constructor(options: OfferOptions) {
    this.#options = options;
    this.#accepted = new Map(Object.entries(options.known));
  }

  get tools(): readonly Tool[] {
    const resources = this.#resources.filter(({ name }) => !this.#entries?.has(name));
    return [...this.#all().map(({ tool }) => tool), ...resources];
  }

  get known(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#accepted);
  }

  get changed(): readonly McpChangedTool[] {
    return this.#all().flatMap(({ refused, tool, now, print }) =>
      refused ? [{ name: tool.name, now, fingerprint: print }] : [],
    );
  }

  get unusable(): readonly McpUnusable[] {
    return this.#unusable;
  }

  /** Takes the server's list in place of the one before. */
  async take(tools: readonly ServerTool[]): Promise<void> {
    const judged = await Promise.all(tools.map(async (tool) => ({ tool, why: await schemaProblem(tool) })));
    this.#unusable = judged.flatMap(({ tool, why }) => (why === undefined ? [] : [{ tool: tool.name, why }]));
    const before = this.#entries;
    const now = new Map<string, Entry>();
    for (const { tool, why } of judged) {
      const name = toolName(this.#options.server, tool.name);
      // Of two that would have one name, the first stands.
      if (why === undefined && !now.has(name)) now.set(name, this.#entry(name, tool, before?.get(name)));
    }
    this.#entries = now;
    if (before) this.#tell(before, now);
  }

  /** Offers the tools for a server's resources too; a tool of the server's own goes before one of the same name. */
  addResources(): void {
    this.#resources = resourceTools(this.#options);
  }

  /** Accepts a changed tool as it was shown. @throws {CapstanError} `not_found`, `conflict` if it changed again since. */
  accept({ name, fingerprint: shown }: Pick<McpChangedTool, 'name' | 'fingerprint'>): void {
    const entry = this.#entries?.get(name);
    const { server } = this.#options;
    if (!entry)
      throw new CapstanError('not_found', `The MCP server ${server} offers no tool ${name}.`, { where: name });
    if (entry.print !== shown) {
      const message = `The MCP server ${server} changed the tool ${name} again. Look at it as it is now.`;
      throw new CapstanError('conflict', message, { where: name });
    }
    this.#accepted.set(name, entry.print);
    this.#entries = new Map(this.#entries).set(name, this.#entry(name, entry.now));
  }

  #all(): readonly Entry[] {
    return [...(this.#entries?.values() ?? [])];
  }

  #entry(name: string, now: ServerTool, before?: Entry): Entry {
    const print = fingerprint(now);
    const accepted = this.#accepted.get(name) ?? print;
    this.#accepted.set(name, accepted);
    const refused = accepted !== print;
    // The same tool stays the same object, so what was prepared for it once is not prepared again.
    if (before?.print === print && before.refused === refused) return before;
    const options = { ...this.#options, name, assertCallable: () => this.#assertCallable(name, print) };
    return { now, print, refused, tool: refused ? changedTool(options) : mcpTool(now, options) };
  }

  // An agent holds the tools it was made with, while the server may have changed its list since.
  #assertCallable(name: string, print: string): void {
    const { server } = this.#options;
    const entry = this.#entries?.get(name);
    if (!entry) throw new CapstanError('tool_failed', `The MCP server ${server} no longer offers the tool ${name}.`);
    if (entry.refused || entry.print !== print) throw changed(name, server);
  }

  #tell(before: ReadonlyMap<string, Entry>, now: ReadonlyMap<string, Entry>): void {
    const change = {
      added: [...now.keys()].filter((name) => !before.has(name)),
      removed: [...before.keys()].filter((name) => !now.has(name)),
      changed: [...now].flatMap(([name, { refused }]) =>
        refused && before.get(name)?.refused === false ? [name] : [],
      ),
    };
    if (Object.values(change).some((names) => names.length > 0)) this.#options.onChange?.(change);
  }
}
