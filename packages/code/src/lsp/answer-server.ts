import { basename } from 'node:path';
import { uriOf } from './file-uri.ts';
import { isRecord, listOf, recordOf } from './replies.ts';

export interface AboutUs {
  /** Absolute folder of the server. */
  readonly folder: string;
  /** By section. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Answers what a server asks of an editor. Nobody is there to choose or to look, and edits of its own are refused: what
 * changes a file goes through the work tree.
 *
 * @returns `undefined` for a request that is not known.
 */
export function answerServer(method: string, params: unknown, { folder, settings }: AboutUs): unknown {
  switch (method) {
    case 'workspace/configuration':
      return listOf(recordOf(params)['items']).map((item) =>
        settingOf(settings, String(recordOf(item)['section'] ?? '')),
      );
    case 'workspace/workspaceFolders':
      return [{ uri: uriOf(folder), name: basename(folder) || 'root' }];
    case 'workspace/applyEdit':
      return { applied: false, failureReason: 'Files are changed by the tools of the agent only.' };
    case 'window/showDocument':
      return { success: false };
    case 'window/showMessageRequest':
    case 'window/workDoneProgress/create':
      return null;
    default:
      return /^workspace\/\w+\/refresh$/.test(method) ? null : undefined;
  }
}

/** The setting of a section: its own, or what the sections below it say; null where nothing is said. */
function settingOf(settings: Readonly<Record<string, unknown>>, section: string): unknown {
  if (section === '') return nested(settings);
  const own = Object.hasOwn(settings, section) ? settings[section] : undefined;
  const below = nested(settings, `${section}.`);
  if (Object.keys(below).length === 0) return own ?? null;
  return isRecord(own) ? { ...below, ...own } : below;
}

/** Settings by section as one object, for those below a prefix. */
export function nested(settings: Readonly<Record<string, unknown>>, prefix = ''): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [section, value] of Object.entries(settings)) {
    if (!section.startsWith(prefix)) continue;
    const names = section.slice(prefix.length).split('.');
    let at = found;
    for (const name of names.slice(0, -1)) {
      const inner = isRecord(at[name]) ? at[name] : {};
      at[name] = inner;
      at = inner;
    }
    const last = names.at(-1) ?? '';
    at[last] = isRecord(value) && isRecord(at[last]) ? { ...at[last], ...value } : value;
  }
  return found;
}
