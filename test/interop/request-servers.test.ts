/** Servers of requests in other languages (examples/request-servers), with a RequestClient as it is by default. */

import { join } from 'node:path';
import { codecs, type MessageQueue } from '../../lib/index';
import { until } from '../support/child';
import { runExample } from '../support/examples';
import { languages } from '../support/languages';
import { remainingQueues } from '../support/namespace';
import { itNeeds } from '../support/needs';
import { startPartner } from '../support/partner';
import { newQueue } from '../support/queues';
import { newClient } from '../support/requests';
import { slow } from '../support/slow';

const folder = join(__dirname, '..', '..', 'examples', 'request-servers');
const servers = [
  ['Python', '/usr/bin/python3', join(folder, 'upper.py')],
  ['PHP', 'php', join(folder, 'upper.php')],
] as const;

/** Serves until the queue is removed, which ends the server. */
async function withServer(command: string, path: string, queue: MessageQueue<string>, use: () => Promise<void>) {
  const ended = startPartner(command, [path, `0x${(queue.key >>> 0).toString(16)}`]);
  await use();
  queue.remove();
  await ended;
}

describe.each(servers)('a server in %s', (name, command, path) => {
  const need = languages.find((language) => language.name === name)?.need as (typeof languages)[0]['need'];

  itNeeds(slow(need), 'answers examples/request-servers/main.mjs', () => {
    const output = runExample('request-servers/main.mjs', command, path);
    expect(output.trim().split('\n')).toEqual([
      '"hello" was answered with "HELLO"',
      'three at once: ONE, TWO, THREE',
      'an empty text failed: there is no text',
      'the server ended with status 0',
    ]);
    expect(remainingQueues()).toEqual([]);
  });

  itNeeds(slow(need), 'answers a client with a private queue, which has a key', async () => {
    const requests = newQueue({ codec: codecs.utf8 });
    await withServer(command, path, requests, async () => {
      expect(await newClient(requests, { replies: 'private', timeout: 20_000 }).request('hello')).toBe('HELLO');
    });
  });

  itNeeds(slow(need), 'answers everything that a queue of both is full of', async () => {
    const requests = newQueue({ codec: codecs.utf8, maxBytes: 500 });
    await withServer(command, path, requests, async () => {
      const client = newClient(requests, { timeout: 20_000 });
      const texts = Array.from({ length: 300 }, (_, number) => `text ${number}`);
      const answers = await Promise.all(texts.map((text) => client.request(text)));
      expect(answers).toEqual(texts.map((text) => text.toUpperCase()));
      await until('all replies are taken', () => requests.stat().messageCount === 0);
    });
  });

  itNeeds(need, 'does not handle a request whose time is up, and leaves no reply to it', async () => {
    const requests = newQueue({ codec: codecs.utf8 });
    const client = newClient(requests, { timeout: 1 });
    const { code } = await client.request('late').catch((error) => error);
    expect(code).toBe('ETIMEDOUT');
    expect(requests.stat().messageCount).toBe(1);
    await withServer(command, path, requests, async () => {
      expect(await newClient(requests, { timeout: 20_000 }).request('in time')).toBe('IN TIME');
      expect(requests.stat().messageCount).toBe(0);
    });
  });
});
