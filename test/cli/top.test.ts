/** sysvmq top on the screen of a terminal emulator, with queues that fill and drain meanwhile. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatKey } from '../../lib/cli/output/format';
import { startChild, until } from '../support/child';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { Screen, type ScreenOptions, screenNeeds } from '../support/screen';
import { slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

// Each starts a terminal emulator, and waits for several screens.
const slowScreen = slow(screenNeeds);

const quick = ['--interval', '100ms'];

function showTop(args: string[] = [], options: ScreenOptions = {}): Screen {
  return new Screen(['top', ...quick, ...args], options);
}

/** The ids of the rows from top to bottom. */
function ids(screen: Screen): number[] {
  return screen.lines().flatMap((line) => {
    const [, id] = /^[▸ ]\s*(\d+)\s+0x[0-9a-f]{8} /.exec(line) ?? [];
    return id === undefined ? [] : [Number(id)];
  });
}

async function untilIds(screen: Screen, wanted: number[]): Promise<void> {
  let shown: number[] = [];
  const areShown = (): boolean => {
    shown = ids(screen);
    return shown.join() === wanted.join();
  };
  await until(`the rows are ${wanted}`, areShown).catch((error) => {
    throw new Error(`${error.message}; they are ${shown}:\n${screen.text()}`);
  });
}

afterEach(removeTemporaryFolders);

itNeeds(slowScreen, 'sysvmq top shows each queue with its messages, bytes, fill and depth', async () => {
  const queue = newQueue({ maxBytes: 100 });
  for (let count = 0; count < 5; count++) queue.trySend('ten bytes!');
  const screen = showTop();
  await screen.shows(/▃|▄|█/);
  await screen.shows(new RegExp(`▸ *${queue.id}  ${formatKey(queue.key)} +5 +50  █{4,5}▌? +50%`));
  expect(screen.lines()[0]).toMatch(/^ sysvmq top {3}\d\d:\d\d:\d\d {2}every 0\.1 s/);
  expect(screen.text()).toContain('queues 1 of 32K');
  expect(screen.text()).toContain('5 messages   msgmax 8192  msgmnb 16384');
  expect(screen.modes()).toEqual({ alternate: true, cursor: false });
});

itNeeds(slowScreen, 'sysvmq top shows long ids whole, on a narrow terminal, too', async () => {
  // The next queue has this id: the kernel lets whoever restores processes say so.
  writeFileSync('/proc/sys/kernel/msg_next_id', '2147385344');
  const queue = newQueue();
  expect(queue.id).toBe(2147385344);
  const screen = showTop([], { width: 50, height: 12 });
  await screen.shows(/▸2147385344 /);
});

itNeeds(
  slowScreen,
  'sysvmq top shows how a queue that another process fills grows, and shrinks when it is drained',
  async () => {
    const queue = newQueue({ maxBytes: 200 });
    const screen = showTop();
    await screen.shows(formatKey(queue.key));
    const child = startChild(async ({ sysvmq, told }, id) => {
      const theirs = sysvmq.MessageQueue.attach(id);
      const filling = setInterval(() => theirs.trySend('x'), 5);
      await told();
      clearInterval(filling);
      while (theirs.tryReceive());
    }, queue.id);
    await screen.shows(/0x[0-9a-f]{8} +\d+ +\d+ .*% {2}▁*[▂▃▄▅▆▇█]+ +\+\d/);
    child.tell('drain');
    await child.result;
    await screen.shows(/0x[0-9a-f]{8} +0 +0 /);
  },
);

itNeeds(slowScreen, 'sysvmq top sorts by the field that s chooses, and r turns round', async () => {
  const [full, long] = [newQueue({ maxBytes: 10 }), newQueue()] as const;
  full.trySend('9 bytes !');
  for (let count = 0; count < 3; count++) long.trySend('a');
  const screen = showTop();
  await untilIds(screen, [full.id, long.id]);
  expect(screen.text()).toContain('FILL▼');
  screen.press('s');
  await screen.shows('MSGS▼');
  await untilIds(screen, [long.id, full.id]);
  screen.press('r');
  await screen.shows('MSGS▲');
  await untilIds(screen, [full.id, long.id]);
});

itNeeds(slowScreen, 'sysvmq top filters by what is typed after a slash', async () => {
  const [one, other] = [newQueue(), newQueue()] as const;
  const screen = showTop();
  await untilIds(screen, [one.id, other.id]);
  screen.press('/', ...formatKey(other.key).slice(-3));
  await screen.shows('filter: ');
  await untilIds(screen, [other.id]);
  screen.press('q', 'Enter');
  await screen.shows(/No queue matches .*q\./);
  screen.press('Escape');
  await untilIds(screen, [one.id, other.id]);
});

itNeeds(
  slowScreen,
  'sysvmq top looks into the chosen queue, takes nothing, and lets no message touch the terminal',
  async () => {
    const [first, second] = [newQueue(), newQueue()] as const;
    first.trySend('not this one');
    second.trySend('order 17', { type: 3 });
    second.trySend('\u001b[2J\u0007\u202ehidden', { type: 2n ** 62n });
    second.trySend(Buffer.from([0xff, 0x00, 0x41]));
    const screen = showTop(['--sort', 'id']);
    await untilIds(screen, [first.id, second.id]);
    screen.press('Down', 'Enter');
    await screen.shows(`queue ${second.id}, key ${formatKey(second.key)}: 3 messages`);
    await screen.shows(/0 {2}type +3 +8 bytes {2}order 17/);
    expect(screen.text()).toMatch(/1 {2}type 4611686018427387904 +14 bytes {2}·\[2J··hidden/);
    expect(screen.text()).toMatch(/2 {2}type +1 +3 bytes {2}.·A/u);
    expect(screen.text()).not.toContain('not this one');
    expect(second.stat()).toMatchObject({ messageCount: 3, lastReceiverPid: 0, lastReceivedAt: null });
    screen.press('Enter');
    await screen.shows('Enter look');
  },
);

itNeeds(otherUsers.met ? screenNeeds : otherUsers, 'sysvmq top says why it cannot look into a queue', async () => {
  const queue = newQueue({ mode: 0o600 });
  const screen = showTop([], { prefix: 'setpriv --reuid 65534 --regid 65534 --clear-groups' });
  await untilIds(screen, [queue.id]);
  screen.press('p');
  await screen.shows(/msgrcv on queue .+ needs .*read/);
});

itNeeds(slowScreen, 'sysvmq top shows queues come and go', async () => {
  const screen = showTop();
  await screen.shows('There are no queues in this IPC namespace.');
  const queue = newQueue();
  await untilIds(screen, [queue.id]);
  queue.remove();
  await screen.shows('There are no queues in this IPC namespace.');
});

itNeeds(slowScreen, 'sysvmq top fits every size, says when a terminal is too small, and comes back', async () => {
  const queue = newQueue();
  const screen = showTop();
  await untilIds(screen, [queue.id]);
  const widest = (): number => Math.max(...screen.lines().map((line) => line.length));
  screen.resize(140, 30);
  await screen.shows(/q quit/);
  await screen.shows(/FILL▼ {12,}DEPTH/);
  expect(widest()).toBeLessThanOrEqual(140);
  screen.resize(52, 12);
  await screen.shows(/^ +ID +MSGS +BYTES +FILL▼ +RATE\/s +USED *$/m);
  expect(screen.lines()[11]).toContain('q quit');
  screen.resize(30, 8);
  await screen.shows('it has 30 columns and 8 lines');
  screen.resize(80, 24);
  await untilIds(screen, [queue.id]);
});

itNeeds(slowScreen, 'pauses, changes its pace, and has help', async () => {
  newQueue();
  const screen = showTop();
  await screen.shows('every 0.1 s');
  screen.press('+');
  await screen.shows('every 0.2 s');
  screen.press('Space');
  await screen.shows('paused');
  const queue = newQueue();
  screen.press('?');
  await screen.shows('Press any key to go back.');
  screen.press('x');
  await screen.shows('paused');
  expect(ids(screen)).toHaveLength(1);
  screen.press('Space');
  await screen.shows(formatKey(queue.key));
});

itNeeds(
  slowScreen,
  'sysvmq top shows that an empty queue is busy, which processes wait, and which used it last',
  async () => {
    const [busy, waited] = [newQueue(), newQueue()] as const;
    const child = startChild(
      async ({ sysvmq, told }, [busyId, waitedId]: number[]) => {
        const [one, other] = [busyId, waitedId].map((id) => sysvmq.MessageQueue.attach(id as number, { spin: 0 }));
        const going = setInterval(() => {
          one?.trySend('x');
          one?.tryReceive();
        }, 20);
        const received = other?.receive();
        await told();
        clearInterval(going);
        other?.trySend('end');
        await received;
      },
      [busy.id, waited.id],
    );
    const screen = showTop(['--sort', 'id']);
    await screen.shows(new RegExp(`${formatKey(busy.key)} +0 +0 .* in=out +[01]s  -`));
    await screen.shows(new RegExp(`${formatKey(waited.key)} +0 +0 .* 0 never  recv node`));
    await screen.shows(new RegExp(`^ last sent [01]s ago by node.* ${child.pid} `, 'm'));
    screen.press('Down');
    await screen.shows(/waiting to receive: node/);
    screen.resize(200, 50);
    await screen.shows(
      new RegExp(`WAITING +SENDER +RECEIVER +ACTIVITY[^]*${formatKey(busy.key)} .*node.* ${child.pid} `),
    );
    child.tell('end');
    await child.result;
  },
);

itNeeds(slowScreen, 'sysvmq top shows what consumers have in hand', async () => {
  const queue = newQueue();
  queue.trySend('a job');
  let finish = (): void => undefined;
  const handled = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const consumer = queue.consume(() => handled, { name: 'top-test' });
  await until('it is in hand', () => queue.stat().messageCount === 0);
  const screen = showTop();
  await screen.shows(/in hand 1/);
  screen.resize(140, 24);
  await screen.shows(new RegExp(`HAND[^]*${formatKey(queue.key)} .* 1 *$`, 'm'));
  finish();
  await consumer.close();
});

itNeeds(slowScreen, 'sysvmq top drains the chosen queue into a new file', async () => {
  const [first, second] = [newQueue(), newQueue()] as const;
  first.trySend('stays');
  second.trySend('one', { type: 3 });
  second.trySend('two');
  const file = join(temporaryFolder(), 'saved');
  const screen = showTop(['--sort', 'id']);
  await untilIds(screen, [first.id, second.id]);
  screen.press('Down', 'd');
  await screen.shows(`drain queue ${second.id} to the file: queue-${second.id}.jsonl`);
  screen.press('Escape');
  await screen.shows('q quit');
  expect(second.stat().messageCount).toBe(2);
  screen.press('d', ...file, 'Enter');
  await screen.shows('2 messages, 6 bytes: ');
  expect(readFileSync(file, 'utf8')).toBe('{"type":3,"data":"one"}\n{"type":1,"data":"two"}\n');
  expect([first.stat().messageCount, second.stat().messageCount]).toEqual([1, 0]);
  second.trySend('three');
  screen.press('d', 'C-u', ...file, 'Enter');
  await screen.shows('EEXIST');
  expect(second.stat().messageCount).toBe(1);
});

itNeeds(slowScreen, 'sysvmq top removes the chosen queue, if the answer is y', async () => {
  const [first, second] = [newQueue(), newQueue()] as const;
  second.trySend('one');
  const screen = showTop(['--sort', 'id']);
  await untilIds(screen, [first.id, second.id]);
  screen.press('Down', 'x');
  await screen.shows(`Remove queue ${second.id} (${formatKey(second.key)}) with 1 message? y: remove`);
  screen.press('Enter');
  await screen.shows('Nothing was removed.');
  screen.press('x', 'y');
  await screen.shows(`queue ${second.id} was removed, and 1 message with it`);
  await untilIds(screen, [first.id]);
});

itNeeds(slow(otherUsers.met ? screenNeeds : otherUsers), 'sysvmq top says why it cannot remove a queue', async () => {
  const queue = newQueue();
  const screen = showTop([], { prefix: 'setpriv --reuid 65534 --regid 65534 --clear-groups' });
  await untilIds(screen, [queue.id]);
  screen.press('x', 'y');
  await screen.shows(/msgctl on queue \d+.* needs to be the owner/);
  await untilIds(screen, [queue.id]);
});

itNeeds(
  slowScreen,
  'Esc closes one thing after the other, and quits on the second press when nothing is open',
  async () => {
    newQueue();
    const screen = showTop();
    await screen.shows('q quit');
    screen.press('/', '0', 'x', 'Enter', 'p');
    await screen.shows(/filter: 0x .*/);
    await screen.shows('It is empty.');
    // In one write, as a terminal sends two that are quick.
    screen.press('Escape', 'Escape');
    await until('panel and filter are gone', () => !/It is empty|filter: 0x/.test(screen.text()));
    screen.press('Escape');
    await screen.shows('Esc again quits');
    screen.press('s');
    await screen.shows('q quit');
    screen.press('Escape', 'Escape');
    await screen.shows('ended with 0');
  },
);

describe('leaves the terminal as it was', () => {
  async function ended(screen: Screen, status: number): Promise<void> {
    await screen.shows(`ended with ${status}`);
    await screen.shows('modes as before');
    expect(screen.modes()).toEqual({ alternate: false, cursor: true });
    expect(screen.lines()[0]).toBe('before');
    expect(screen.text()).not.toContain('MSGS');
  }

  itNeeds(slowScreen, 'on q', async () => {
    const screen = showTop();
    await screen.shows('MSGS');
    screen.press('q');
    await ended(screen, 0);
  });

  itNeeds(slowScreen, 'after --count samples', async () => {
    await ended(showTop(['--count', '2']), 0);
  });

  itNeeds(slowScreen, 'on Ctrl-C, of which it dies', async () => {
    const screen = showTop();
    await screen.shows('MSGS');
    screen.press('C-c');
    await ended(screen, 130);
  });

  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    itNeeds(slowScreen, `on ${signal}`, async () => {
      const screen = showTop();
      await screen.shows('MSGS');
      process.kill(screen.pid(), signal);
      await ended(screen, status);
    });
  }

  itNeeds(slowScreen, 'when the terminal itself goes away: of SIGHUP, and without a core dump', async () => {
    const status = join(temporaryFolder(), 'status');
    // The shell outlives its terminal to say how top ended.
    const screen = showTop([`; echo $? > ${status}; exit`], { prefix: 'trap "" HUP;' });
    await screen.shows('MSGS');
    screen.close();
    await until('the shell has said how it ended', () => existsSync(status) && readFileSync(status, 'utf8') !== '');
    expect(readFileSync(status, 'utf8')).toBe('129\n');
  });

  itNeeds(slowScreen, 'when it crashes', async () => {
    const crash = join(temporaryFolder(), 'crash.cjs');
    writeFileSync(crash, `process.on('SIGUSR2', () => { throw new Error('crashed on purpose'); });`);
    const screen = showTop([], { env: { NODE_OPTIONS: `--require=${crash}` } });
    await screen.shows('MSGS');
    process.kill(screen.pid(), 'SIGUSR2');
    await ended(screen, 1);
    expect(screen.text()).toContain('crashed on purpose');
  });

  itNeeds(slowScreen, 'while Ctrl-Z stops it; fg brings it back', async () => {
    const screen = showTop(['; read; fg'], { prefix: 'set -m;' });
    await screen.shows('MSGS');
    screen.press('C-z');
    await screen.shows('Stopped');
    expect(screen.modes()).toEqual({ alternate: false, cursor: true });
    screen.press('Enter');
    await screen.shows('MSGS');
    expect(screen.modes()).toEqual({ alternate: true, cursor: false });
    screen.press('q');
    await screen.shows('modes as before');
  });
});

itNeeds(
  slowScreen,
  'sysvmq top stopped by SIGTSTP gives the terminal back, and SIGCONT brings its screen again',
  async () => {
    const queue = newQueue();
    // The shell waits for what is typed; fg then makes top the terminal's foreground job and sends SIGCONT.
    const screen = showTop(['; read; fg'], { prefix: 'set -m;' });
    await untilIds(screen, [queue.id]);
    process.kill(screen.pid(), 'SIGTSTP');
    await screen.shows('Stopped');
    expect(screen.modes()).toEqual({ alternate: false, cursor: true });
    expect(screen.text()).not.toContain('MSGS');
    const other = newQueue();
    screen.press('Enter');
    await untilIds(screen, [queue.id, other.id]);
    expect(screen.modes()).toEqual({ alternate: true, cursor: false });
    screen.press('s');
    await screen.shows('MSGS▼');
    screen.press('q');
    await screen.shows('modes as before');
    expect(screen.modes()).toEqual({ alternate: false, cursor: true });
  },
);

itNeeds(slowScreen, 'sysvmq top cuts a long message at the edge of the screen, and says so', async () => {
  const queue = newQueue();
  queue.trySend('0123456789'.repeat(30));
  queue.trySend('\u6f22'.repeat(100));
  const screen = showTop();
  await untilIds(screen, [queue.id]);
  screen.press('Enter');
  await screen.shows(/0 {2}type 1 +300 bytes {2}(?:0123456789)+[0-8]*…$/m);
  await screen.shows(/1 {2}type 1 +300 bytes {2}\u6f22+…$/m);
  expect(screen.text()).not.toMatch(/^\S*(?:0123456789|\u6f22)/m);
});

itNeeds(slowScreen, 'sysvmq top has no colors with NO_COLOR', async () => {
  newQueue({ maxBytes: 4 }).trySend('full');
  const colors = /\[[0-9;]*3[1-6]m/;
  const plain = showTop([], { env: { NO_COLOR: '1' } });
  await plain.shows('100%');
  expect(plain.colored()).not.toMatch(colors);
  const colored = showTop();
  await colored.shows('100%');
  expect(colored.colored()).toMatch(colors);
});
