/** docs/request-reply.md: its programs in C and Python talk to this library. */

import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { codecs } from '../../lib/index';
import { programs32Bit } from '../support/c-program';
import { itNeeds, program } from '../support/needs';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { newClient, newServer } from '../support/requests';
import { slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

const PYTHON = '/usr/bin/python3';
const page = readFileSync(join(__dirname, '..', '..', 'docs', 'request-reply.md'), 'utf8');

afterEach(removeTemporaryFolders);

/** The page's program in this language, as a file. */
function programOf(language: 'c' | 'python', extension: string): string {
  const [code] = new RegExp(`(?<=^\`\`\`${language}\n)[\\s\\S]*?(?=^\`\`\`$)`, 'm').exec(page) ?? [];
  const path = join(temporaryFolder(), `program.${extension}`);
  writeFileSync(path, code as string);
  return path;
}

function hasSysvIpc(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import sysv_ipc'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.each([
  { bits: 'this machine', need: program('gcc'), flags: [] },
  { bits: '32 bits', need: programs32Bit(), flags: ['-m32'] },
])('the server in C, for $bits', ({ need, flags }) => {
  itNeeds(slow(need), 'answers a client here, over its own queue and over the one of the requests', async () => {
    const source = programOf('c', 'c');
    const executable = source.replace(/\.c$/, '');
    execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', ...flags, '-o', executable, source]);
    const queue = newQueue({ codec: codecs.utf8 });
    const server = spawn(executable, [String(queue.id), '4'], { stdio: 'inherit' });
    const ended = once(server, 'exit');
    const client = newClient(queue, { timeout: 20_000 });
    const sameQueue = newClient(queue, { timeout: 20_000, replies: queue });
    expect(await client.request('hello')).toBe('HELLO');
    expect(await sameQueue.request('to you')).toBe('TO YOU');
    expect(await rejectionOf(client.request(''))).toMatchObject({
      name: 'RemoteError',
      message: 'there is no text',
      remoteName: undefined,
    });
    expect(await client.request('x'.repeat(8000))).toBe('X'.repeat(8000));
    expect(await ended).toEqual([0, null]);
  });
});

const sysvIpc = { met: hasSysvIpc(), reason: `${PYTHON} has no sysv_ipc (Debian package python3-sysv-ipc)` };

itNeeds(sysvIpc, 'the client in Python is answered by a server here', async () => {
  const source = programOf('python', 'py');
  const queue = newQueue({ codec: codecs.utf8 });
  newServer(queue, (text) => {
    if (text === 'fail') throw new RangeError('on purpose');
    return text === 'nothing' ? undefined : text.toUpperCase();
  });
  const ask = async (text: string) =>
    (await promisify(execFile)(PYTHON, [source, String(queue.key), text], { timeout: 20_000 })).stdout.trim();
  expect(await ask('hello')).toBe('replied HELLO');
  expect(await ask('nothing')).toBe('done');
  expect(await ask('fail')).toBe('failed {"name":"RangeError","message":"on purpose"}');
});
