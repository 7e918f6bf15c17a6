/** Receives that wait for the next turn of the event loop, each in line from its call on. */

import { setImmediate as turn } from 'node:timers/promises';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deferReceive, serveDeferred } from '../../lib/waiting/deferred-receives';

const ID = 1;
const OTHER_ID = 2;

it('deferred receives take on the next turn, in the order of their calls', async () => {
  const taken: string[] = [];
  for (const name of ['a', 'b', 'c']) deferReceive(ID, () => taken.push(name));
  expect(taken).toEqual([]);
  await turn();
  expect(taken).toEqual(['a', 'b', 'c']);
});

it('a call that takes a message of the queue lets them go first, and not those of another queue', async () => {
  const taken: string[] = [];
  deferReceive(ID, () => taken.push('a'));
  deferReceive(OTHER_ID, () => taken.push('of another'));
  deferReceive(ID, () => taken.push('b'));
  serveDeferred(ID);
  expect(taken).toEqual(['a', 'b']);
  serveDeferred(ID);
  await turn();
  expect(taken).toEqual(['a', 'b', 'of another']);
});

it('a codec that takes a message meanwhile, and receives again, loses no receive', async () => {
  const taken: string[] = [];
  deferReceive(ID, () => {
    taken.push('a');
    serveDeferred(ID);
    deferReceive(ID, () => taken.push('c'));
  });
  deferReceive(ID, () => taken.push('b'));
  await turn();
  await turn();
  expect(taken).toEqual(['a', 'b', 'c']);
});

it('a queue whose receives were served takes no memory', async () => {
  const QUEUES = 10_000;
  // An empty list and its place in a table take more.
  const BYTES = 20;
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const used = (): number => {
    collect();
    return getHeapStatistics().used_heap_size;
  };
  const before = used();
  for (let id = 0; id < QUEUES; id++) {
    deferReceive(id, () => undefined);
    serveDeferred(id);
  }
  await turn();
  await turn();
  expect(used() - before).toBeLessThan(QUEUES * BYTES);
});
