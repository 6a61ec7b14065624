export { scriptedModel } from './scripted-model.ts';
export type { Script, ScriptedCall, ScriptedModel, ScriptedReply } from './scripted-model.ts';
export { modelSuite } from './model-suite.ts';
export type { OpenModel, SuiteScene } from './model-suite.ts';
export { storeSuite } from './store-suite.ts';
export { toolSuite } from './tool-suite.ts';
export type { ToolSuiteOptions } from './tool-suite.ts';
export type { SuiteCase } from './suite.ts';
