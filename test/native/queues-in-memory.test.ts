/** With queues in memory, no call of the library reaches the addon. */

import { MessageQueue, UnsupportedError } from '../../lib/index';
import { nativeAddon, slabInUse } from '../../lib/native/calls';
import { queuesAreInMemory } from '../../lib/native/registers';
import { requireKernel } from '../../lib/native/require-kernel';
import { useMemoryQueues } from '../../lib/testing/index';
import { beforeQueuesGo, newQueue } from '../support/queues';

it('messages of the kernel before and after, and of the memory in between, do not mix', () => {
  const ofKernel = newQueue();
  ofKernel.trySend('to the kernel');
  const addon = nativeAddon();
  const memory = useMemoryQueues();
  beforeQueuesGo(() => memory.restore());
  const inMemory = nativeAddon();
  expect(inMemory).not.toBe(addon);
  const queue = MessageQueue.createPrivate();
  expect([queue.trySend('to the memory'), queue.trySendMany([{ data: 'many' }])]).toEqual([true, 1]);
  queue.set({ maxBytes: 3000, uid: 2 ** 32 - 2 });
  expect([queue.stat().maxBytes, queue.stat().uid]).toEqual([3000, 2 ** 32 - 2]);
  expect(queue.tryReceiveMany().map(({ data }) => data.toString())).toEqual(['to the memory', 'many']);
  expect([nativeAddon(), slabInUse() >= 0x40000000]).toEqual([inMemory, true]);
  memory.restore();
  expect([nativeAddon(), slabInUse() < 0x40000000]).toEqual([addon, true]);
  ofKernel.trySend('to the kernel again');
  expect([ofKernel, ofKernel].map((each) => each.tryReceive()?.data.toString())).toEqual([
    'to the kernel',
    'to the kernel again',
  ]);
});

it('what needs the kernel is refused there, and only there', () => {
  expect(() => requireKernel('A test')).not.toThrow();
  const memory = useMemoryQueues();
  try {
    expect(queuesAreInMemory()).toBe(true);
    expect(() => requireKernel('A test')).toThrow(UnsupportedError);
    expect(() => requireKernel('A test')).toThrow(/^A test needs the kernel's message queues/);
  } finally {
    memory.restore();
  }
  expect(() => requireKernel('A test')).not.toThrow();
});
