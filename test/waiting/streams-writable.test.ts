/** writable(): what is written arrives in order, waiting for room, and what fails is said. */

import { once } from 'node:events';
import { codecs } from '../../lib/index';
import { startChild, until } from '../support/child';
import { LONG_TIMEOUT_MS, times } from '../support/long-tests';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { drain, endingOf, newWritable, turns, write } from '../support/streams';
import { untilWaiting } from '../support/waiting-threads';

describe('writable()', () => {
  it('sends what is written, in order, with the type that was asked for', async () => {
    const queue = newQueue();
    const stream = newWritable(queue, { type: 5 });
    stream.write('a');
    stream.write(Buffer.from('b'));
    stream.write(new Uint16Array([0x6363]));
    stream.end(new Uint8Array([0x64]).buffer);
    await once(stream, 'finish');
    const messages = queue.tryReceiveMany();
    expect(messages.map(({ data }) => data.toString())).toEqual(['a', 'b', 'cc', 'd']);
    expect(messages.map(({ type }) => type)).toEqual([5, 5, 5, 5]);
  });

  it("sends with the queue's own type when none is asked for, and with one of 64 bits", async () => {
    const queue = newQueue({ type: 9 });
    expect(await write(newWritable(queue), 'a')).toBeFalsy();
    expect(await write(newWritable(queue, { type: 2n ** 62n }), 'b')).toBeFalsy();
    expect(queue.tryReceiveMany().map(({ typeBigInt }) => typeBigInt)).toEqual([9n, 2n ** 62n]);
  });

  it('encodes what is written', async () => {
    const queue = newQueue({ codec: codecs.json<{ id: number }>() });
    const stream = newWritable(queue);
    stream.end({ id: 1 });
    await once(stream, 'finish');
    expect(queue.tryReceive()?.data).toEqual({ id: 1 });
  });

  it('sends empty messages', async () => {
    const queue = newQueue();
    newWritable(queue).end('');
    await until('it is in the queue', () => queue.stat().messageCount === 1);
    expect(queue.tryReceive()?.data).toHaveLength(0);
  });

  it('has write() return false when it holds as much as it should, and emits "drain" when all is in the kernel', async () => {
    const queue = fullQueue(1);
    const stream = newWritable(queue);
    const most = stream.writableHighWaterMark;
    const answers = Array.from({ length: most + 1 }, () => stream.write('a'));
    expect(answers).toEqual([...Array(most - 1).fill(true), false, false]);
    let drained = false;
    let received = 0;
    stream.once('drain', () => {
      drained = true;
      received += drain(queue).length;
    });
    while (!drained) {
      await until('there is a message, or no more', () => drained || queue.stat().messageCount === 1);
      if (!drained) received += drain(queue).length;
    }
    expect(received).toBe(1 + answers.length);
  });

  it('waits for room, and takes its turn among the sends of the process', async () => {
    const queue = fullQueue(1);
    const stream = newWritable(queue);
    const sent = [write(stream, 'a'), queue.send('b'), write(stream, 'c')];
    await untilWaiting('sysvmq-send', 1);
    const received: string[] = [];
    while (received.length < 4) received.push((await queue.receive()).data.toString());
    await Promise.all(sent);
    expect(received.slice(0, 3)).toEqual(['x', 'a', 'b']);
    expect(received[3]).toBe('c');
  });

  it('finishes when everything is in the kernel, and not before', async () => {
    const queue = fullQueue(1);
    const stream = newWritable(queue);
    const events = endingOf(stream);
    for (const text of ['a', 'b', 'c']) stream.write(text);
    stream.end('d');
    const received: string[] = [];
    for (const text of ['x', 'a', 'b', 'c']) {
      await until('there is a message', () => queue.stat().messageCount === 1);
      await turns();
      expect(events).toEqual([]);
      const message = queue.tryReceive()?.data.toString();
      expect(message).toBe(text);
      received.push(text);
    }
    await once(stream, 'finish');
    expect(queue.tryReceive()?.data.toString()).toBe('d');
    await until('it is closed', () => stream.closed);
    expect(events).toEqual(['finish', 'close']);
  });

  itSlow('sends ten thousand messages to another process, once each, in order', async () => {
    const count = 10_000;
    const queue = newQueue();
    const receiver = startChild(
      ({ sysvmq }, { id, count }) => {
        const queue = sysvmq.MessageQueue.attach(id);
        let wrong = 0;
        for (let number = 0; number < count; number++) {
          if (queue.receiveSync().data.toString() !== String(number)) wrong += 1;
        }
        return { wrong, left: queue.stat().messageCount };
      },
      { id: queue.id, count },
    );
    const stream = newWritable(queue);
    for (let number = 0; number < count; number++) {
      if (!stream.write(String(number))) await once(stream, 'drain');
    }
    stream.end();
    expect(await receiver.result).toEqual({ wrong: 0, left: 0 });
    await until('it finished', () => stream.writableFinished);
  });
});

describe('destroy() of a writable with a message that waits', () => {
  it('cancels it: it is not sent, and neither are the messages written after it', async () => {
    const queue = fullQueue(1);
    const stream = newWritable(queue);
    const written = [write(stream, 'a'), write(stream, 'b')];
    await untilWaiting('sysvmq-send', 1);
    stream.destroy();
    const [first, second] = await Promise.all(written);
    expect(first).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    expect(second).toMatchObject({ code: expect.any(String) });
    await untilWaiting('sysvmq-send', 0);
    expect(drain(queue)).toEqual(['x']);
    await turns();
    expect(queue.stat().messageCount).toBe(0);
  });

  it('lets later sends of the process go on', async () => {
    const queue = fullQueue(1);
    const stream = newWritable(queue);
    stream.write('a');
    const sent = queue.send('b');
    stream.destroy();
    expect((await queue.receive()).data.toString()).toBe('x');
    await sent;
    expect(drain(queue)).toEqual(['b']);
  });

  itSlow(
    'tells for each message whether it was sent, also when room is made just then',
    async () => {
      const queue = newQueue({ maxBytes: 1 });
      let [sent, received] = [0, 0];
      for (let round = 0; round < times(300, 20_000); round++) {
        const stream = newWritable(queue);
        if (queue.trySend('x')) sent += 1;
        const written = write(stream, 'a');
        if (round % 2 === 0) await untilWaiting('sysvmq-send', 1);
        const acts = [() => stream.destroy(), () => (received += drain(queue).length)];
        if (Math.random() < 0.5) acts.reverse();
        for (const act of acts) act();
        if (!(await written)) sent += 1;
      }
      received += drain(queue).length;
      expect(received).toBe(sent);
    },
    LONG_TIMEOUT_MS,
  );
});
