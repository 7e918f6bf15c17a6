/** Fake timers of a program's tests hold no wait back, and break none that comes after them. */

import { codecs } from '../../lib/index';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

function busyTurn(queue: ReturnType<typeof newQueue>): void {
  for (let count = 0; count < 5000; count++) {
    queue.send('x').catch(() => undefined);
    queue.tryReceive();
  }
}

describe.each([
  ['while they are in place', false],
  ['after they were restored', true],
])('%s', (_, restored) => {
  afterEach(() => jest.useRealTimers());

  async function faked(start: () => void = () => undefined): Promise<void> {
    jest.useFakeTimers();
    start();
    if (restored) jest.useRealTimers();
  }

  it('a receive gets a message that comes later', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    let received: Promise<{ data: string }> | undefined;
    await faked(() => {
      received = queue.receive();
    });
    queue.trySend('here');
    expect((await received)?.data).toBe('here');
  });

  itSlow('receives and sends of a turn that is full go on', async () => {
    const queue = newQueue();
    await faked(() => busyTurn(queue));
    for (let count = 0; count < 1000; count++) {
      await queue.send('x');
      await queue.receive();
    }
  });

  itSlow('a stream goes on', async () => {
    const queue = newQueue();
    await faked(() => busyTurn(queue));
    for (let count = 0; count < 100; count++) queue.trySend('x');
    let seen = 0;
    for await (const _ of queue.readable()) {
      seen += 1;
      if (seen === 100) break;
    }
    expect(seen).toBe(100);
  });

  it('timeouts run in real time', async () => {
    const queue = newQueue();
    await faked();
    expect(() => queue.receiveSync({ timeout: 5 })).toThrow(expect.objectContaining({ code: 'ETIMEDOUT' }));
    await expect(queue.receive({ timeout: 5 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });
});
