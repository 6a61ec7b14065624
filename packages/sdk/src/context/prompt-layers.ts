import { basename } from 'node:path';
import { CapstanError } from '../contract/errors.ts';
import type { Instructions } from '../contract/instructions.ts';
import type { PromptDump, PromptLayersOptions } from './compose-prompt.ts';
import { builtIn, composePrompt, foldersAt, promptFiles } from './compose-prompt.ts';
import type { PromptValues } from './expand-prompt.ts';
import { expandPrompt } from './expand-prompt.ts';
import { nearbyWords } from './nearby-words.ts';
import type { PromptFile, PromptVariable } from './prompt-file.ts';
import type { LeftOut } from './prompt-part.ts';
import type { PromptSource } from './prompt-source.ts';
import { treeSource, userSource } from './prompt-source.ts';
import { skillTool } from './skill-tool.ts';
import { textCache } from './text-cache.ts';

/** Instructions in layers; give them to `createAgent` as `instructions`. */
export interface PromptLayers extends Instructions {
  /** Shows the prompt as it is sent to a model, with where each part of it comes from. */
  dump(options: { readonly model: string }): Promise<PromptDump>;
  /** Lists the prompts that can be filled in by name: files of the layer `task`, the user's before the work tree's. */
  prompts(): Promise<readonly PromptInfo[]>;
  /**
   * Fills a prompt in, to be given to a run.
   *
   * @throws {CapstanError} `not_found` for an unknown name; `invalid_config` naming the file, and the line where there is one, for
   * what is wrong in it.
   */
  prompt(name: string, values?: PromptValues): Promise<string>;
}

export interface PromptInfo {
  readonly name: string;
  readonly description: string;
  readonly owner: 'user' | 'workspace';
  readonly variables: readonly PromptVariable[];
  /** Absolute. */
  readonly file: string;
}

/**
 * Puts a system prompt together from layers: base, provider, user, workspace, skills, task.
 *
 * Each layer adds to those before it; nothing a work tree says takes words of the app or the user away, and no words of
 * any layer allow what policy does not. Files are read when a run begins and again only when they have changed. Folders
 * that a run comes to touch later add their words to the result of the call.
 */
export function promptLayers(options: PromptLayersOptions): PromptLayers {
  const cache = textCache(Date.now);
  const { user, workspace, policy } = options;
  const sources: PromptSource[] = [
    ...(user === undefined ? [] : [userSource(user, cache)]),
    ...(workspace === undefined ? [] : [treeSource(workspace, cache, policy)]),
  ];
  return {
    async open({ model }) {
      const { dump, skills } = await composePrompt(options, sources, model);
      const tree = sources.find(({ owner }) => owner === 'workspace');
      return {
        text: dump.text,
        ...(skills.length === 0 ? {} : { tools: [skillTool(skills)] }),
        ...(tree ? { hooks: [nearbyWords(tree, foldersAt(options), options.limits)] } : {}),
      };
    },
    dump: async ({ model }) => (await composePrompt(options, sources, model)).dump,
    async prompts() {
      return (await taskPrompts(sources)).map(({ name, description, source, variables, file }) => {
        return { name, description, owner: source.owner, variables, file };
      });
    },
    async prompt(name, values = {}) {
      const leftOut: LeftOut[] = [];
      const all = await taskPrompts(sources, leftOut);
      const prompt = all.find((each) => each.name === name);
      if (!prompt) throw unknownPrompt(name, all, leftOut);
      const pieces = await expandPrompt(prompt, values, builtIn(options, ''));
      return pieces.map(({ text }) => text).join('');
    },
  };
}

async function taskPrompts(sources: readonly PromptSource[], leftOut: LeftOut[] = []): Promise<readonly PromptFile[]> {
  const tasks = (await promptFiles(sources, leftOut)).filter(({ layer }) => layer === 'task');
  return tasks.filter(({ name }, i) => tasks.findIndex((other) => other.name === name) === i);
}

/** A file of that name which is wrong is what was meant. */
function unknownPrompt(name: string, all: readonly PromptFile[], leftOut: readonly LeftOut[]): CapstanError {
  const wrong = leftOut.find(({ file }) => basename(file) === `${name}.md`);
  if (wrong) return new CapstanError('invalid_config', wrong.why, { where: wrong.file });
  const names = all.map((each) => each.name).join(', ') || 'none yet';
  return new CapstanError('not_found', `There is no prompt "${name}". There are: ${names}.`, { where: name });
}
