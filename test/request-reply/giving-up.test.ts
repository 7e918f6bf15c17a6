/** Requests that are canceled by a timeout, a signal or close(), and the replies that arrive for them afterwards. */

import { AbortError, codecs, QueueClosedError, RemoteError, TimeoutError } from '../../lib/index';
import { until } from '../support/child';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { gate, newClient, newServer, untilActive } from '../support/requests';
import { itSlow } from '../support/slow';

describe('a request whose time is up', () => {
  it('is a TimeoutError that says that it was sent', async () => {
    const requests = newQueue();
    const error = await rejectionOf(newClient(requests).request('x', { timeout: 20 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: 'ETIMEDOUT', syscall: 'msgrcv', queueId: requests.id, requestSent: true });
    expect(error.message).toContain('timed out after 20 ms. The request was sent, and may be handled anyway.');
    expect(requests.stat().messageCount).toBe(1);
  });

  it('is one that says that it was not, while the queue has no room', async () => {
    const requests = fullQueue(100);
    const client = newClient(requests, { timeout: 20 });
    const error = await rejectionOf(client.request('x'));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ syscall: 'msgsnd', requestSent: false });
    expect(error.message).toContain('timed out after 20 ms. The request was not sent.');
    expect(requests.stat().messageCount).toBe(1);
    expect(client.stats).toMatchObject({ pending: 0, sent: 0 });
  });

  it('of 0 is not even tried', async () => {
    const requests = newQueue();
    const error = await rejectionOf(newClient(requests).request('x', { timeout: 0 }));
    expect(error).toMatchObject({ code: 'ETIMEDOUT' });
    expect(error['requestSent']).toBeFalsy();
    expect(requests.stat().messageCount).toBe(0);
  });

  it('is not handled by a server that starts too late', async () => {
    const requests = newQueue();
    const client = newClient(requests);
    await rejectionOf(client.request('too old', { timeout: 1 }));
    const fresh = client.request('fresh');
    const handled: string[] = [];
    const server = newServer(requests, (bytes) => {
      handled.push(bytes.toString());
      return bytes;
    });
    await fresh;
    expect(handled).toEqual(['fresh']);
    expect(server.stats).toMatchObject({ expired: 1, replied: 1 });
  });

  itSlow('gets no reply while it is handled, and its signal is aborted', async () => {
    const requests = newQueue();
    const handled = gate<{ left: number; late: number; aborted: boolean }>();
    const server = newServer(requests, async (bytes, request) => {
      const left = request.timeLeft;
      if (!request.signal.aborted) await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
      handled.open({ left, late: request.timeLeft, aborted: request.signal.aborted });
      return bytes;
    });
    const client = newClient(requests);
    const given = rejectionOf(client.request('x', { timeout: 500 }));
    const { left, late, aborted } = await handled.promise;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(500);
    expect(late).toBeLessThanOrEqual(0);
    expect(aborted).toBe(true);
    expect(await given).toBeInstanceOf(TimeoutError);
    await until('the server has finished', () => server.stats.active === 0);
    expect(server.stats).toMatchObject({ expired: 1, replied: 0 });
  });

  it('leaves a handler without end alone when there is no limit', async () => {
    const requests = newQueue();
    newServer(requests, (bytes, { timeLeft, signal }) => `${bytes}: ${timeLeft}, ${signal.aborted}`);
    const client = newClient(requests);
    const endless = await client.request('x', { timeout: Number.POSITIVE_INFINITY });
    expect(endless.toString()).toBe('x: Infinity, false');
    const patient = newClient(requests, { timeout: Number.POSITIVE_INFINITY });
    expect((await patient.request('x')).toString()).toBe('x: Infinity, false');
  });
});

describe('a request that is aborted', () => {
  it('before it is made is not tried', async () => {
    const requests = newQueue();
    const error = await rejectionOf(newClient(requests).request('x', { signal: AbortSignal.abort('why') }));
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'why' });
    expect(requests.stat().messageCount).toBe(0);
  });

  it('by its codec is not tried', async () => {
    const controller = new AbortController();
    const encode = () => {
      controller.abort();
      return 'x';
    };
    const requests = newQueue({ codec: { encode, decode: (bytes: Buffer) => bytes.toString() } });
    const error = await rejectionOf(newClient(requests).request('x', { signal: controller.signal }));
    expect(error).toBeInstanceOf(AbortError);
    expect(requests.stat().messageCount).toBe(0);
  });

  it('while it waits for its reply is an AbortError with the reason', async () => {
    const requests = newQueue();
    const client = newClient(requests);
    const controller = new AbortController();
    const request = client.request('x', { signal: controller.signal });
    await until('it was sent', () => requests.stat().messageCount === 1);
    controller.abort(new Error('no longer needed'));
    const error = await rejectionOf(request);
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ cause: { message: 'no longer needed' }, requestSent: true });
    expect(client.stats.pending).toBe(0);
  });

  it('while it waits for room is not sent, and those behind it are', async () => {
    const requests = fullQueue(100);
    const client = newClient(requests);
    const controller = new AbortController();
    const first = rejectionOf(client.request('first', { signal: controller.signal }));
    const second = client.request('second');
    controller.abort();
    expect(await first).toMatchObject({ name: 'AbortError', syscall: 'msgsnd', requestSent: false });
    expect(requests.stat().messageCount).toBe(1);
    requests.tryReceive();
    newServer(requests, (bytes) => bytes);
    expect((await second).toString()).toBe('second');
  });

  it('leaves no listener on its signal, however it ended', async () => {
    const requests = newQueue();
    newServer(requests, (bytes) => bytes);
    const controller = new AbortController();
    const added = jest.spyOn(controller.signal, 'addEventListener');
    const removed = jest.spyOn(controller.signal, 'removeEventListener');
    const client = newClient(requests);
    await client.request('x', { signal: controller.signal, timeout: 20_000 });
    expect(added).toHaveBeenCalledTimes(1);
    expect(removed.mock.calls.map(([, listener]) => listener)).toContain(added.mock.calls[0]?.[1]);
  });
});

describe('a reply that arrives late', () => {
  it('is thrown away and counted, and the next request gets its own', async () => {
    const requests = newQueue({ codec: codecs.json<number>() });
    const finish = gate();
    const server = newServer(requests, async (number) => {
      if (number === 1) await finish.promise;
      return number;
    });
    const client = newClient(requests);
    const controller = new AbortController();
    const first = rejectionOf(client.request(1, { signal: controller.signal }));
    await untilActive(server, 1);
    controller.abort();
    await first;
    finish.open();
    expect(await client.request(2)).toBe(2);
    await until('the late one has come', () => client.stats.lateReplies === 1);
    expect(client.stats).toMatchObject({ pending: 0, sent: 2, replies: 1, strayMessages: 0 });
  });

  it('is taken out of a shared queue, though nothing is pending', async () => {
    const requests = newQueue();
    const replies = newQueue();
    const finish = gate();
    const server = newServer(requests, async (bytes) => {
      await finish.promise;
      return bytes;
    });
    const client = newClient(requests, { replies });
    const controller = new AbortController();
    const given = rejectionOf(client.request('x', { signal: controller.signal }));
    await untilActive(server, 1);
    controller.abort();
    await given;
    finish.open();
    await until('the late one was taken', () => client.stats.lateReplies === 1);
    expect(replies.stat().messageCount).toBe(0);
  });

  it('and any other message there does no harm', async () => {
    const requests = newQueue({ codec: codecs.json<number>() });
    const replies = newQueue();
    const client = newClient<number, number>(requests, {
      replies: replies as never,
      replyType: 70_000,
      replyCodec: codecs.json(),
    });
    const answer = client.request(1);
    for (const garbage of [
      '',
      'no reply',
      Buffer.from('RP\x01'),
      Buffer.concat([Buffer.from('RP\x01\0'), Buffer.alloc(50)]),
    ]) {
      replies.trySend(garbage, { type: 70_000 });
    }
    newServer(requests, (number) => number);
    expect(await answer).toBe(1);
    expect(client.stats).toMatchObject({ replies: 1, strayMessages: 4 });
  });
});

describe('closing a client', () => {
  it('rejects what is pending, sent or not, and lets the requests live', async () => {
    const requests = newQueue({ maxBytes: 40 });
    const client = newClient(requests);
    const sent = rejectionOf(client.request('sent'));
    const waits = rejectionOf(client.request('waits'));
    client.close();
    client.close();
    expect(client.closed).toBe(true);
    expect(await sent).toMatchObject({ code: 'ERR_QUEUE_CLOSED', requestSent: true });
    expect(await waits).toMatchObject({ code: 'ERR_QUEUE_CLOSED', requestSent: false });
    expect(requests.stat().messageCount).toBe(1);
    expect(await rejectionOf(client.request('late'))).toBeInstanceOf(QueueClosedError);
  });

  it('lets a server go on, to which the private queue of replies is gone', async () => {
    const requests = newQueue();
    const finish = gate();
    const server = newServer(requests, async (bytes) => {
      await finish.promise;
      return bytes;
    });
    const client = newClient(requests, { replies: 'private' });
    const given = rejectionOf(client.request('x'));
    await untilActive(server, 1);
    client.close();
    await given;
    finish.open();
    expect((await newClient(requests).request('y')).toString()).toBe('y');
    expect(server.stats).toMatchObject({ undeliverable: 1, replied: 1 });
  });
});

describe('closing a server', () => {
  it('lets those that it has taken be answered, and leaves the others in the queue', async () => {
    const requests = newQueue({ codec: codecs.json<number>() });
    const finish = gate();
    const handler = async (number: number) => {
      await finish.promise;
      return number;
    };
    const server = newServer(requests, handler, { concurrency: 2 });
    const client = newClient(requests);
    const answers = [1, 2, 3].map((number) => client.request(number));
    await untilActive(server, 2);
    const closed = server.close();
    expect(server.closed).toBe(true);
    finish.open();
    await closed;
    expect(await Promise.all(answers.slice(0, 2))).toEqual([1, 2]);
    expect(requests.stat().messageCount).toBe(1);
    newServer(requests, (number) => number);
    expect(await answers[2]).toBe(3);
  });

  it('with a timeout answers for handlers that do not end, and aborts their signals', async () => {
    const requests = newQueue();
    let aborted: unknown;
    const server = newServer(requests, (_bytes, { signal }) => {
      signal.addEventListener('abort', () => {
        aborted = signal.reason;
      });
      return new Promise(() => undefined);
    });
    const answer = rejectionOf(newClient(requests).request('x'));
    await untilActive(server, 1);
    await server.close({ timeout: 5 });
    const error = await answer;
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ remoteName: 'QueueClosedError', remoteCode: 'ERR_QUEUE_CLOSED' });
    expect(aborted).toBeInstanceOf(QueueClosedError);
  });

  it('says close, once, however often it is closed', async () => {
    const server = newServer(newQueue(), (bytes) => bytes);
    const closed = jest.fn();
    server.on('close', closed);
    expect(server.close()).toBe(server.close());
    await server.close();
    await new Promise(setImmediate);
    expect(closed).toHaveBeenCalledTimes(1);
  });
});
