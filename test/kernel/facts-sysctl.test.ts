import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getLimits, persistLimits, setLimits } from '../../lib/index';
import { inChild, ownNamespace } from '../support/child';
import { readLimit } from '../support/namespace';
import { itNeeds, program } from '../support/needs';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const values = { msgmni: 2048, msgmax: 65536, msgmnb: 131072 };
const readAll = () => ({ msgmni: readLimit('msgmni'), msgmax: readLimit('msgmax'), msgmnb: readLimit('msgmnb') });

describe('a value in /proc/sys/kernel', () => {
  itSlow('outlives the process that wrote it', async () => {
    await inChild(({ sysvmq }, values) => sysvmq.setLimits(values), values);
    expect(readAll()).toEqual(values);
  });

  itSlow('is not there in another IPC namespace, which starts with the defaults of the kernel', async () => {
    setLimits(values);
    const others = await inChild(({ sysvmq }) => sysvmq.readProcLimits(), undefined, { prefix: ownNamespace });
    expect(others).toEqual({ msgmni: 32000, msgmax: 8192, msgmnb: 16384 });
  });
});

describe('a value that is persisted', () => {
  it('is a line in the form of sysctl', () => {
    const file = join(temporaryFolder(), '60-sysvmq.conf');
    persistLimits({ msgmni: 2048 }, { file });
    expect(readFileSync(file, 'utf8').split('\n')).toContain('kernel.msgmni = 2048');
  });

  it('is not the value of the running kernel', () => {
    persistLimits(values, { file: join(temporaryFolder(), '60-sysvmq.conf') });
    expect(readAll()).toEqual({ msgmni: 32000, msgmax: 8192, msgmnb: 16384 });
  });

  itNeeds(program('sysctl', 'procps'), 'is accepted, and set, by "sysctl -p FILE"', () => {
    const file = join(temporaryFolder(), '60-sysvmq.conf');
    persistLimits(values, { file });

    const output = execFileSync('sysctl', ['-p', file], { encoding: 'utf8' });

    expect(output).toBe('kernel.msgmni = 2048\nkernel.msgmax = 65536\nkernel.msgmnb = 131072\n');
    expect(readAll()).toEqual(values);
    expect(getLimits()).toMatchObject(values);
  });

  itNeeds(program('sysctl', 'procps'), 'is what counts for "sysctl -p FILE", whatever else stood in the file', () => {
    const file = join(temporaryFolder(), 'sysctl.conf');
    const lines = [
      '# kernel.msgmni = 1',
      'kernel.msgmni = 2',
      '-kernel/msgmax=3',
      '; a comment of the other kind',
      'kernel/msgmni=4',
      '  kernel.msgmnb   =   5  ',
      'kernel.msgmax = 6\r',
    ];
    writeFileSync(file, lines.join('\n'));
    persistLimits(values, { file });

    execFileSync('sysctl', ['-p', file], { stdio: 'ignore' });

    expect(readAll()).toEqual(values);
  });
});
