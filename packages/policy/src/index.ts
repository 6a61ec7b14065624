export type {
  CopiedText,
  Effect,
  Extent,
  NetworkEffect,
  ReadEffect,
  RunEffect,
  UnknownEffect,
  WriteEffect,
} from './effect/effect.ts';
export type { Action, Decision, Match, Policy, Rule, Verdict } from './decide/policy.ts';
export { decide } from './decide/decide.ts';
export { explain } from './decide/explain.ts';
export type { ExplainedEffect, Explanation } from './decide/explain.ts';
export { layered, rulesOnly } from './decide/layered.ts';
export type { Layers } from './decide/layered.ts';
export { approvalState } from './decide/approval-state.ts';
export type { Approval, ApprovalRule, ApprovalState } from './decide/approval-state.ts';
export { allowRules } from './decide/allow-rules.ts';
export { judgeModel } from './decide/judge-model.ts';
export type { ModelCall, ModelDecision } from './decide/judge-model.ts';
export { standingApproval } from './decide/standing-rules.ts';
export type { StandingApproval, StandingOptions } from './decide/standing-rules.ts';
export { addRules } from './rules/add-rules.ts';
export { autoEdit, fullAuto, readOnly, suggest } from './presets/presets.ts';
export type { PresetOptions } from './presets/preset.ts';
export { judge } from './presets/judge.ts';
export type { Judgement, JudgeRequest } from './presets/judge.ts';
export type { CommandClass } from './command/command-class.ts';
export type { Program, Role } from './command/program.ts';
export { checkUrl } from './url/check-url.ts';
export type { UrlCheck } from './url/check-url.ts';
export { policyOf, presetNamed } from './rules/policy-of.ts';
export type { PolicyOfOptions, PolicyTexts } from './rules/policy-of.ts';
export { parsePolicy } from './rules/parse-policy.ts';
export type { ParsedPolicy, PolicyFile, PolicyProblem } from './rules/parse-policy.ts';
export { policySchema } from './rules/policy-schema.ts';
export { createRedactor } from './redact/redactor.ts';
export type { Redactor, RedactOptions, RedactStream } from './redact/redactor.ts';
export { secretValues } from './redact/known-values.ts';
export { findSecrets } from './redact/find-secrets.ts';
export type { Finding, FindOptions } from './redact/find-secrets.ts';
export { judgeDiff } from './presets/judge-diff.ts';
export type { AddedSecret, DiffJudgement } from './presets/judge-diff.ts';
export { offline } from './presets/offline.ts';
export { tainted } from './presets/tainted.ts';
