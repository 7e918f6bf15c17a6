/** ftok, against glibc's own through Perl, and what it refuses. */

import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ftok, isMessageQueueError } from '../../lib/index';
import { answers, notNumbers, outOfRange, untouchable, wrongType } from '../support/bad-values';
import { failureOf } from '../support/failure';
import { itNeeds } from '../support/needs';
import { slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

let folder: string;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'file');
  writeFileSync(file, '');
});

afterEach(removeTemporaryFolders);

const perl = { met: hasPerl(), reason: 'there is no Perl with IPC::SysV (Debian package perl)' };

function hasPerl(): boolean {
  try {
    execFileSync('perl', ['-MIPC::SysV=ftok', '-e', '1'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What C's ftok says of a file with each of these ids. */
function ftokInC(path: string, ids: (number | string)[]): number[] {
  const list = ids.map((id) => (typeof id === 'number' ? id : `'${id}'`)).join(', ');
  const code = `print map { ftok($ARGV[0], $_) . "\\n" } ${list}`;
  return execFileSync('perl', ['-MIPC::SysV=ftok', '-e', code, path], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);
}

const ids = [0, 1, 65, 0x7f, 0x80, 254, 256, 0x141, 2 ** 31 - 2, -2, -(2 ** 31), 'A', 'z', '~', ' ', '1'];

itNeeds(slow(perl), 'the keys are those of C for any file and any id', () => {
  const others = { folder: join(folder, 'folder'), link: join(folder, 'link'), hard: join(folder, 'hard') };
  mkdirSync(others.folder);
  symlinkSync(file, others.link);
  linkSync(file, others.hard);
  const here = [file, ...Object.values(others)];
  for (const path of [...here, '/', '.', '/etc/passwd', '/dev/null', '/proc/sys/kernel/msgmax']) {
    expect([path, ids.map((id) => ftok(path, id))]).toEqual([path, ftokInC(path, ids)]);
  }
});

itNeeds(perl, 'the keys are those of C where they are negative, with the ids 255 and -1', () => {
  // Perl has no key for what C's ftok returns as -1, which these ids make of one file in 2^24.
  for (const path of [folder, '/', '/etc/passwd']) {
    expect([255, -1, 0x1ff].map((id) => ftok(path, id))).toEqual(ftokInC(path, [255, -1, 0x1ff]));
    expect(ftok(path, 255)).toBeLessThan(0);
  }
});

it.each<[title: string, path: () => string | Buffer | URL]>([
  ['a Buffer', () => Buffer.from(file)],
  ['a Uint8Array', () => new Uint8Array(Buffer.from(file)) as Buffer],
  ['a part of a Buffer', () => Buffer.from(`see ${file}!`).subarray(4, -1)],
  ['a file URL', () => pathToFileURL(file)],
])('the path may be %s', (_, path) => {
  expect(ftok(path(), 'A')).toBe(ftok(file, 'A'));
});

it('a path may have any bytes, also such as are not UTF-8', () => {
  const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe, 0x80])]);
  linkSync(file, path);
  expect(ftok(path, 1)).toBe(ftok(file, 1));
});

it('the bytes of a path count, and not what its object says of itself', () => {
  writeFileSync(join(folder, 'other'), '');
  const path = Object.assign(Buffer.from(file), { valueOf: () => join(folder, 'other') });
  expect(ftok(path, 'A')).toBe(ftok(file, 'A'));
});

const PATH = 'of type string or an instance of Buffer or URL';

it('ftok refuses a path that is none', () => {
  const call = (path: unknown) => ftok(path as string, 'A');
  const views = [new Uint16Array(2), new DataView(new ArrayBuffer(2)), new ArrayBuffer(2), new SharedArrayBuffer(2)];
  const values = [
    undefined,
    null,
    0,
    NaN,
    1n,
    true,
    Symbol('symbol'),
    {},
    [],
    [file],
    () => file,
    untouchable,
    ...views,
  ];
  expect(answers(call, values)).toEqual(wrongType('path', PATH, values));
});

it('ftok refuses a path with a NUL, which would end it in C', () => {
  const values = ['\0', `${file}\0`, `${file}\0.txt`, Buffer.from(`${file}\0`)];
  const call = (path: unknown) => ftok(path as string, 'A');
  expect(answers(call, values)).toEqual(outOfRange('path', "a path without '\\0'", values));
});

it('ftok refuses a URL that names no file', () => {
  const values = [new URL('http://localhost/file'), new URL('data:,file')];
  const call = (path: unknown) => ftok(path as URL, 'A');
  expect(answers(call, values)).toEqual(outOfRange('path', 'a file URL', values));
});

it('ftok refuses a project id that is neither a number nor a character', () => {
  const call = (id: unknown) => ftok(file, id as number);
  const values = [undefined, ...notNumbers.filter((value) => typeof value !== 'string')];
  expect(answers(call, values)).toEqual(wrongType('projectId', 'of type number or string', values));
});

it('ftok refuses a number that C has no int for', () => {
  const call = (id: unknown) => ftok(file, id as number);
  const values = [NaN, Infinity, -Infinity, 1.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 53];
  const range = 'an integer >= -2147483648 and <= 2147483647';
  expect(answers(call, values)).toEqual(outOfRange('projectId', range, values));
});

it('ftok refuses a text that is not one ASCII character', () => {
  const call = (id: unknown) => ftok(file, id as string);
  const values = ['', 'AA', 'é', '\u0100', '\ud83d\ude00', '10'];
  expect(answers(call, values)).toEqual(outOfRange('projectId', 'one ASCII character', values));
});

it('ftok says that the path is missing when there is no argument', () => {
  const call = () => (ftok as () => number)();
  expect(answers(call, [undefined])).toEqual(wrongType('path', PATH, [undefined]));
});

it('an error of the file system is one of ours, with what Node.js said as its cause', () => {
  for (const path of ['', join(folder, 'missing'), join(file, 'below')]) {
    const error = failureOf(() => ftok(path, 'A'));
    expect(isMessageQueueError(error)).toBe(true);
    const { code, errno } = error['cause'] as NodeJS.ErrnoException;
    expect(error).toMatchObject({ name: 'MessageQueueError', code, errno, syscall: 'stat' });
    expect(error.message).toContain(path);
  }
});
