/** A message that is kept for the next receive (taken-messages.test.ts), and is longer than all that the queue holds. */

import { once } from 'node:events';
import { codecs } from '../../lib/index';
import { setLimit } from '../support/namespace';
import { itNeeds, withinMilliseconds } from '../support/needs';
import { newQueue } from '../support/queues';
import { newReadable } from '../support/streams';

// The memory for received messages is released above 1 MiB, so that a receive has to make room again.
const LENGTH = 3 << 20;

itNeeds(withinMilliseconds, 'it is received as it was', async () => {
  setLimit('msgmax', LENGTH);
  setLimit('msgmnb', 2 * LENGTH);
  const queue = newQueue({ codec: codecs.buffer });
  const data = Buffer.alloc(LENGTH, 'k');
  queue.trySend(data);
  const stream = newReadable(queue);
  await once(stream, 'readable');
  stream.destroy();
  const received = await queue.receive({ timeout: 5000 });
  expect(received.data.equals(data)).toBe(true);
});
