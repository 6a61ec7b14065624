/** Names that Windows gives to devices, whatever their extension. */
const device = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)$/i;

/** Code points that HFS+ ignores in names, so that `.g\u200cit` opens `.git` there. */
const ignorable = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Says why a whole path cannot be used on any system, or nothing.
 *
 * Windows drive, device and share forms are refused everywhere: a model that writes them means no file of this tree.
 */
export function refusedForm(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (path.includes('\0')) return 'holds a NUL character';
  if (/^[a-z]:/i.test(path)) return 'is a Windows drive path';
  if (/^(\\\\|\/\/)[?.]([\\/]|$)/.test(path)) return 'is a Windows device path';
  if (path.startsWith('\\\\')) return 'is a Windows network path';
  return undefined;
}

/** Says why a new file or folder must not get this name, or nothing: Windows could not check it out, or means another. */
export function unportableName(name: string): string | undefined {
  const stem = name.replace(/\..*$/s, '').trimEnd();
  if (device.test(stem)) return 'is a device name on Windows';
  if (/[ .]$/.test(name)) return 'ends in a blank or dot, which Windows drops';
  if (name.includes('\\')) return 'holds a backslash, which divides folders on Windows';
  if (name === '~') return 'is how a shell writes the home folder, which is not meant here';
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'holds a control character';
  if (/::?\$/.test(name) || (process.platform === 'win32' && name.includes(':'))) return 'names a stream on Windows';
  return undefined;
}

/** Tells whether a name reaches git's or Capstan's own folder on some file system. */
export function isStateFolder(name: string): boolean {
  const plain = name
    .replace(ignorable, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[ .]+$/, '');
  return plain === '.git' || plain === '.capstan' || /^git~\d+$/.test(plain) || /^capsta~\d+$/.test(plain);
}

/** The form of a name under which file systems that fold case and normalise hold it to be the same. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
