// Where consumers keep what is in hand: another /dev/shm in the same IPC namespace, and how much room it takes.
import { readLimit, writeLimit } from '../../tools/harness/proc.cjs';
import { until } from './scene.mjs';

const MIB = 1 << 20;

/** A /dev/shm of its own, as a container that shares only the IPC namespace has. */
const ownShm = (size) => [
  'unshare',
  '--mount',
  'sh',
  '-c',
  `mount -t tmpfs -o size=${size} tmpfs /dev/shm && exec "$@"`,
  'sh',
];

const elsewhere = ({ event, value }) => event === 'error' && value.code === 'ERR_AIRLOCK_ELSEWHERE';

/** Two containers' worth of namespaces: refused while the other lives, told when it has died. Never silent. */
export async function elsewhereTold(scene, _random, size) {
  const wrongs = [];
  const rounds = size(1, 10);
  for (let round = 0; round < rounds; round++) {
    const queue = scene.queue();
    const settings = { key: queue.key, kind: 'identical', work: 'long', options: { state: undefined, attempts: 1000 } };
    const first = await scene.work(settings, { prefix: ownShm('64m') });
    if (first.refused !== undefined) wrongs.push(`the first consumer was refused: ${first.refused.message}`);
    queue.trySend('in hand');
    const second = await scene.work(settings, { prefix: ownShm('64m') });
    if (second.refused?.code !== 'ERR_AIRLOCK_ELSEWHERE')
      wrongs.push('a consumer with another /dev/shm was not refused');
    const other = await scene.work(
      { ...settings, options: { ...settings.options, name: 'other' } },
      { prefix: ownShm('64m') },
    );
    if (other.refused !== undefined) wrongs.push('a consumer of another name was refused');
    await scene.kill(first);
    const third = await scene.work(settings, { prefix: ownShm('64m') });
    if (third.refused !== undefined) wrongs.push(`after the first one had died: ${third.refused.message}`);
    else
      await until('the event arrives', () => third.events.some(elsewhere)).catch((error) => wrongs.push(error.message));
    for (const worker of [other, third]) await scene.kill(worker);
    queue.remove();
  }
  return { wrongs, counts: { rounds } };
}

/** Slots × the longest message: stats() counts the memory that is taken, and the error for too little room names bytes. */
export async function memory(scene) {
  const wrongs = [];
  const before = { msgmax: readLimit('msgmax'), msgmnb: readLimit('msgmnb') };
  const concurrency = 16;
  let told;
  try {
    writeLimit('msgmax', 64 * MIB);
    writeLimit('msgmnb', 64 * MIB);
    const queue = scene.queue({ maxBytes: 64 * MIB });
    const settings = { key: queue.key, kind: 'identical', options: { state: undefined, concurrency } };
    const worker = await scene.work(settings, { prefix: ownShm('2g') });
    told = worker.events[0]?.value;
    const { slots = 0, slotBytes = 0, stateBytes = 0 } = told ?? {};
    if (slotBytes !== 64 * MIB || slots !== concurrency + 1)
      wrongs.push(`stats() tells ${slots} slots of ${slotBytes} bytes`);
    if (stateBytes < slots * slotBytes || stateBytes > slots * (slotBytes + 4096) + 4096)
      wrongs.push(`stats() tells ${stateBytes} bytes`);
    await scene.kill(worker);
    const { refused } = await scene.work(
      { ...settings, options: { ...settings.options, name: 'small' } },
      { prefix: ownShm('100m') },
    );
    const bytes = Number(/room for (\d+) bytes/.exec(refused?.message)?.[1]);
    if (refused?.code !== 'ENOSPC' || !(bytes >= concurrency * 64 * MIB))
      wrongs.push(`too little room: ${refused?.message}`);
  } finally {
    for (const [name, value] of Object.entries(before)) writeLimit(name, value);
  }
  return { wrongs, counts: { stateBytes: told?.stateBytes ?? 0 } };
}
