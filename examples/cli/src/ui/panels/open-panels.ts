import type { AppOptions } from '../app-options.ts';
import type { Theme } from '../theme.ts';
import { allPanels } from './all-panels.ts';
import { PanelDock } from './panel-dock.ts';

/** What panels ask of the screen they lie over. */
export interface PanelHost {
  readonly theme: Theme;
  /** Messages that wait for the turn to end. */
  readonly queued: () => readonly string[];
  readonly send: (task: string) => Promise<void>;
  readonly type: (text: string) => void;
  readonly note: (text: string) => void;
}

/** Makes the panels of a screen. */
export function openPanels({ tui, conversation, unicode, agentFolders }: AppOptions, host: PanelHost): PanelDock {
  const panels = allPanels({ ...host, conversation, unicode, agentFolders, now: () => Date.now() });
  return new PanelDock({ tui, theme: host.theme, unicode, panels, note: host.note });
}
