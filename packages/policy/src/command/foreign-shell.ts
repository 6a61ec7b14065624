/** What is known of a line that bash does not read. */
export interface ForeignLine {
  readonly note: string;
  /** Set when its shape is catastrophic. */
  readonly harm?: string;
}

const harmful: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:del|erase)\b(?=[^|&]*\/[sq])[^|&]*(?:[a-z]:\\?(?:\s|\*|$|windows|users)|%(?:userprofile|systemroot|homedrive|windir)%)/i,
    'It would delete a drive or the home folder.',
  ],
  [
    /\b(?:rd|rmdir)\b(?=[^|&]*\/s)[^|&]*(?:[a-z]:\\?(?:\s|\*|"|$|windows|users)|%(?:userprofile|systemroot|homedrive|windir)%)/i,
    'It would delete a drive or the home folder.',
  ],
  [
    /\b(?:remove-item|rm|ri|del|rd|erase|rmdir)\b(?=[^|;]*-r)[^|;]*(?:[a-z]:\\?(?:\s|\*|"|'|$|windows|users)|\$(?:env:)?(?:home|userprofile|systemroot|systemdrive|windir)\b|~|\s\/(?:\s|\*|$))/i,
    'It would delete a drive or the home folder.',
  ],
  [
    /\bformat(?:\.com)?\s+[a-z]:|\b(?:format-volume|clear-disk|initialize-disk|remove-partition)\b|\bdiskpart\b/i,
    'It would erase a disk.',
  ],
  [
    /(?:\b(?:iex|invoke-expression)\b.*(?:downloadstring|invoke-webrequest|\biwr\b|\birm\b|invoke-restmethod|net\.webclient|https?:))|(?:(?:downloadstring|\biwr\b|\birm\b|invoke-webrequest|invoke-restmethod|https?:).*\|\s*(?:iex|invoke-expression)\b)/i,
    'It would run what comes from the network, unseen.',
  ],
  [/%0\s*\|\s*%0/, 'It starts processes without end.'],
  [/\b(?:stop-computer|restart-computer|shutdown(?:\.exe)?)\b/i, 'It would stop the machine.'],
  [
    /\bvssadmin\b.*\bdelete\b|\bbcdedit\b|\bcipher\b.*\/w|\breg(?:\.exe)?\s+delete\s+hk(?:lm|cr|ey_local)/i,
    'It would destroy what the system needs.',
  ],
  [
    /\.ssh[\\/]id_\w+|\.aws[\\/]credentials|\bntds\.dit\b|system32[\\/]config[\\/](?:sam|system|security)\b|\.git-credentials/i,
    'It reads credentials.',
  ],
  [/\bgit\b.*\bpush\b.*(?:--force|\s-f\b|--mirror|\s\+\w)/i, 'A force push overwrites the history that others have.'],
];

const posix = /^(?:ba|da|a|z|k|mk)?sh(?:\.exe)?$/i;

/** Recognises a line that is for `cmd`, PowerShell or another shell than `sh`; `undefined` when bash reads it. */
export function foreignShell(
  line: string,
  { shell, os }: { readonly shell?: string; readonly os?: string },
): ForeignLine | undefined {
  const name = shell ?? (os !== undefined && /^win/i.test(os) ? 'cmd' : 'bash');
  const bare = name.replace(/^.*[\\/]/, '');
  if (posix.test(bare)) return undefined;
  const harm = harmful.find(([shape]) => shape.test(line))?.[1];
  return {
    note: `Lines for ${bare} are not taken apart, so a person has to look at them.`,
    ...(harm === undefined ? {} : { harm }),
  };
}
