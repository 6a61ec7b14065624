import type { SandboxPlan } from './plan.ts';

/** Gives the `sandbox-exec` command line of macOS for a plan. */
export function seatbeltLine(plan: SandboxPlan, argv: readonly string[]): string[] {
  return ['/usr/bin/sandbox-exec', '-p', seatbeltProfile(plan), ...argv];
}

/**
 * Writes the Seatbelt profile: everything may be read but credentials, nothing written but what the plan says, no network
 * unless it is on. Later lines win over earlier ones.
 */
export function seatbeltProfile(plan: SandboxPlan): string {
  const writable = [...(plan.level === 'workspace-write' ? [plan.root, ...plan.writable] : []), plan.scratch];
  const lines = [
    '(version 1)',
    '(allow default)',
    '(deny file-write*)',
    '(allow file-write* (literal "/dev/null") (literal "/dev/zero") (literal "/dev/dtracehelper") (regex #"^/dev/fd/"))',
    ...writable.map((path) => `(allow file-write* (subpath ${quote(path)}))`),
    ...plan.protectedPaths.map((path) => `(deny file-write* (subpath ${quote(path)}))`),
    ...plan.hiddenFolders.map((path) => `(deny file-read* file-write* (subpath ${quote(path)}))`),
    ...plan.hiddenFiles.map((path) => `(deny file-read* file-write* (literal ${quote(path)}))`),
    // Services that would act outside the sandbox on its behalf.
    '(deny mach-lookup (global-name "com.apple.coreservices.launchservicesd") (global-name "com.apple.pasteboard.1"))',
    '(deny appleevent-send)',
    '(deny process-info* (target others))',
    ...(plan.network ? [] : ['(deny network*)']),
    ...(plan.network && !plan.unixSockets ? ['(deny network-outbound (remote unix-socket))'] : []),
    ...(plan.network && !plan.unixSockets
      ? ['(allow network-outbound (literal "/private/var/run/mDNSResponder"))']
      : []),
  ];
  return lines.join('\n');
}

function quote(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&')}"`;
}
