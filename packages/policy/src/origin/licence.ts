import correct from 'spdx-correct';
import satisfies from 'spdx-satisfies';

/** Licences whose text may enter a repository unasked. */
export const permissiveLicences: readonly string[] = [
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  '0BSD',
  'Unlicense',
  'CC0-1.0',
  'Zlib',
  'BSL-1.0',
];

const phrases: readonly (readonly [string, RegExp])[] = [
  ['AGPL-3.0-only', /GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['LGPL-3.0-only', /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['LGPL-2.1-only', /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1/i],
  ['GPL-3.0-only', /GNU GENERAL PUBLIC LICENSE\s+Version 3|either version 3 of the License, or/i],
  ['GPL-2.0-only', /GNU GENERAL PUBLIC LICENSE\s+Version 2|either version 2 of the License, or/i],
  ['MPL-2.0', /Mozilla Public License,? (?:Version|v\.?) ?2\.0/i],
  ['EPL-2.0', /Eclipse Public License - v ?2\.0/i],
  ['BUSL-1.1', /Business Source License 1\.1/i],
  ['SSPL-1.0', /Server Side Public License/i],
  ['Elastic-2.0', /Elastic License 2\.0/i],
  ['Apache-2.0', /Apache License,?\s+Version 2\.0/i],
  ['BSD-3-Clause', /Redistribution and use in source and binary forms[\s\S]{0,1500}Neither the name/i],
  ['BSD-2-Clause', /Redistribution and use in source and binary forms/i],
  [
    'ISC',
    /Permission to use, copy, modify, and(?:\/or)? distribute this software for any\s+purpose with or without fee is hereby granted/i,
  ],
  ['MIT', /Permission is hereby granted, free of charge, to any person obtaining a copy/i],
  ['Unlicense', /This is free and unencumbered software released into the public domain/i],
  ['CC0-1.0', /CC0 1\.0 Universal/i],
  ['CC-BY-SA-4.0', /Creative Commons Attribution-ShareAlike 4\.0/i],
];

/**
 * Says under which licence a text is: by its SPDX tag, else by the words of the licence in it.
 *
 * @returns An SPDX expression; `undefined` when it does not say.
 */
export function licenceOf(text: string): string | undefined {
  const tag = /SPDX-License-Identifier:\s*([\w.+() -]+?)\s*(?:\*\/|-->|$)/m.exec(text)?.[1];
  if (tag !== undefined) return licenceNamed(tag) ?? tag;
  return phrases.find(([, words]) => words.test(text))?.[0];
}

/** Gives the SPDX expression that a name such as `Apache 2` or `BSD` means; `undefined` where that is not sure. */
export function licenceNamed(name: string): string | undefined {
  if (/\b(?:AND|OR|WITH)\b/.test(name)) return name.trim();
  return correct(name.trim(), { upgrade: false }) ?? undefined;
}

/** Tells whether an SPDX expression lets text be used under one of the allowed licences; unknown ones do not. */
export function isAllowedLicence(
  expression: string | undefined,
  allowed: readonly string[] = permissiveLicences,
): boolean {
  if (expression === undefined) return false;
  try {
    return satisfies(expression, [...allowed]);
  } catch {
    return false;
  }
}
