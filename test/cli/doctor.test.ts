/** sysvmq doctor, on this machine and where something is missing: filters, users, namespaces and settings are real. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileC } from '../support/c-program';
import { nobody } from '../support/child';
import { jsonOf, outputOf, type RunOptions, runCommand, startCommand } from '../support/command';
import { remainingQueues, setLimit } from '../support/namespace';
import { itNeeds, otherUsers, program } from '../support/needs';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

interface Finding {
  name: string;
  state: string;
  says: string;
  means?: string;
  data?: Record<string, unknown>;
}

afterEach(removeTemporaryFolders);

function examine(options: RunOptions = {}): { status: number | null; finding: (name: string) => Finding } {
  const { status, stdout, stderr } = runCommand(['doctor', '--json'], options);
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return { status, finding: (name) => findings.find((each) => each.name === name) as Finding };
}

it('sysvmq doctor says that queues work, with status 0, and leaves nothing behind', () => {
  const shown = outputOf(['doctor']);
  expect(shown).toContain('ok       Message queues work: the check created, filled, emptied and removed one.\n');
  expect(shown).toMatch(/\nNo problem found\.\n$/);
  expect(remainingQueues()).toEqual([]);
});

itSlow('sysvmq doctor prints the same as JSON', () => {
  const { ok, findings } = jsonOf(['doctor']) as { ok: boolean; findings: Finding[] };
  expect(ok).toBe(true);
  expect(findings.map(({ name }) => name)).toEqual([
    'system',
    'queues',
    'msg-copy',
    'seccomp',
    'ipc-namespace',
    'proc',
    'limits',
    'usage',
    'fill',
    'readers',
    'consumers',
    'CAP_SYS_RESOURCE',
    'CAP_IPC_OWNER',
    'CAP_SYS_ADMIN',
    'remove-ipc',
  ]);
});

itSlow('sysvmq doctor finds messages whose last reader is gone while nobody waits', async () => {
  const [stuck, read, waited] = [newQueue(), newQueue(), newQueue()] as const;
  for (const { id } of [stuck, read, waited]) outputOf(['send', `${id}`, 'x']);
  for (const { id } of [stuck, waited]) outputOf(['receive', `${id}`]);
  stuck.trySend('left');
  read.trySend('left');
  read.tryReceive();
  const reader = startCommand(['receive', `${waited.id}`, '--type', '7']);
  await reader.waits('sysvmq-recv');
  waited.trySend('of another type');
  const { status, finding } = examine();
  expect(status).toBe(0);
  expect(finding('readers')).toMatchObject({ state: 'note', data: { ids: [stuck.id], messages: 1 } });
  expect(finding('readers').says).toContain(`queue ${stuck.id} (`);
  stuck.tryReceive();
  expect(examine().finding('readers')).toMatchObject({ state: 'ok', data: { ids: [] } });
});

itSlow('sysvmq doctor has the limits of this namespace, and how much of them is used', () => {
  setLimit('msgmni', 10);
  for (let count = 0; count < 8; count++) newQueue();
  const { finding } = examine();
  expect(finding('limits').data).toMatchObject({ msgmni: 10, msgmax: 8192, msgmnb: 16384 });
  expect(finding('usage')).toMatchObject({ state: 'note', data: { queues: 8, msgmni: 10 } });
});

itSlow('sysvmq doctor names the full queues', () => {
  newQueue();
  const full = fullQueue();
  const { status, finding } = examine();
  expect(status).toBe(0);
  expect(finding('fill')).toMatchObject({ state: 'note', data: { ids: [full.id] } });
  expect(finding('fill').means).toContain('EAGAIN');
});

itSlow('sysvmq doctor fails when no queue can be made, and says what to do', () => {
  setLimit('msgmni', 1);
  newQueue();
  const { status, stdout } = runCommand(['doctor']);
  expect(status).toBe(1);
  expect(stdout).toMatch(/PROBLEM {2}Message queues do not work: .*\(ENOSPC from msgget\)/s);
  expect(stdout).toContain('There are 2 problems.');
});

itNeeds(slow(program('gcc')), 'sysvmq doctor sees a seccomp filter that refuses the calls', () => {
  const refuse = compileC('refuse-call.c');
  for (const code of ['ENOSYS', 'EPERM']) {
    const { status, finding } = examine({ prefix: [refuse, 'msgget', code] });
    expect(status).toBe(1);
    expect(finding('queues')).toMatchObject({ state: 'problem', data: { code } });
    expect(finding('queues').means).toContain('seccomp filter');
    expect(finding('seccomp')).toMatchObject({ state: 'note', data: { mode: 2 } });
  }
});

itSlow("sysvmq doctor knows another IPC namespace than the machine's", () => {
  const own = examine({ prefix: ['unshare', '--ipc'] }).finding('ipc-namespace');
  expect(own).toMatchObject({ state: 'note', data: { initial: false, id: expect.any(Number) } });
  expect(own.data?.['id']).not.toBe(examine().finding('ipc-namespace').data?.['id']);
});

itNeeds(slow(otherUsers), 'sysvmq doctor says what the lack of capabilities means', () => {
  const { finding } = examine(nobody);
  for (const name of ['CAP_SYS_RESOURCE', 'CAP_IPC_OWNER', 'CAP_SYS_ADMIN']) {
    expect(finding(name)).toMatchObject({
      state: 'note',
      data: { held: false },
      says: expect.stringMatching(`^no ${name}: `),
    });
  }
  expect(finding('limits')).toMatchObject({ data: { writable: false } });
});

itNeeds(otherUsers, 'sysvmq doctor knows that CAP_SYS_RESOURCE of a user namespace does not count', () => {
  const { finding } = examine({ prefix: ['unshare', '--user', '--map-root-user', '--ipc'] });
  expect(finding('CAP_SYS_RESOURCE')).toMatchObject({ state: 'note', data: { held: true, counts: false } });
  expect(finding('CAP_IPC_OWNER')).toMatchObject({ state: 'ok', data: { held: true, counts: true } });
});

describe("systemd's RemoveIPC", () => {
  /** Runs the doctor where /etc/systemd and /run/systemd have these files, and nothing else. */
  function withFiles(files: Record<string, string>, user = 'root'): Finding & { status: number | null } {
    const folder = temporaryFolder();
    for (const [path, text] of Object.entries({ 'run/system/here': '', 'etc/here': '', ...files })) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const mounts = `mount --bind ${folder}/etc /etc/systemd && mkdir -p /run/systemd && mount --bind ${folder}/run /run/systemd`;
    const become = user === 'root' ? 'exec "$@"' : `exec setpriv --reuid ${user} --clear-groups "$@"`;
    const prefix = ['unshare', '--mount', 'sh', '-c', `chmod 755 ${folder}; ${mounts} && ${become}`, 'sh'];
    const { status, finding } = examine({ prefix });
    return { ...finding('remove-ipc'), status };
  }
  const needs = otherUsers;

  itNeeds(slow(needs), 'is on where no file turns it off; what logind was built with is in the comments', () => {
    expect(withFiles({ 'etc/logind.conf': '[Login]\n#RemoveIPC=yes\n' }).data).toMatchObject({
      value: true,
      file: null,
    });
    expect(withFiles({ 'etc/logind.conf': '[Login]\n#RemoveIPC=no\n' }).data).toMatchObject({
      value: false,
      file: null,
    });
  });

  itNeeds(slow(needs), 'is read from logind.conf, in its section', () => {
    const path = '/etc/systemd/logind.conf';
    expect(withFiles({ 'etc/logind.conf': '[Login]\nRemoveIPC = no\n' }).data).toMatchObject({
      value: false,
      file: path,
    });
    expect(withFiles({ 'etc/logind.conf': '[Other]\nRemoveIPC=no\n' }).data).toMatchObject({ value: true, file: null });
  });

  itNeeds(slow(needs), 'is read from drop-ins, of which the last name counts, and /etc before /run', () => {
    const { data } = withFiles({
      'etc/logind.conf': '[Login]\nRemoveIPC=yes\n',
      'etc/logind.conf.d/50-a.conf': '[Login]\nRemoveIPC=off\n',
      'run/logind.conf.d/50-a.conf': '[Login]\nRemoveIPC=on\n',
      'run/logind.conf.d/10-z.conf': '[Login]\nRemoveIPC=on\n',
    });
    expect(data).toMatchObject({ value: false, file: '/etc/systemd/logind.conf.d/50-a.conf' });
  });

  itNeeds(slow(needs), 'is a problem for an ordinary user, and none for root', () => {
    const files = { 'etc/logind.conf': '[Login]\nRemoveIPC=yes\n' };
    const root = withFiles(files);
    expect(root).toMatchObject({ state: 'note', status: 0, means: expect.stringContaining('Not those of root') });
    const ordinary = withFiles(files, '65534');
    expect(ordinary).toMatchObject({ state: 'problem', status: 1 });
    expect(ordinary.means).toContain('loginctl enable-linger nobody');
  });
});

itSlow('sysvmq doctor takes no arguments', () => {
  expect(runCommand(['doctor', 'me'])).toMatchObject({ status: 2, stdout: '' });
});
