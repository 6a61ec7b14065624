import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProcess } from '../run-process.ts';
import { bubblewrapLine } from './bubblewrap.ts';
import { openSandbox } from './open-sandbox.ts';
import type { SandboxPlan } from './plan.ts';
import { probeSandbox } from './probe-sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { seatbeltProfile } from './seatbelt.ts';
import { seccompProgram } from './seccomp.ts';

const without = process.platform !== 'linux' || !existsSync('/usr/bin/bwrap');
let root: string;
let home: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-root-')));
  home = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-home-')));
  mkdirSync(join(home, '.ssh'));
  writeFileSync(join(home, '.ssh', 'id'), 'key');
});
afterAll(() => [root, home].forEach((path) => rmSync(path, { recursive: true, force: true })));

async function inside(sandbox: Sandbox, command: string): Promise<{ out: string; code: number | undefined }> {
  const entry = sandbox.enter(root);
  try {
    const env = { PATH: process.env.PATH ?? '', HOME: home, ...entry.env };
    const end = await runProcess({
      argv: entry.wrap(['/bin/bash', '-c', command]),
      cwd: root,
      env,
      files: entry.files,
      limits: { timeoutMs: 10_000 },
    });
    return { out: end.stdout + end.stderr, code: end.exitCode };
  } finally {
    entry.leave();
  }
}

describe.skipIf(without)('a sandbox that may write the work tree', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await openSandbox(root, { level: 'workspace-write', home });
  });
  afterAll(() => sandbox.close());

  test('writes there and in its own /tmp, which lasts', async () => {
    expect(await inside(sandbox, 'echo a > file && cat file && echo b > /tmp/kept')).toEqual({ out: 'a\n', code: 0 });
    expect(await inside(sandbox, 'cat /tmp/kept')).toEqual({ out: 'b\n', code: 0 });
    expect(existsSync('/tmp/kept')).toBe(false);
  });

  test.each(['/etc/capstan-canary', '/usr/canary', '/dev/shm/../../var/canary'])('cannot write %s', async (path) => {
    expect((await inside(sandbox, `echo x > ${path}`)).code).not.toBe(0);
  });

  test('writes nothing outside through a link, nor in the home folder', async () => {
    symlinkSync(home, join(root, 'out'));
    await inside(sandbox, 'echo x > out/canary');
    await inside(sandbox, 'echo x > "$HOME/canary"');
    expect(readdirSync(home)).toEqual(['.ssh']);
  });

  test.each([
    'mkdir -p .git/hooks',
    'echo x > .git/config',
    'mv .git elsewhere',
    'rm -rf .capstan',
    'echo K=1 > .env',
    'ln -s x .git/HEAD',
  ])('cannot: %s, although nothing is there yet', async (command) => {
    expect((await inside(sandbox, command)).code).not.toBe(0);
  });

  test('leaves no trace of what it covered', async () => {
    await inside(sandbox, 'true');
    expect(readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('takes away what a killed one left', async () => {
    mkdirSync(join(root, '.git'));
    await inside(sandbox, 'true');
    expect(existsSync(join(root, '.git'))).toBe(false);
  });

  test('sees credentials as empty', async () => {
    writeFileSync(join(root, 'probe.sh'), 'ls -A "$HOME/.ssh" | wc -l');
    const elsewhere = await openSandbox(root, { level: 'workspace-write', home });
    expect((await inside(elsewhere, 'cat "$HOME/.ssh/id" 2>&1')).out).not.toContain('key');
    elsewhere.close();
  });

  test('sees no process but its own', async () => {
    expect((await inside(sandbox, 'ls /proc | grep -c "^[0-9]"')).out.trim()).toMatch(/^[1-9]$/);
  });

  test.each(['unshare -Ur true', 'mount -o remount,rw /', 'mount -t tmpfs none /mnt', 'chroot / true'])(
    'cannot: %s',
    async (command) => {
      expect((await inside(sandbox, command)).code).not.toBe(0);
    },
  );

  test('opens no Unix socket, yet starts children', async () => {
    const script = `require('net').createServer().on('error',(e)=>console.log(e.code)).listen('/tmp/s');console.log(String(require('child_process').execSync('echo child')))`;
    const { out } = await inside(sandbox, `${process.execPath} -e "${script}"`);
    expect(out).toContain('EPERM');
    expect(out).toContain('child');
  });

  test('keeps what a daemon starts from outliving it', async () => {
    const marker = String(process.hrtime.bigint());
    await inside(sandbox, `(setsid sleep 300.${marker} >/dev/null 2>&1 &)`);
    const left = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(marker));
    expect(left).toEqual([]);
  });
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe.skipIf(without)('the network', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer((socket) => socket.end('reached\n'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => void server.close());

  test.each([
    [false, ''],
    [true, 'reached\n'],
  ])('open: %s', async (network, expected) => {
    const sandbox = await openSandbox(root, { level: 'workspace-write', network, home });
    const { out } = await inside(sandbox, `cat < /dev/tcp/127.0.0.1/${port} 2>/dev/null`);
    sandbox.close();
    expect(out.replace(/.*refused.*\n/g, '')).toBe(expected);
  });
});

test.skipIf(without)('a read-only sandbox writes nothing in the tree', async () => {
  const sandbox = await openSandbox(root, { level: 'read-only', home });
  expect((await inside(sandbox, 'echo x > new')).code).not.toBe(0);
  expect((await inside(sandbox, 'echo x > /tmp/new && cat /tmp/new')).out).toBe('x\n');
  sandbox.close();
});

test('a sandbox that lets a canary out is refused', async () => {
  const open: Sandbox = {
    level: 'workspace-write',
    network: false,
    engine: 'bubblewrap',
    enter: () => ({ wrap: (argv) => [...argv], files: [], env: {}, leave: () => {} }),
    close: () => {},
  };
  await expect(probeSandbox(open, { root, level: 'workspace-write', network: false })).rejects.toMatchObject({
    code: 'sandbox_unavailable',
    message: expect.stringContaining('a file outside was written'),
  });
});

test('a root that holds the home folder is refused', async () => {
  await expect(openSandbox('/', { level: 'workspace-write', home })).rejects.toMatchObject({ code: 'invalid_config' });
});

test('without capabilities dropped and filter set there is no bubblewrap line', () => {
  const line = bubblewrapLine(plan, ['true'], { program: 'bwrap', cwd: '/w', filterFile: 4 }).join(' ');
  for (const words of ['--unshare-all', '--cap-drop ALL', '--new-session', '--die-with-parent', '--seccomp 4'])
    expect(line).toContain(words);
  expect(line.indexOf('--ro-bind /w/.git')).toBeGreaterThan(line.indexOf('--bind /w /w'));
  expect(line).not.toContain('--share-net');
});

test('the Seatbelt profile denies first and quotes paths', () => {
  const profile = seatbeltProfile({ ...plan, root: '/w "x"' });
  expect(profile).toContain('(deny file-write*)\n');
  expect(profile).toContain('(allow file-write* (subpath "/w \\"x\\""))');
  expect(profile).toContain('(deny network*)');
});

test.each(['x64', 'arm64'] as const)('the %s filter is whole instructions whose jumps stay inside', (architecture) => {
  const program = seccompProgram(architecture);
  const count = program.length / 8;
  for (let index = 0; index < count; index += 1) {
    const code = program.readUInt16LE(index * 8);
    if ((code & 7) === 5)
      expect(index + 1 + Math.max(program.readUInt8(index * 8 + 2), program.readUInt8(index * 8 + 3))).toBeLessThan(
        count,
      );
  }
  expect(program.readUInt16LE((count - 1) * 8)).toBe(6);
});

const plan: SandboxPlan = {
  root: '/w',
  level: 'workspace-write',
  network: false,
  unixSockets: false,
  writable: [],
  protectedPaths: ['/w/.git'],
  hiddenFolders: ['/h/.ssh'],
  hiddenFiles: [],
  scratch: '/s',
  shownPaths: [],
};
