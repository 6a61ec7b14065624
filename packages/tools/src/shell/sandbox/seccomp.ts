/** Processor families that a filter can be made for. */
export type Architecture = 'x64' | 'arm64';

interface Calls {
  /** `AUDIT_ARCH_*` of linux/audit.h. */
  readonly audit: number;
  readonly socket: number;
  readonly clone: number;
  readonly refused: readonly number[];
}

// Numbers from the kernel's syscall tables (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h, 6.18).
// Both: io_uring_setup, _enter, _register; open_tree, move_mount, fsopen, fsconfig, fsmount, fspick; mount_setattr;
// open_tree_attr.
const everywhere = [425, 426, 427, 428, 429, 430, 431, 432, 433, 442, 467];
const calls: Readonly<Record<Architecture, Calls>> = {
  x64: {
    audit: 0xc000003e,
    socket: 41,
    clone: 56,
    refused: [
      ...everywhere,
      // unshare, setns, mount, umount2, pivot_root, chroot
      272,
      308,
      165,
      166,
      155,
      161,
      // add_key, request_key, keyctl
      248,
      249,
      250,
      // bpf, perf_event_open, userfaultfd, open_by_handle_at, fanotify_init
      321,
      298,
      323,
      304,
      300,
      // kexec_load, kexec_file_load, init_module, finit_module, delete_module, reboot, swapon, swapoff, acct, quotactl
      246,
      320,
      175,
      313,
      176,
      169,
      167,
      168,
      163,
      179,
      // settimeofday, clock_settime, adjtimex, iopl, ioperm
      164,
      227,
      159,
      172,
      173,
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    socket: 198,
    clone: 220,
    refused: [
      ...everywhere,
      97,
      268,
      40,
      39,
      41,
      51,
      217,
      218,
      219,
      280,
      241,
      282,
      265,
      262,
      104,
      294,
      105,
      273,
      106,
      142,
      224,
      225,
      89,
      60,
      170,
      112,
      171,
    ],
  },
};

const clone3 = 435;
const x32Bit = 0x40000000;
// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
const newNamespaces = 0x7e020000;
const families = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;

// Instruction codes of linux/bpf_common.h, results of linux/seccomp.h, offsets in struct seccomp_data.
const load = 0x20;
const jumpEqual = 0x15;
const jumpAtLeast = 0x35;
const jumpBits = 0x45;
const result = 0x06;
const allow = 0x7fff0000;
const killProcess = 0x80000000;
const refuse = 0x00050000 | 1; // EPERM
const missing = 0x00050000 | 38; // ENOSYS
const offsetOf = { number: 0, architecture: 4, firstArgument: 16 } as const;

/**
 * Makes a seccomp filter for bubblewrap's `--seccomp`: no Unix sockets (they lead to Docker, agents and buses, past any
 * network wall) and no other family but IP and netlink, no io_uring (which calls nothing that a filter sees), no new
 * namespaces, no mounts, no keys, no kernel interfaces. Refused calls fail with EPERM.
 *
 * @param unixSockets Lets Unix sockets pass; off by default.
 * @returns An array of `struct sock_filter`, little-endian.
 */
export function seccompProgram(
  architecture: Architecture,
  { unixSockets = false }: { unixSockets?: boolean } = {},
): Buffer {
  const { audit, socket, clone, refused } = calls[architecture];
  const allowed = [families.inet, families.inet6, families.netlink, ...(unixSockets ? [families.unix] : [])];
  const lines = assemble([
    { code: load, value: offsetOf.architecture },
    { code: jumpEqual, value: audit, otherwise: 'kill' },
    { code: load, value: offsetOf.number },
    // Calls of the x32 table have numbers of their own.
    ...(architecture === 'x64' ? [{ code: jumpAtLeast, value: x32Bit, then: 'refuse' } as const] : []),
    // Its flags are in memory, out of a filter's sight; the C library then uses clone.
    { code: jumpEqual, value: clone3, then: 'missing' },
    { code: jumpEqual, value: socket, then: 'socket' },
    { code: jumpEqual, value: clone, then: 'clone' },
    ...refused.map((value) => ({ code: jumpEqual, value, then: 'refuse' }) as const),
    { code: result, value: allow, label: 'allow' },
    { code: load, value: offsetOf.firstArgument, label: 'socket' },
    ...allowed.map((value) => ({ code: jumpEqual, value, then: 'allowed' }) as const),
    { code: result, value: refuse, label: 'refuse' },
    { code: load, value: offsetOf.firstArgument, label: 'clone' },
    { code: jumpBits, value: newNamespaces, then: 'refused' },
    { code: result, value: allow, label: 'allowed' },
    { code: result, value: refuse, label: 'refused' },
    { code: result, value: missing, label: 'missing' },
    { code: result, value: killProcess, label: 'kill' },
  ]);
  return lines;
}

interface Line {
  readonly code: number;
  readonly value: number;
  readonly label?: string;
  /** Where to go on when the test holds, or does not. Default: the next line. Jumps only lead forwards. */
  readonly then?: string;
  readonly otherwise?: string;
}

function assemble(lines: readonly Line[]): Buffer {
  const program = Buffer.alloc(lines.length * 8);
  lines.forEach(({ code, value, then, otherwise }, index) => {
    program.writeUInt16LE(code, index * 8);
    program.writeUInt8(distance(lines, index, then), index * 8 + 2);
    program.writeUInt8(distance(lines, index, otherwise), index * 8 + 3);
    program.writeUInt32LE(value >>> 0, index * 8 + 4);
  });
  return program;
}

function distance(lines: readonly Line[], from: number, label: string | undefined): number {
  if (label === undefined) return 0;
  return lines.findIndex((line) => line.label === label) - from - 1;
}
