/** What a failed assertion wanted and what it got, as far as its words say. */
export interface Values {
  readonly expected?: string;
  readonly received?: string;
}

const maxValue = 600;

/** Reads expected and received values out of what a runner prints of a failure. */
export function valuesIn(text: string): Values {
  return whole(text) ?? labelled(text) ?? diffed(text) ?? compared(text) ?? {};
}

/** Both values in one sentence, as long as neither is cut short. */
function whole(text: string): Values | undefined {
  const found =
    /^\S*Error.*?: expected (.+?) to (?:deeply equal|strictly equal|be|equal|eql) (.+?)(?: \/\/ .*)?$/m.exec(text);
  const [, received = '', expected = ''] = found ?? [];
  return found && !/…|\.\.\./.test(expected + received) ? values(expected, received) : undefined;
}

const labels: readonly (readonly [expected: RegExp, received: RegExp])[] = [
  [
    /^[ \t]*Expected(?: value| substring| pattern| length)?: +(.+)$/m,
    /^[ \t]*Received(?: value| string| length)?: +(.+)$/m,
  ],
  [/^[ \t]*expected: +(.+?),?$/m, /^[ \t]*actual: +(.+?),?$/m],
  [/^[ \t]*expected\s*: (.+)$/m, /^[ \t]*actual\s*: (.+)$/m],
  [/^[ \t]*(?:want|expected):? (.+)$/im, /^[ \t]*(?:got|actual):? (.+)$/im],
];

function labelled(text: string): Values | undefined {
  for (const [expected, received] of labels) {
    const [one, other] = [expected.exec(text)?.[1], received.exec(text)?.[1]];
    if (one !== undefined && other !== undefined && !/^[|>][-+]?$/.test(one)) return values(one, other);
  }
  return undefined;
}

/** Lines with `-` and `+`, under a heading that says which is which. */
function diffed(text: string): Values | undefined {
  const lines = text.split('\n');
  const heads: readonly (readonly [head: RegExp, expected: string])[] = [
    [/^\s*- Expected\b.*$/, '-'],
    [/^\s*\+ expected - actual$/, '+'],
    [/^\s*\+ actual - expected\b/, '-'],
  ];
  for (const [head, sign] of heads) {
    const at = lines.findIndex((line) => head.test(line));
    if (at < 0) continue;
    const rest = lines.slice(at + 1).filter((line) => !/^\s*\+ Received\b/.test(line));
    const end = rest.findIndex((line) => /^\s*(at |❯ )/.test(line));
    const body = rest.slice(0, end < 0 ? 40 : end);
    const of = (mark: string): string =>
      body
        .filter((line) => line.trimStart().startsWith(mark))
        .map((line) => line.trimStart().slice(1).trim().replace(/,$/, ''))
        .join('\n');
    const [expected, received] = [of(sign), of(sign === '-' ? '+' : '-')];
    if (expected !== '' || received !== '') return values(expected, received);
  }
  return undefined;
}

const comparisons: readonly (readonly [pattern: RegExp, expectedFirst: boolean])[] = [
  [/^E?\s*(?:AssertionError: )?assert (.+?) == (.+)$/m, false],
  [/^(?:AssertionError: )?(\S.*?) !== (\S.*)$/m, false],
  [/^AssertionError: (.+?) != (.+?)(?: : .*)?$/m, false],
  [/\bexpected (.+?) to (?:deeply equal|strictly equal|be|equal|eql) (.+?)(?: \/\/ .*)?$/m, false],
  [/\bgot:? (.+?)[,;] want(?:ed)?:? (.+)$/im, false],
  [/\bexpected:? (.+?),? (?:but )?(?:got|received|actual):? (.+)$/im, true],
  [/= (\S.*?)[,;] want(?:ed)? (.+)$/m, false],
];

function compared(text: string): Values | undefined {
  for (const [pattern, expectedFirst] of comparisons) {
    const [, one, other] = pattern.exec(text) ?? [];
    if (one !== undefined && other !== undefined) return expectedFirst ? values(one, other) : values(other, one);
  }
  return undefined;
}

function values(expected: string, received: string): Values {
  return {
    ...(expected === '' ? {} : { expected: expected.slice(0, maxValue) }),
    ...(received === '' ? {} : { received: received.slice(0, maxValue) }),
  };
}
