// What is done to the processes, and when: all of it follows from the seed.
import { seeded } from '../../tools/harness/random.cjs';
import { receivers } from './receivers.mjs';
import { senders } from './senders.mjs';

const MODES = { send: Object.keys(senders), receive: Object.keys(receivers), remove: ['remove'] };
const ROLES = ['send', 'send', 'send', 'send', 'receive', 'receive', 'receive', 'receive', 'remove'];

/** No queue ever holds more: msgmnb, and msg_qbytes below it. */
export const MAX_BYTES = 32_768;

/**
 * The processes at the beginning, and the events of a round: at which millisecond what happens to whom. A process that is
 * killed is followed by one of the same role, with another mode.
 */
export function makeSchedule(seed, milliseconds) {
  const random = seeded(seed);
  const actor = (role) => ({ role, mode: random.pick(MODES[role]), seed: random.below(2 ** 31) });
  const actors = ROLES.map(actor);
  const events = [];
  for (let at = random.between(100, 300); at < milliseconds; at += random.between(10, 250)) {
    const slot = random.below(ROLES.length);
    const kind = random.below(10);
    if (kind < 4) events.push({ at, action: 'kill', slot, next: actor(ROLES[slot]) });
    else if (kind < 7) {
      events.push({ at, action: 'stop', slot });
      events.push({ at: at + random.between(1, 400), action: 'continue', slot });
    } else if (kind < 9) events.push({ at, action: 'limits', limits: someLimits(random) });
    else events.push({ at, action: 'resize', key: random.below(4), maxBytes: random.between(0, MAX_BYTES) });
  }
  return { actors, events: events.sort((one, other) => one.at - other.at) };
}

function someLimits(random) {
  return {
    msgmnb: random.pick([2048, 16_384, MAX_BYTES]),
    msgmax: random.pick([512, 4096, 8192]),
    msgmni: random.pick([2, 4, 32_000]),
  };
}
