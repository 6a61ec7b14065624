import { agentsPanel } from './agents-panel.ts';
import { indexPanel } from './index-panel.ts';
import { logsPanel } from './logs-panel.ts';
import { mapPanel } from './map-panel.ts';
import type { Panel } from './panel.ts';
import type { PanelSources } from './panel-sources.ts';
import { patchesPanel } from './patches-panel.ts';
import { tasksPanel } from './tasks-panel.ts';
import { testsPanel } from './tests-panel.ts';

/** Every panel, in the order of their keys. */
export function allPanels(sources: PanelSources): readonly Panel[] {
  return [mapPanel, tasksPanel, indexPanel, agentsPanel, patchesPanel, testsPanel, logsPanel].map((make) =>
    make(sources),
  );
}
