/** What the functions for limits answer to arguments that are wrong: no limit changes, and no file is written. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  describeLimits,
  getLimits,
  getUsage,
  isMessageQueueError,
  listQueues,
  persistLimits,
  readProcLimits,
  setLimits,
} from '../../lib/index';
import {
  answers,
  arrays,
  BYTES,
  beyondBytes,
  type Call,
  notBooleans,
  notNumbers,
  notObjects,
  outOfRange,
  untouchable,
  wrongType,
} from '../support/bad-values';
import { newQueue } from '../support/queues';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

const queueCeiling = describeLimits().find(({ name }) => name === 'MSGMNI')?.ceiling as number;

// A file is always named: the default is the machine's own.
let folder: string;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'limits.conf');
});

afterEach(() => {
  const written = readdirSync(folder);
  removeTemporaryFolders();
  expect(written).toEqual([]);
});

const setters: [title: string, call: Call][] = [
  ['setLimits', (limits) => setLimits(limits)],
  ['persistLimits', (limits) => persistLimits(limits, { file })],
  ['persistLimits with apply', (limits) => persistLimits(limits, { file, apply: true })],
];

describe.each(setters)('%s', (_, call) => {
  const passing = (property: string) => (value: unknown) => call({ [property]: value } as never);

  it('refuses limits that are no object', () => {
    const values = [...notObjects, undefined];
    expect(answers(call as never, values)).toEqual(wrongType('limits', 'of type object', values));
  });

  it('refuses an array for limits', () => {
    expect(answers(call as never, arrays)).toEqual(wrongType('limits', 'of type object', arrays));
  });

  it.each([
    ['msgmni', queueCeiling],
    ['msgmax', 2 ** 31 - 1],
    ['msgmnb', 2 ** 31 - 1],
  ])('refuses a %s that is no number, or beyond %i', (name, ceiling) => {
    const beyond = [...beyondBytes, ceiling + 1];
    const range = name === 'msgmni' ? `an integer >= 0 and <= ${ceiling}` : BYTES;
    expect(answers(passing(name), notNumbers)).toEqual(wrongType(`limits.${name}`, 'of type number', notNumbers));
    expect(answers(passing(name), beyond)).toEqual(outOfRange(`limits.${name}`, range, beyond));
  });

  it('sets none of them when one is wrong', () => {
    const wrong = [
      { msgmax: 9000, msgmnb: -1 },
      { msgmni: 100, msgmax: '9000' },
    ];
    expect(answers(call as never, wrong)).toEqual([
      ...outOfRange('limits.msgmnb', BYTES, wrong.slice(0, 1)),
      ...wrongType('limits.msgmax', 'of type number', wrong.slice(1)),
    ]);
  });

  it('refuses limits that it does not know, which are likely misspelt', () => {
    const unknown = [{ msgtql: 1 }, { msgmax: 9000, MSGMNB: 9000 }, { maxBytes: 1 }];
    const hints = ['Linux shows it, and does not use it.', 'Did you mean "msgmnb"?', 'A queue gets it from create'];
    const given = answers(call as never, unknown);
    expect(given).toEqual(
      hints.map(() => expect.stringContaining(`TypeError [ERR_INVALID_ARG_VALUE] The property "limits.`)),
    );
    for (const [index, hint] of hints.entries()) expect(given[index]).toContain(hint);
  });

  it('refuses an object that sets nothing', () => {
    const empty = [{}, { msgmax: undefined }];
    const range = 'an object with one of msgmni, msgmax, msgmnb';
    expect(answers(call as never, empty)).toEqual(outOfRange('limits', range, empty));
    const date = [new Date(0)];
    expect(answers(call as never, date)).toEqual(wrongType('limits', 'a plain object', date));
  });
});

it.each<[title: string, call: () => unknown]>([
  ['setLimits', setLimits as () => unknown],
  ['persistLimits', persistLimits as () => unknown],
])('%s without an argument says that limits must be an object', (_, call) => {
  expect(answers(() => call(), [undefined])).toEqual(wrongType('limits', 'of type object', [undefined]));
});

it('persistLimits refuses options that are no object', () => {
  const call = (options: unknown) => persistLimits({ msgmax: 9000 }, options as object);
  expect(answers(call, notObjects)).toEqual(wrongType('options', 'of type object', notObjects));
});

it('persistLimits refuses an array for options', () => {
  const array = Object.assign([], { file });
  const call = (options: unknown) => persistLimits({ msgmax: 9000 }, options as object);
  expect(answers(call, [array])).toEqual(wrongType('options', 'of type object', [array]));
});

it('persistLimits refuses a file that is no string', () => {
  const call = (value: unknown) => persistLimits({ msgmax: 9000 }, { file: value as string });
  const values = [null, 1, 1n, true, Symbol('symbol'), {}, [], () => file, Buffer.from(file), untouchable];
  expect(answers(call, values)).toEqual(wrongType('options.file', 'of type string', values));
});

it('persistLimits refuses a file that no path names', () => {
  const call = (value: unknown) => persistLimits({ msgmax: 9000 }, { file: value as string });
  const values = ['', '\0', `${file}\0`];
  expect(answers(call, values)).toEqual(outOfRange('options.file', "a path without '\\0'", values));
});

it('persistLimits refuses an apply that is no boolean', () => {
  const call = (apply: unknown) => persistLimits({ msgmax: 9000 }, { file, apply: apply as boolean });
  expect(answers(call, notBooleans)).toEqual(wrongType('options.apply', 'of type boolean', notBooleans));
});

it.each<[title: string, call: (...args: unknown[]) => unknown]>([
  ['getLimits', getLimits],
  ['getUsage', getUsage],
  ['describeLimits', describeLimits],
  ['readProcLimits', readProcLimits],
  ['listQueues', listQueues],
])('%s takes no argument, and does not look at one', (_, call) => {
  newQueue().trySend('a message');
  expect(call(untouchable, NaN, Symbol('symbol'))).toEqual(call());
});

it('isMessageQueueError says false of anything else', () => {
  const others = [...notObjects, ...arrays, ...notNumbers, undefined, new Error('other'), { name: 'QueueFullError' }];
  expect(others.filter((value) => isMessageQueueError(value))).toEqual([]);
});
