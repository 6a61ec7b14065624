/** What a request asks of the practice model, by the words in it. */
export type Intent = 'improve' | 'scan' | 'test' | 'explain' | 'other';

const rules: readonly (readonly [Intent, RegExp])[] = [
  ['explain', /^\W*$|^\W*(hi|hello|hey|help|hallo|thanks|thank you)\b\W*\w{0,12}\W*$/i],
  ['explain', /\b(what|who) (can|are|do) you\b|\bwhat is (this|capstan)\b|\bhow do(es)? (you|this|capstan) work\b/i],
  ['explain', /\bexplain (yourself|what you (can )?do)\b|\byour (abilities|capabilities)\b/i],
  [
    'scan',
    /\b(do not|don't|without) (chang|edit|apply|touch|modif|writ)\w*( (any\w*( \w+)?|(the )?(code|files?|repository)|it|them|yet))?\W*([.,;!?]|$)|\bdry.?run\b|\bonly (list|find|scan|show|look)\b/i,
  ],
  [
    'improve',
    /\b(improv|optimi[sz]|speed|fast|quick|perform|efficien|quadratic|hot.?spot|slow|bottleneck|opportunit(y|ies)\b.*\bapply)\w*/i,
  ],
  ['improve', /\bapply\b.*\b(safe|rewrite|opportunit)|\bsafe rewrites?\b|\btidy|\bclean.?up\b/i],
  ['scan', /\b(find|list|show|scan|look for|which|any)\b.*\b(opportunit|improvement|rewrite)/i],
  ['test', /\brun\b.*\btests?\b|\bdo the tests pass\b|^\W*tests?\W*$/i],
];

/** Tells what a request asks, by its words; `other` for what needs a language model. */
export function intentOf(request: string): Intent {
  return rules.find(([, words]) => words.test(request))?.[0] ?? 'other';
}
