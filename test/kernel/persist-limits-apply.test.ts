import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { persistLimits, readProcLimits } from '../../lib/index';
import { inChild, nobody } from '../support/child';
import { failure } from '../support/failure';
import { itNeeds, otherUsers } from '../support/needs';
import { itSlow, slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

const defaults = { msgmni: 32000, msgmax: 8192, msgmnb: 16384 };
const CONFIG = 'vm.swappiness = 10\nkernel.msgmni = 1\n';

afterEach(removeTemporaryFolders);

/** A file in a folder that everybody may look into, and that `nobody` owns or not. */
function newFile({ folderOwner = 0, owner = 0, mode = 0o644 }): string {
  const folder = temporaryFolder();
  const file = join(folder, 'sysctl.conf');
  writeFileSync(file, CONFIG);
  chmodSync(file, mode);
  chownSync(file, owner, owner);
  chmodSync(folder, 0o755);
  chownSync(folder, folderOwner, folderOwner);
  return file;
}

function persistAsNobody(file: string, apply: boolean): Promise<Record<string, unknown> | undefined> {
  return inChild(
    ({ sysvmq, failure }, { file, apply }) =>
      failure(() => sysvmq.persistLimits({ msgmni: 2048, msgmax: 65536 }, { file, apply })),
    { file, apply },
    { user: nobody },
  );
}

describe('persistLimits with apply', () => {
  it('sets the limits of the running kernel as well', () => {
    const file = join(temporaryFolder(), '60-sysvmq.conf');
    persistLimits({ msgmni: 2048, msgmax: 65536 }, { file, apply: true });
    expect(readProcLimits()).toEqual({ msgmni: 2048, msgmax: 65536, msgmnb: 16384 });
    expect(readFileSync(file, 'utf8')).toMatch(/^kernel\.msgmni = 2048\nkernel\.msgmax = 65536$/m);
  });

  it('sets nothing with apply: false', () => {
    persistLimits({ msgmni: 2048 }, { file: join(temporaryFolder(), '60-sysvmq.conf'), apply: false });
    expect(readProcLimits()).toEqual(defaults);
  });

  itNeeds(slow(otherUsers), 'leaves the file as it was when the limits may not be set', async () => {
    const file = newFile({ folderOwner: nobody.uid, owner: nobody.uid });
    const error = await persistAsNobody(file, true);
    expect(error).toMatchObject({
      name: 'QueueAccessError',
      code: 'EACCES',
      syscall: 'open',
      needed: 'permission to write /proc/sys/kernel/msgmni',
    });
    expect(readFileSync(file, 'utf8')).toBe(CONFIG);
    expect(readdirSync(join(file, '..'))).toEqual(['sysctl.conf']);
    expect(readProcLimits()).toEqual(defaults);
  });

  itNeeds(otherUsers, 'makes no file when the limits may not be set', async () => {
    const folder = join(newFile({ folderOwner: nobody.uid }), '..');
    const error = await persistAsNobody(join(folder, 'new.conf'), true);
    expect(error).toMatchObject({ name: 'QueueAccessError', code: 'EACCES' });
    expect(readdirSync(folder)).toEqual(['sysctl.conf']);
  });

  it('sets nothing when the file cannot be written', () => {
    const file = join(temporaryFolder(), 'missing', '60-sysvmq.conf');
    const error = failure(() => persistLimits({ msgmni: 2048 }, { file, apply: true }));
    expect(error).toMatchObject({ name: 'MessageQueueError', code: 'ENOENT' });
    expect(readProcLimits()).toEqual(defaults);
  });

  // Containers have single files mounted from their host: nothing can be renamed over those.
  itSlow('sets nothing when the file cannot be replaced, because it is a mount', async () => {
    const file = join(temporaryFolder(), 'sysctl.conf');
    writeFileSync(file, CONFIG);
    const error = await inChild(
      ({ sysvmq, require, failure }, file) => {
        require('node:child_process').execFileSync('mount', ['--bind', file, file]);
        return failure(() => sysvmq.persistLimits({ msgmni: 2048 }, { file, apply: true }));
      },
      file,
      { prefix: ['unshare', '--mount'] },
    );
    expect(error).toMatchObject({ name: 'MessageQueueError', code: 'EBUSY' });
    expect(readFileSync(file, 'utf8')).toBe(CONFIG);
    expect(readdirSync(join(file, '..'))).toEqual(['sysctl.conf']);
    expect(readProcLimits()).toEqual(defaults);
  });
});

describe('persistLimits as another user', () => {
  itNeeds(otherUsers, 'fails with EACCES where the folder may not be written', async () => {
    const file = newFile({ owner: nobody.uid });
    const error = await persistAsNobody(file, false);
    expect(error).toMatchObject({
      name: 'QueueAccessError',
      code: 'EACCES',
      syscall: 'open',
      needed: `permission to write ${file}`,
    });
    expect(error?.['errno']).toBeLessThan(0);
    expect(error?.['message']).toContain(`this needs permission to write ${file}`);
    expect(readFileSync(file, 'utf8')).toBe(CONFIG);
    expect(readdirSync(join(file, '..'))).toEqual(['sysctl.conf']);
  });

  itNeeds(otherUsers, 'fails with EACCES where the file may not be read', async () => {
    const file = newFile({ folderOwner: nobody.uid, mode: 0o600 });
    expect(await persistAsNobody(file, false)).toMatchObject({ name: 'QueueAccessError', code: 'EACCES' });
    expect(readFileSync(file, 'utf8')).toBe(CONFIG);
    expect(readdirSync(join(file, '..'))).toEqual(['sysctl.conf']);
  });

  itNeeds(slow(otherUsers), "fails with EPERM rather than take over another user's file", async () => {
    const file = newFile({ folderOwner: nobody.uid });
    expect(await persistAsNobody(file, false)).toMatchObject({ name: 'QueueAccessError', code: 'EPERM' });
    expect(readFileSync(file, 'utf8')).toBe(CONFIG);
    expect(statSync(file).uid).toBe(0);
    expect(readdirSync(join(file, '..'))).toEqual(['sysctl.conf']);
  });

  itNeeds(slow(otherUsers), 'needs no privilege for a file of their own', async () => {
    const file = newFile({ folderOwner: nobody.uid, owner: nobody.uid });
    expect(await persistAsNobody(file, false)).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe('vm.swappiness = 10\nkernel.msgmni = 2048\nkernel.msgmax = 65536\n');
    expect(statSync(file).uid).toBe(nobody.uid);
  });

  itNeeds(otherUsers, 'keeps the owner and the group of a file when root replaces it', () => {
    const file = newFile({ owner: nobody.uid, mode: 0o640 });
    persistLimits({ msgmni: 2048 }, { file });
    const { uid, gid, mode } = statSync(file);
    expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: nobody.uid, gid: nobody.gid, mode: 0o640 });
    expect(existsSync(file)).toBe(true);
  });
});
