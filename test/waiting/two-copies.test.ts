/** Two copies of the library in one thread, as Jest's registries and bundles make them, send from one slab and receive in one inbox. */

import type * as library from '../../lib/index';
import { setLimit } from '../support/namespace';
import { removeAfterTest } from '../support/queues';

const LONG = 300_000;

type Library = typeof library;

function copy(): Library {
  let loaded: Library | undefined;
  jest.isolateModules(() => {
    loaded = require('../../lib/index') as Library;
  });
  return loaded as Library;
}

/** A queue with room for long messages, in both copies. */
function sharedQueue(one: Library, other: Library): [library.MessageQueue<string>, library.MessageQueue<string>] {
  setLimit('msgmax', 2 * LONG);
  setLimit('msgmnb', 4 * LONG);
  const queue = one.MessageQueue.createPrivate({ codec: one.codecs.utf8 });
  removeAfterTest(queue.id);
  return [queue, other.MessageQueue.attach(queue.id, { codec: other.codecs.utf8 })];
}

function expectAllArrive(queue: library.MessageQueue<string>, texts: string[]): void {
  expect(texts.map(() => queue.tryReceive()?.data)).toEqual(texts);
}

it('each sends its own text after the other has made the slab longer', () => {
  const [ofOne, ofOther] = sharedQueue(copy(), copy());
  const long = 'l'.repeat(LONG);
  ofOther.trySend('short, of the other');
  ofOne.trySend(long);
  ofOther.trySend('short again, of the other');
  ofOne.trySend('short, of the one');
  expectAllArrive(ofOne, ['short, of the other', long, 'short again, of the other', 'short, of the one']);
});

it('each sends its own bytes after the other has made the slab longer', () => {
  const other = copy();
  const [ofOne] = sharedQueue(copy(), other);
  const ofBytes = other.MessageQueue.attach(ofOne.id);
  ofBytes.trySend(Buffer.from('short'));
  ofOne.trySend('l'.repeat(LONG));
  ofBytes.trySend(Buffer.from('short again'));
  expect(ofOne.tryReceive()?.data).toBe('short');
  expect(ofBytes.tryReceive()?.data).toHaveLength(LONG);
  expect(ofOne.tryReceive()?.data).toBe('short again');
});
