export { applyOpportunity, proposeOpportunity } from './propose/apply-opportunity.ts';
export type { Applied, ApplyOptions, Proposal } from './propose/apply-opportunity.ts';
export { findOpportunities } from './propose/find-opportunities.ts';
export type { FindOptions, Rooted } from './propose/find-opportunities.ts';
export { improveTools } from './propose/improve-tools.ts';
export { brokenLimit } from './limits/patch-limits.ts';
export type { ChangedFile, PatchLimits } from './limits/patch-limits.ts';
export type { LeftAlone, Opportunity, ScanResult } from './scan/opportunity.ts';
export type { Risk, TextEdit } from './scan/template.ts';
