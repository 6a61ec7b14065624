export { CapstanError, isCapstanError } from './contract/errors.ts';
export { defineTool } from './contract/define-tool.ts';
export { isDurable } from './contract/event.ts';
export { newId } from './contract/id.ts';
export { createAgent } from './agent/create-agent.ts';
export type { Agent, AgentOptions, ResumeOptions } from './agent/create-agent.ts';
export { masking } from './agent/masking.ts';
export type { Masker, MaskingOptions } from './agent/masking.ts';
export { provenance } from './agent/provenance.ts';
export type { ProvenanceOptions } from './agent/provenance.ts';
export type { AgentToolOptions } from './agent/agent-tool.ts';
export { promptLayers } from './context/prompt-layers.ts';
export type { PromptInfo, PromptLayers } from './context/prompt-layers.ts';
export type { PromptDump, PromptLayersOptions } from './context/compose-prompt.ts';
export type { PromptLimits } from './context/project-words.ts';
export type { PromptTree } from './context/prompt-source.ts';
export { memoryStore } from './session/memory-store.ts';
export { emptySession, foldEvents } from './session/fold.ts';
export type { FoldedCall, FoldedRun, SessionState } from './session/fold.ts';
export type { Session } from './agent/session.ts';
export { auditChain, readAuditChain, verifyAuditChain } from './session/audit-chain.ts';
export type { ChainVerdict } from './session/audit-chain.ts';
export { exportSession, importSession } from './session/export-session.ts';
export { forkSession } from './session/fork-session.ts';
export type { ForkOptions } from './session/fork-session.ts';
export { pruneSessions } from './session/prune-sessions.ts';
export type { PruneOptions } from './session/prune-sessions.ts';
export { listSessions } from './session/session-summary.ts';
export type { SessionSummary } from './session/session-summary.ts';
export { byEvidence } from './experiment/by-evidence.ts';
export { experiment } from './experiment/experiment.ts';
export type { ExperimentOptions } from './experiment/experiment.ts';
export { modelJudge } from './experiment/judge.ts';
export type { Judge, JudgeContext } from './experiment/judge.ts';
export { trialRows } from './experiment/print-trials.ts';
export type {
  Candidate,
  ExperimentOutcome,
  KeptWork,
  Measures,
  TestEvidence,
  Trial,
  Verdict,
  Workspace,
  Workspaces,
} from './experiment/trial.ts';
export { pipeline } from './pipeline/pipeline.ts';
export type { Chained, Pipeline, PipelineOptions, SnapshotTree } from './pipeline/pipeline.ts';
export type { DirectedOptions } from './pipeline/run-directed.ts';
export { agentStep, parallel, step } from './pipeline/step.ts';
export type {
  AgentReply,
  AgentStepDefinition,
  CheckAnswer,
  CheckContext,
  InputOf,
  OutputOf,
  SchemaOf,
  Stage,
  StepContext,
  StepDefinition,
} from './pipeline/step.ts';
export type { ChildResult } from './agent/run-child.ts';
export { replay } from './replay/replay.ts';
export type { ReplayVerdict } from './replay/replay.ts';
export type { Difference } from './replay/first-difference.ts';
export { version } from './version.ts';
export type * from './contract/index.ts';
