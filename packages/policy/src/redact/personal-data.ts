/** Tells whether digits end in the right check digit of a payment card, and begin as one. */
export function isCard(digits: string): boolean {
  if (
    !/^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35\d{14})$/.test(
      digits,
    )
  )
    return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    let digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    if (at % 2 === 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0 && !/^(\d)\1+$/.test(digits);
}

const ibanLengths: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AT: 20,
  BE: 16,
  BG: 22,
  CH: 21,
  CY: 28,
  CZ: 24,
  DE: 22,
  DK: 18,
  EE: 20,
  ES: 24,
  FI: 18,
  FR: 27,
  GB: 22,
  GI: 23,
  GR: 27,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IS: 26,
  IT: 27,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  MC: 27,
  MT: 31,
  NL: 18,
  NO: 15,
  PL: 28,
  PT: 25,
  RO: 24,
  SA: 24,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  TR: 26,
  UA: 29,
};

/** Gives the length in letters, blanks included, of the IBAN that a text begins with; 0 where it begins with none. */
export function ibanLength(text: string): number {
  const wanted = ibanLengths[text.slice(0, 2)];
  if (wanted === undefined) return 0;
  let bare = '';
  let at = 0;
  for (; at < text.length && bare.length < wanted; at += 1) {
    const letter = text[at] ?? '';
    if (letter === ' ' && at > 3) continue;
    if (!/[A-Z0-9]/.test(letter)) return 0;
    bare += letter;
  }
  if (bare.length !== wanted || /[A-Z0-9a-z]/.test(text[at] ?? '')) return 0;
  let rest = 0;
  for (const letter of bare.slice(4) + bare.slice(0, 4)) rest = Number(`${rest}${parseInt(letter, 36)}`) % 97;
  return rest === 1 ? at : 0;
}

const files =
  /\.(?:png|jpe?g|gif|svg|webp|ico|css|s[ac]ss|js|mjs|cjs|jsx|tsx?|json|html?|md|txt|xml|ya?ml|lock|map|zip|gz|tgz|pdf)$/i;
const nobody =
  /(?:^|[@.])(?:invalid|localhost|local|users\.noreply\.github\.com)$|^(?:git|noreply|no-reply|donotreply|postmaster|root|svn|hg)@/i;

/** Tells an address of a person from packages, files and examples that look like one. */
export function isPersonalEmail(address: string): boolean {
  return !files.test(address) && !nobody.test(address) && /\.[a-z]{2,24}$/i.test(address) && !/\.\./.test(address);
}

/** Tells whether a text is a national identity number: US SSN, UK NINO, French NIR, Spanish DNI/NIE, Italian CF. */
export function isNationalId(text: string): boolean {
  if (/^(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}$/.test(text)) return true;
  if (/^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]$/.test(text)) return true;
  if (/^[A-Z]{6}\d\d[A-EHLMPR-T]\d\d[A-Z]\d{3}[A-Z]$/.test(text)) return true;
  const spanish = /^([XYZ]?)(\d{7,8})([A-Z])$/.exec(text);
  if (spanish) {
    const digits = Number(`${{ X: '0', Y: '1', Z: '2' }[spanish[1] ?? ''] ?? ''}${spanish[2]}`);
    return 'TRWAGMYFPDXBNJZSQVHLCKE'[digits % 23] === spanish[3];
  }
  const french = /^([12]\d{12}) ?(\d\d)$/.exec(text.replaceAll(' ', ''));
  return french !== null && 97 - (Number(french[1]) % 97) === Number(french[2]);
}
