import { parseFrontMatter } from './front-matter.ts';
import type { LeftOut } from './prompt-part.ts';
import { wrongPrompt } from './prompt-source.ts';
import type { PromptSource } from './prompt-source.ts';

/** A skill as the prompt tells of it; its text is loaded when it is needed. */
export interface Skill {
  readonly name: string;
  /** One line. */
  readonly description: string;
  /** Absolute. */
  readonly file: string;
  /** Relative to the root of its source. */
  readonly path: string;
  readonly source: PromptSource;
}

export interface FoundSkills {
  /** By name. */
  readonly skills: readonly Skill[];
  readonly leftOut: readonly LeftOut[];
}

const folders = {
  user: ['skills'],
  workspace: ['.capstan/skills', '.claude/skills', '.agents/skills'],
} as const;

const maxSkills = 100;
const maxDescription = 500;

/** Finds `SKILL.md` files with a name and a description. Of two with one name the first found holds, the user's before the work tree's. */
export async function findSkills(sources: readonly PromptSource[]): Promise<FoundSkills> {
  const skills = new Map<string, Skill>();
  const leftOut: LeftOut[] = [];
  for (const source of sources) {
    for (const folder of folders[source.owner]) {
      for (const entry of await source.list(folder)) {
        const read = await source.read(`${folder}/${entry}/SKILL.md`);
        if (!read) continue;
        try {
          if ('refused' in read) throw wrongPrompt(read.file, read.refused);
          const skill = await parseSkill(source, { path: `${folder}/${entry}/SKILL.md`, entry, ...read });
          if (skills.has(skill.name)) throw wrongPrompt(read.file, `there is a skill "${skill.name}" already.`);
          if (skills.size >= maxSkills) throw wrongPrompt(read.file, `there are more than ${maxSkills} skills.`);
          skills.set(skill.name, skill);
        } catch (error) {
          leftOut.push({ file: read.file, why: error instanceof Error ? error.message : String(error) });
        }
      }
    }
  }
  return { skills: [...skills.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)), leftOut };
}

/** What else stands in the head, such as the tools a skill would like to be allowed, has no effect. */
async function parseSkill(
  source: PromptSource,
  {
    path,
    entry,
    file,
    text,
  }: { readonly path: string; readonly entry: string; readonly file: string; readonly text: string },
): Promise<Skill> {
  const { fields } = await parseFrontMatter(text, file);
  const { name = entry, description } = fields;
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
    throw wrongPrompt(file, 'a skill needs a name of small letters, digits and "-".');
  }
  if (typeof description !== 'string' || description.trim() === '') {
    throw wrongPrompt(file, 'a skill needs a description that says when to use it.');
  }
  const line = description.replaceAll(/\s+/g, ' ').trim();
  return { name, description: line.slice(0, maxDescription), file, path, source };
}

/** What the prompt says of skills. */
export function skillLines(skills: readonly Skill[]): string {
  const lines = skills.map(({ name, description }) => `- ${name}: ${description}`);
  return `Skills: guides to kinds of work. When one fits the task, load it with the tool "skill" before you begin.\n${lines.join('\n')}`;
}
