/** What POSIX says of ftok: rows POS-36 to POS-39 of the conformance catalogue. */

import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ftok } from '../../lib/syscalls';
import { inChild, nobody } from '../support/child';
import { failure } from '../support/failure';
import { itNeeds, otherUsers } from '../support/needs';
import { slow } from '../support/slow';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysvmq-ftok-'));
  file = join(folder, 'file');
  writeFileSync(file, '');
});

afterEach(() => rmSync(folder, { recursive: true }));

it('POS-36 the same file and id make the same key, whatever the path is called', () => {
  const symlink = join(folder, 'symlink');
  const hardLink = join(folder, 'hard-link');
  symlinkSync(file, symlink);
  linkSync(file, hardLink);
  const key = ftok(file, 'A');

  for (const path of [file, symlink, hardLink, relative('.', file), Buffer.from(file), pathToFileURL(file)]) {
    expect(ftok(path, 'A')).toBe(key);
  }
});

it('POS-37 another id makes another key', () => {
  const keys = Array.from({ length: 256 }, (_, id) => ftok(file, id));

  expect(new Set(keys).size).toBe(256);
});

it('POS-38 of the id only the low 8 bits count, and 0 is an id like any other', () => {
  expect(ftok(file, 0x141)).toBe(ftok(file, 0x41));
  expect(ftok(file, -1)).toBe(ftok(file, 0xff));
  expect(ftok(file, 0x100)).toBe(ftok(file, 0));
  expect(ftok(file, 0)).toBe(ftok(file, 1) & 0x00ffffff);
});

itNeeds(
  slow(otherUsers),
  'POS-39 a path that leads to no file, or may not be searched, fails as stat does',
  async () => {
    const loop = join(folder, 'loop');
    symlinkSync(loop, loop);
    const paths = {
      ENOENT: join(folder, 'missing'),
      ENOTDIR: join(file, 'below'),
      ELOOP: loop,
      ENAMETOOLONG: join(folder, 'x'.repeat(256)),
    };

    for (const [code, path] of Object.entries(paths)) {
      expect(failure(() => ftok(path, 'A'))).toMatchObject({ name: 'MessageQueueError', code });
    }
    // mkdtemp has made the folder for its owner alone.
    const error = await inChild(({ failure, sysvmq }, path) => failure(() => sysvmq.ftok(path, 'A')), file, {
      user: nobody,
    });
    expect(error).toMatchObject({ name: 'QueueAccessError', code: 'EACCES' });
  },
);
