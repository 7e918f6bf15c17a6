/** Programs in other languages (examples/interop), in their real interpreters and compiled by their real compilers. */

import fc from 'fast-check';
import { MessageQueue } from '../../lib/index';
import { runExample } from '../support/examples';
import { languages } from '../support/languages';
import { setLimit } from '../support/namespace';
import { itNeeds } from '../support/needs';
import { type PartnerEnd, startPartner } from '../support/partner';
import { newQueue, removeAfterTest } from '../support/queues';
import { slow } from '../support/slow';

const RUNS = { numRuns: 100 };
const ANSWER_MS = 20_000;
const MSGMAX = 8192;

interface Partner {
  requests: MessageQueue;
  replies: MessageQueue;
  ended: Promise<PartnerEnd>;
}

/** Starts a partner and takes its greeting. */
function start(program: string[], greeting: string, requests = newQueue(), replies = newQueue()): Partner {
  const [command, ...args] = program;
  const keys = [requests, replies].map(({ key }) => `0x${(key >>> 0).toString(16)}`);
  const ended = startPartner(command as string, [...args, ...keys]);
  const hello = replies.receiveSync({ timeout: ANSWER_MS });
  expect([hello.type, hello.data.toString()]).toEqual([1, greeting]);
  return { requests, replies, ended };
}

/** Sends bytes and checks that they come back turned around, under their type. */
function exchange({ requests, replies }: Partner, bytes: Uint8Array, type: bigint): void {
  requests.sendSync(bytes, { type });
  const reply = replies.receiveSync({ timeout: ANSWER_MS });
  expect(reply.typeBigInt).toBe(type);
  expect(Buffer.compare(reply.data, Buffer.from(bytes).reverse())).toBe(0);
}

async function quit({ requests, replies, ended }: Partner): Promise<void> {
  requests.sendSync('quit');
  expect(await ended).toEqual({ status: 0, stderr: '' });
  expect(requests.stat().messageCount + replies.stat().messageCount).toBe(0);
}

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.uint8Array({ maxLength: MSGMAX, size: 'max' }),
  fc.constantFrom(0, 1, MSGMAX - 1, MSGMAX).map((length) => new Uint8Array(length).fill(0xa5)),
);

describe.each(languages)('$name', ({ name, need, maxType, command }) => {
  const greeting = `hello from ${name}`;
  const anyType = fc.oneof(
    fc.bigInt(1n, maxType),
    fc.constantFrom(1n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n, 2n ** 32n + 5n, 2n ** 53n + 1n, 2n ** 63n - 1n),
  );

  itNeeds(slow(need), 'talks with examples/interop/main.mjs', () => {
    const output = runExample('interop/main.mjs', '--max-type', String(maxType), ...command());
    expect(output).toContain(`it says "${greeting}"`);
    expect(output.match(/came back turned around$/gm)).toHaveLength(maxType < 2n ** 31n ? 5 : 6);
    expect(output).toContain('the partner ended with status 0');
  });

  itNeeds(slow(need), 'carries any bytes, from none to msgmax', async () => {
    const partner = start(command(), greeting);
    fc.assert(
      fc.property(anyBytes, (bytes) => exchange(partner, bytes, 1n)),
      RUNS,
    );
    await quit(partner);
  });

  itNeeds(slow(need), `carries types up to ${maxType} exactly`, async () => {
    const partner = start(command(), greeting);
    fc.assert(
      fc.property(
        anyType.filter((type) => type <= maxType),
        (type) => exchange(partner, Buffer.from('ab'), type),
      ),
      RUNS,
    );
    await quit(partner);
  });

  itNeeds(slow(need), 'carries messages as long as a msgmax that was raised', async () => {
    setLimit('msgmax', 200_000);
    setLimit('msgmnb', 200_000);
    const partner = start(command(), greeting);
    exchange(partner, Buffer.alloc(200_000, 'any bytes'), 7n);
    await quit(partner);
  });

  itNeeds(slow(need), 'finds queues by keys that use all 32 bits', async () => {
    const queues = [0xdeadbe01, 0xffffffff].map((key) => MessageQueue.create(key));
    for (const { id } of queues) removeAfterTest(id);
    await quit(start(command(), greeting, ...queues));
  });

  itNeeds(slow(need), 'does not wait forever when its queue is removed', async () => {
    const partner = start(command(), greeting);
    partner.requests.remove();
    expect((await partner.ended).status).not.toBe(0);
  });
});
