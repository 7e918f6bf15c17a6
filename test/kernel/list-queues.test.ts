import { listQueues, MessageQueue } from '../../lib/index';
import { inChild, nobody, startChild } from '../support/child';
import { remainingQueues } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { queueIndex } from '../support/queue-index';
import { fullQueue, newQueue, removeAfterTest } from '../support/queues';
import { itSlow, slow } from '../support/slow';

describe('listQueues', () => {
  it('is empty when there is no queue', () => {
    expect(listQueues()).toEqual([]);
  });

  it('has every queue, as stat says', () => {
    const queues = [newQueue(), fullQueue(10), newQueue({ mode: 0o640, maxBytes: 5 })];
    const listed = listQueues();
    expect(listed).toHaveLength(3);
    expect(listed).toEqual(expect.arrayContaining(queues.map((queue) => queue.stat())));
  });

  it('has the queues that /proc/sysvipc/msg has', () => {
    for (let count = 0; count < 50; count++) newQueue();
    expect(new Set(listQueues().map(({ id }) => id))).toEqual(new Set(remainingQueues()));
  });

  it('has them by index', () => {
    for (let count = 0; count < 5; count++) newQueue();
    const indexes = listQueues().map(({ id }) => queueIndex(id));
    expect(indexes).toEqual([...indexes].sort((one, other) => one - other));
  });

  it('passes over indexes that have no queue', () => {
    const [first, middle, last] = [newQueue(), newQueue(), newQueue()];
    middle.remove();
    expect(new Set(listQueues().map(({ id }) => id))).toEqual(new Set([first.id, last.id]));
  });

  it('has queues without a key, and without any permission', () => {
    const queue = newQueue({ mode: 0 });
    const unkeyed = removeAfterTest(MessageQueue.createPrivate().id);
    expect(listQueues()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: queue.id, key: queue.key, mode: 0 }),
        expect.objectContaining({ id: unkeyed, key: 0, mode: 0o600 }),
      ]),
    );
  });

  itNeeds(slow(otherUsers), 'has queues that the process may not read', async () => {
    const queue = newQueue({ mode: 0o600 });
    queue.sendSync('five!');
    const { listed, stat } = await inChild(
      ({ sysvmq, failure }, id) => ({
        listed: sysvmq.listQueues(),
        stat: failure(() => sysvmq.MessageQueue.attach(id).stat()),
      }),
      queue.id,
      { user: nobody },
    );
    expect(stat).toMatchObject({ name: 'QueueAccessError', code: 'EACCES' });
    expect(listed).toEqual([queue.stat()]);
  });

  itSlow('is not disturbed by queues that are made and removed meanwhile', async () => {
    const steady = newQueue();
    const other = startChild(async ({ sysvmq, say, told }) => {
      let done = false;
      told().then(() => {
        done = true;
      });
      say('ready');
      let made = 0;
      while (!done) {
        for (let count = 0; count < 100; count++) {
          sysvmq.MessageQueue.createPrivate().remove();
          made += 1;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      return made;
    });
    await other.said('ready');
    let sawOthers = 0;
    const isEnough = (count: number) => sawOthers >= 300 || (count >= 300 && sawOthers > 0);
    // With ipcmni_extend each list looks at up to 4096 indexes, because the kernel uses one after the other.
    for (let count = 0; count < 5000 && !isEnough(count); count++) {
      const listed = listQueues();
      expect(listed.filter(({ id }) => id === steady.id)).toHaveLength(1);
      if (listed.length > 1) sawOthers += 1;
    }
    other.tell('done');
    expect(await other.result).toBeGreaterThan(100);
    expect(sawOthers).toBeGreaterThan(0);
  });
});
