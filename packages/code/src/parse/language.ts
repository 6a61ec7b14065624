/** A language whose syntax the index reads. */
export type Language = 'typescript' | 'javascript' | 'python' | 'go';

/** How the words of a file are read: by the syntax of a language, or as plain text. */
export type Reading = Language | 'text';

const byExtension: ReadonlyMap<string, Language> = new Map([
  ...['ts', 'tsx', 'mts', 'cts'].map((extension) => [extension, 'typescript'] as const),
  ...['js', 'jsx', 'mjs', 'cjs'].map((extension) => [extension, 'javascript'] as const),
  ...['py', 'pyi'].map((extension) => [extension, 'python'] as const),
  ['go', 'go'],
]);

const textExtensions = new Set(
  (
    'md mdx rst txt adoc json jsonc json5 yaml yml toml ini cfg conf css scss sass less html htm vue svelte astro ' +
    'graphql gql proto sql sh bash zsh fish ps1 bat rs rb java kt kts scala swift c h cc cpp cxx hpp m mm cs fs php ' +
    'pl pm lua r jl ex exs erl hs ml mli clj cljs dart zig nim tf hcl gradle groovy cmake mk tmpl tpl hbs ejs jinja ' +
    'j2 prisma xml gotmpl'
  ).split(' '),
);

const textNames = /^(makefile|dockerfile|justfile|rakefile|gemfile|procfile|license|codeowners|go\.mod)$/i;

/** Gives the language of a path by its extension; undefined for what is no source of the four. */
export function languageOf(path: string): Language | undefined {
  return byExtension.get(extensionOf(path));
}

/** Tells how the words of a path are read; undefined for what is not read at all, such as images. */
export function readingOf(path: string): Reading | undefined {
  const language = languageOf(path);
  if (language) return language;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return textExtensions.has(extensionOf(path)) || textNames.test(name) ? 'text' : undefined;
}

function extensionOf(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') ? path.slice(dot + 1).toLowerCase() : '';
}
