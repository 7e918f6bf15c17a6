import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { persistLimits } from '../../lib/index';
import { inChild, startChild } from '../support/child';
import { failure } from '../support/failure';
import { readLimit } from '../support/namespace';
import { itNeeds } from '../support/needs';
import { itSlow, slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

const CONFIG = `# /etc/sysctl.conf - a comment
kernel.msgmax = 1
vm.swappiness = 10

-kernel/msgmni=1
; another comment
kernel.msgmax = 2`;

afterEach(removeTemporaryFolders);

/** A file in a folder of its own. */
function newFile(text?: string, mode?: number): string {
  const file = join(temporaryFolder(), '60-sysvmq.conf');
  if (text !== undefined) writeFileSync(file, text);
  if (mode !== undefined) chmodSync(file, mode);
  return file;
}

describe('persistLimits', () => {
  it('makes a file that is not there', () => {
    const file = newFile();
    persistLimits({ msgmni: 2048, msgmnb: 131072 }, { file });
    expect(readFileSync(file, 'utf8')).toBe(
      '# Limits of System V message queues; see msgctl(2). Written by sysvmq.\n' +
        'kernel.msgmni = 2048\n' +
        'kernel.msgmnb = 131072\n',
    );
  });

  it('makes a file that every user may read, whatever the umask', () => {
    const file = newFile();
    const umask = process.umask(0o077);
    try {
      persistLimits({ msgmni: 2048 }, { file });
    } finally {
      process.umask(umask);
    }
    expect(statSync(file).mode & 0o7777).toBe(0o644);
  });

  it('changes what a file says of these limits, and keeps everything else', () => {
    const file = newFile(CONFIG);
    persistLimits({ msgmax: 65536, msgmnb: 131072 }, { file });
    expect(readFileSync(file, 'utf8')).toBe(`# /etc/sysctl.conf - a comment
kernel.msgmax = 1
vm.swappiness = 10

-kernel/msgmni=1
; another comment
kernel.msgmax = 65536
kernel.msgmnb = 131072
`);
  });

  it('keeps every byte of what it does not change, also of text that is not UTF-8', () => {
    const comment = Buffer.from('# Gr\xf6\xdfe der Warteschlangen, \x80\xff\n', 'latin1');
    const file = newFile();
    writeFileSync(file, comment);
    persistLimits({ msgmni: 2048 }, { file });
    expect(readFileSync(file)).toEqual(Buffer.concat([comment, Buffer.from('kernel.msgmni = 2048\n')]));
  });

  it('changes nothing when the same is persisted again', () => {
    const file = newFile(CONFIG);
    persistLimits({ msgmni: 2048 }, { file });
    const once = readFileSync(file, 'utf8');
    persistLimits({ msgmni: 2048 }, { file });
    expect(readFileSync(file, 'utf8')).toBe(once);
  });

  it.each(['600', '640', '664'])('keeps the mode 0%s of a file', (octal) => {
    const mode = Number.parseInt(octal, 8);
    const file = newFile(CONFIG, mode);
    persistLimits({ msgmni: 2048 }, { file });
    expect(statSync(file).mode & 0o7777).toBe(mode);
  });

  itSlow('finds a relative path from the working directory', async () => {
    const file = newFile();
    await inChild(
      ({ sysvmq }, folder) => {
        process.chdir(folder);
        sysvmq.persistLimits({ msgmni: 2048 }, { file: '60-sysvmq.conf' });
      },
      join(file, '..'),
    );
    expect(readFileSync(file, 'utf8')).toContain('kernel.msgmni = 2048\n');
  });

  it('leaves nothing else in the folder', () => {
    const file = newFile(CONFIG);
    persistLimits({ msgmni: 2048 }, { file });
    expect(readdirSync(join(file, '..'))).toEqual(['60-sysvmq.conf']);
  });

  it('is not stopped by what a process of the same id has left behind', () => {
    const file = newFile(CONFIG);
    writeFileSync(join(file, '..', `.60-sysvmq.conf.${process.pid}.tmp`), 'half a fi');
    persistLimits({ msgmni: 2048 }, { file });
    expect(readFileSync(file, 'utf8')).toContain('kernel.msgmni = 2048\n');
  });

  const defaultFolder = { met: existsSync('/etc/sysctl.d'), reason: 'there is no /etc/sysctl.d' };
  itNeeds(slow(defaultFolder), 'writes /etc/sysctl.d/60-sysvmq.conf unless told otherwise', async () => {
    const files = await inChild(
      ({ sysvmq, require }) => {
        const fs = require('node:fs') as typeof import('node:fs');
        require('node:child_process').execFileSync('mount', ['-t', 'tmpfs', 'none', '/etc/sysctl.d']);
        sysvmq.persistLimits({ msgmni: 2048 });
        return fs.readdirSync('/etc/sysctl.d').map((name) => [name, fs.readFileSync(`/etc/sysctl.d/${name}`, 'utf8')]);
      },
      undefined,
      { prefix: ['unshare', '--mount'] },
    );
    expect(files).toEqual([['60-sysvmq.conf', expect.stringMatching(/^kernel\.msgmni = 2048$/m)]]);
  });
});

describe('a symbolic link', () => {
  it.each([
    ['relative', 'real.conf'],
    ['absolute', ''],
  ])('stays one, and what it points to is changed: %s', (_, target) => {
    const folder = temporaryFolder();
    const [link, real] = [join(folder, 'link.conf'), join(folder, 'real.conf')];
    const text = target === '' ? real : target;
    writeFileSync(real, CONFIG);
    symlinkSync(text, link);

    persistLimits({ msgmni: 2048 }, { file: link });

    expect(readlinkSync(link)).toBe(text);
    expect(lstatSync(real).isFile()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain('kernel.msgmni = 2048\n');
    expect(readdirSync(folder).sort()).toEqual(['link.conf', 'real.conf']);
  });

  it('stays one also when what it points to is in another folder', () => {
    const folder = temporaryFolder();
    const [link, real] = [join(folder, 'link.conf'), newFile(CONFIG)];
    symlinkSync(real, link);
    persistLimits({ msgmni: 2048 }, { file: link });
    expect(readlinkSync(link)).toBe(real);
    expect(readFileSync(real, 'utf8')).toContain('kernel.msgmni = 2048\n');
    expect(readdirSync(folder)).toEqual(['link.conf']);
  });

  it('stays one also when it points to a file that is not there yet, which is made', () => {
    const folder = temporaryFolder();
    const [link, real] = [join(folder, 'link.conf'), newFile()];
    symlinkSync(real, link);
    persistLimits({ msgmni: 2048 }, { file: link });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain('kernel.msgmni = 2048\n');
  });
});

describe('a reader of the file', () => {
  it('that has it open keeps the whole old text', () => {
    const file = newFile(CONFIG);
    const before = statSync(file).ino;
    const open = openSync(file, 'r');
    persistLimits({ msgmni: 2048 }, { file });
    expect(readFileSync(open, 'utf8')).toBe(CONFIG);
    closeSync(open);
    expect(statSync(file).ino).not.toBe(before);
  });

  itSlow('never sees anything but the old text or the new one', async () => {
    const file = newFile();
    persistLimits({ msgmni: 1 }, { file });
    const one = readFileSync(file, 'utf8');
    const other = one.replace('= 1', '= 30000');
    const reader = startChild(async ({ require, say, told }, file) => {
      const texts = new Set<string>();
      let done = false;
      told().then(() => {
        done = true;
      });
      say('reading');
      while (!done) {
        for (let count = 0; count < 100; count++) texts.add(require('node:fs').readFileSync(file, 'utf8'));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return [...texts];
    }, file);
    await reader.said('reading');
    for (let count = 0; count < 100; count++) persistLimits({ msgmni: count % 2 === 0 ? 30000 : 1 }, { file });
    reader.tell('done');

    const texts = (await reader.result) as string[];
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect([one, other]).toContain(text);
  });
});

describe('a file that cannot be written', () => {
  it('is ENOENT when the folder does not exist', () => {
    const file = join(temporaryFolder(), 'missing', '60-sysvmq.conf');
    const error = failure(() => persistLimits({ msgmni: 2048 }, { file }));
    expect(error).toMatchObject({ name: 'MessageQueueError', code: 'ENOENT', syscall: 'open' });
    expect((error as Error).message).toContain(join(file, '..'));
  });

  it('is ENOTDIR when the folder is a file', () => {
    const file = join(newFile(CONFIG), '60-sysvmq.conf');
    const error = failure(() => persistLimits({ msgmni: 2048 }, { file }));
    expect(error).toMatchObject({ name: 'MessageQueueError', code: 'ENOTDIR' });
  });

  it('is EISDIR when the file is a folder', () => {
    const folder = newFile();
    mkdirSync(folder);
    const error = failure(() => persistLimits({ msgmni: 2048 }, { file: folder }));
    expect(error).toMatchObject({ name: 'MessageQueueError', code: 'EISDIR' });
    expect(readdirSync(join(folder, '..'))).toEqual(['60-sysvmq.conf']);
  });

  it('is a RangeError when a value is out of range, and no file is made', () => {
    const file = newFile();
    const error = failure(() => persistLimits({ msgmni: 2048, msgmax: 2 ** 31 }, { file, apply: true }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    expect(existsSync(file)).toBe(false);
    expect(readLimit('msgmni')).toBe(32000);
  });
});
