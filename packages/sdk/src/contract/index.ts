export { CapstanError, isCapstanError } from './errors.ts';
export type { ErrorCode, ErrorDetails, ErrorInfo } from './errors.ts';
export { costMicros } from './cost.ts';
export { defineTool } from './define-tool.ts';
export { isDurable } from './event.ts';
export { newId } from './id.ts';
export type { Budget, BudgetLimit } from './budget.ts';
export type {
  ApprovalGiven,
  ApprovalRequested,
  BudgetWarned,
  ChildEvent,
  ContextCompacted,
  DurableBody,
  DurableEvent,
  EphemeralBody,
  EphemeralEvent,
  EventHeader,
  EventOf,
  EventType,
  MessageAdded,
  MessageQueued,
  ModelRetried,
  ModelSwitched,
  PatchCreated,
  ReasoningDelta,
  RunEnded,
  RunEvent,
  RunReason,
  RunStarted,
  SessionRenamed,
  TextDelta,
  ToolDecided,
  ToolDelta,
  ToolEnded,
  ToolProgress,
  ToolStarted,
  TurnEnded,
  TurnStarted,
} from './event.ts';
export type { Addition, Compaction, DescribedCall, Hook, HookContext, HookedCall, Veto } from './hook.ts';
export type { Mask, MaskStream } from './mask.ts';
export type { Instructions, InstructionsAt, OpenInstructions } from './instructions.ts';
export type { Json, JsonSchema } from './json.ts';
export type {
  AssistantMessage,
  AssistantPart,
  FilePart,
  ImagePart,
  Message,
  ProviderState,
  ReasoningPart,
  ResultPart,
  TextPart,
  ToolCallPart,
  ToolMessage,
  UserMessage,
  UserPart,
} from './message.ts';
export type {
  Model,
  ModelEvent,
  ModelInfo,
  ModelMessage,
  ModelReasoningDelta,
  ModelRequest,
  ModelSwitch,
  ModelTextDelta,
  ModelToolDelta,
  Sampling,
  StopReason,
  ToolChoice,
  ToolSpec,
} from './model.ts';
export type { People } from './people.ts';
export type { PatchedFile, PatchSummary } from './patch.ts';
export type { Answer, Answers, Run, RunInput, RunOptions, RunResult } from './run.ts';
export type { Schema, SchemaOutput, StandardIssue, StandardResult, StandardSchema } from './schema.ts';
export type { Lease, LeaseHolder, SessionLeases } from './lease.ts';
export type { AppendOptions, RunStore, StoredSession } from './store.ts';
export type {
  EffectContext,
  Preview,
  ReconcileContext,
  Tool,
  ToolContext,
  ToolDefinition,
  ToolOutput,
} from './tool.ts';
export type { Price, Usage } from './usage.ts';
