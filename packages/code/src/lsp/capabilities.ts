import type { PositionEncoding } from './position.ts';
import { isRecord, recordOf } from './replies.ts';

/** What a server can do, as far as it matters here. */
export interface Capabilities {
  readonly encoding: PositionEncoding;
  readonly openClose: boolean;
  readonly change: boolean;
  /** Wants to be told of saves; `text` with the whole text. */
  readonly save: false | 'bare' | 'text';
  readonly definition: boolean;
  readonly references: boolean;
  readonly rename: boolean;
  /** Gives diagnostics when asked. */
  readonly pull: { readonly identifier?: string } | undefined;
}

/** What is told to a server of ourselves. */
export const clientCapabilities = {
  general: { positionEncodings: ['utf-8', 'utf-16', 'utf-32'] },
  workspace: {
    applyEdit: false,
    configuration: true,
    workspaceFolders: true,
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
    diagnostics: { refreshSupport: true },
    workspaceEdit: {
      documentChanges: true,
      resourceOperations: ['create', 'rename', 'delete'],
      failureHandling: 'transactional',
    },
  },
  textDocument: {
    synchronization: { dynamicRegistration: true, didSave: true },
    publishDiagnostics: { versionSupport: true },
    diagnostic: { dynamicRegistration: true, relatedDocumentSupport: false },
    definition: { dynamicRegistration: true, linkSupport: true },
    references: { dynamicRegistration: true },
    rename: { dynamicRegistration: true, prepareSupport: false },
  },
  window: { workDoneProgress: true, showMessage: {} },
} as const;

/** Reads the answer to `initialize`. */
export function readCapabilities(answer: unknown): Capabilities {
  const said = recordOf(recordOf(answer)['capabilities']);
  const { textDocumentSync: sync, positionEncoding, diagnosticProvider } = said;
  const kind = isRecord(sync) ? sync['change'] : sync;
  return {
    encoding: positionEncoding === 'utf-8' || positionEncoding === 'utf-32' ? positionEncoding : 'utf-16',
    openClose: isRecord(sync) ? sync['openClose'] !== false : true,
    change: kind !== 0 && kind !== undefined,
    save: saveOf(isRecord(sync) ? sync['save'] : undefined),
    definition: offers(said['definitionProvider']),
    references: offers(said['referencesProvider']),
    rename: offers(said['renameProvider']),
    pull: offers(diagnosticProvider) ? pullOf(diagnosticProvider) : undefined,
  };
}

/** Capabilities with what a server registered later. */
export function withRegistration(capabilities: Capabilities, method: string, options: unknown): Capabilities {
  switch (method) {
    case 'textDocument/diagnostic':
      return { ...capabilities, pull: pullOf(options) };
    case 'textDocument/definition':
      return { ...capabilities, definition: true };
    case 'textDocument/references':
      return { ...capabilities, references: true };
    case 'textDocument/rename':
      return { ...capabilities, rename: true };
    case 'textDocument/didSave':
      return { ...capabilities, save: saveOf(options ?? true) };
    default:
      return capabilities;
  }
}

function offers(provider: unknown): boolean {
  return provider === true || isRecord(provider);
}

function pullOf(provider: unknown): { readonly identifier?: string } {
  const { identifier } = recordOf(provider);
  return typeof identifier === 'string' ? { identifier } : {};
}

function saveOf(save: unknown): Capabilities['save'] {
  if (save === true) return 'bare';
  if (!isRecord(save)) return false;
  return save['includeText'] === true ? 'text' : 'bare';
}
