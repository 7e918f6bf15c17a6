// A bridge in a process of its own, and a program in C at its queue's other end.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MessageQueue } from '../../dist/index.js';
import { BUILD, contenderPath } from '../harness/places.mjs';
import { now } from './serve.mjs';

function lazily(make) {
  let made;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * The operations of a bridge to the server at `port`. `load(bytes, count)` puts messages into the stream, `empty()` removes all of
 * them, and `latency(bytes, count, send)` measures one after the other.
 */
export function bridgeBetween(engine, port, window, { load, empty, latency }) {
  const state = mkdtempSync('/dev/shm/sysvmq-bench-');
  const queue = MessageQueue.createPrivate({ autoRemove: true });
  const child = fork(contenderPath('bridge-process.mjs'), [engine, port, queue.id, state, window].map(String), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const peer = spawn(join(BUILD, 'peer'), [String(queue.id)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  process.once('exit', () => {
    child.kill('SIGKILL');
    rmSync(state, { recursive: true, force: true });
  });
  const tell = async (...order) => {
    child.send(order);
    const [answer] = await once(child, 'message');
    if (answer !== order[0]) throw new Error(`the bridge answered ${answer}`);
  };
  const ask = async (line) => {
    peer.stdin.write(`${line}\n`);
    return BigInt((await answers.next()).value);
  };
  let acknowledged = 0;
  const started = lazily(() => tell('start', 'out'));
  return {
    async out(bytes, count) {
      await started();
      acknowledged += count;
      const start = now();
      const all = tell('acked', acknowledged);
      await ask(`send ${bytes} ${count}`);
      await all;
      const elapsed = now() - start;
      await empty();
      return elapsed;
    },
    async in(bytes, count) {
      await load(bytes, count + 1);
      const taking = ask(`take ${bytes} ${count}`);
      await tell('start', 'in');
      const elapsed = await taking;
      await tell('stop');
      return elapsed;
    },
    async latency(bytes, count) {
      await started();
      return latency(bytes, count, (payload) => {
        if (!queue.trySend(payload)) throw new Error('the queue is full');
      });
    },
  };
}
