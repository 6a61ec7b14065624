import { posix } from 'node:path';
import { CapstanError } from '../contract/errors.ts';
import type { Tool } from '../contract/tool.ts';
import type { Skill } from './find-skills.ts';
import { parseFrontMatter } from './front-matter.ts';

const maxListed = 50;

/** Makes the tool that loads a skill's text, and names the files that lie beside it. */
export function skillTool(skills: readonly Skill[]): Tool {
  const named = ({ name }: { readonly name: string }) => skills.find((skill) => skill.name === name);
  const tool: Tool<{ name: string }> = {
    name: 'skill',
    description: 'Loads a skill: gives its text and the names of the files that belong to it.',
    input: {
      type: 'object',
      properties: { name: { enum: skills.map(({ name }) => name) } },
      required: ['name'],
      additionalProperties: false,
    },
    // The app has named the user's folder for this; what lies in the work tree is read like any file of it.
    effects(input) {
      const skill = named(input);
      return skill?.source.owner === 'workspace' ? [{ kind: 'read', path: skill.file }] : [];
    },
    idempotent: true,
    async execute(input) {
      const skill = named(input);
      const read = await skill?.source.read(skill.path);
      if (!skill || !read || 'refused' in read) {
        throw new CapstanError('tool_failed', `The skill ${input.name} can no longer be read. Go on without it.`);
      }
      const { body } = await parseFrontMatter(read.text, read.file);
      return [body.trim(), ...(await besides(skill))].join('\n\n');
    },
  };
  return tool as Tool;
}

async function besides({ source, path, file }: Skill): Promise<string[]> {
  const folder = posix.dirname(path);
  const names = (await source.list(folder)).filter((name) => name !== 'SKILL.md');
  if (names.length === 0) return [];
  const where = source.owner === 'workspace' ? folder : posix.dirname(file);
  const more = names.length > maxListed ? `, and ${names.length - maxListed} more` : '';
  return [`Beside it in ${where}: ${names.slice(0, maxListed).join(', ')}${more}`];
}
