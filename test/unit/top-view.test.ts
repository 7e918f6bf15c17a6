/** What the keys of sysvmq top do, and the order of its rows. */

import type { Row } from '../../lib/cli/top/history';
import { initialView, type Order, orderNames, pressKey, type View, visibleRows } from '../../lib/cli/top/view';

interface Facts {
  id: number;
  uid?: number;
  fill?: number;
  messages?: number;
  bytes?: number;
  rate?: number;
  sentAt?: Date | null;
}

function row({ id, uid = 0, fill = 0, messages = 0, bytes = 0, rate = 0, sentAt = null }: Facts): Row {
  const status = {
    ...{ id, key: id, uid, lastSentAt: sentAt, lastReceivedAt: null },
    ...{ messageCount: messages, usedBytes: bytes, maxBytes: fill === 0 ? 16_384 : bytes / fill },
  };
  return { sample: { status, fill, messages, bytes, messagesPerSecond: rate } } as unknown as Row;
}

const at = (seconds: number): Date => new Date(seconds * 1000);
// Each order is another one.
const rows = [
  row({ id: 1, uid: 4_000_002, fill: 0.1, messages: 3, bytes: 20, rate: -1, sentAt: at(5) }),
  row({ id: 2, uid: 4_000_003, fill: 0.3, messages: 1, bytes: 30, rate: 0, sentAt: null }),
  row({ id: 3, uid: 4_000_001, fill: 0.2, messages: 2, bytes: 10, rate: 7, sentAt: at(9) }),
  row({ id: 4, uid: 4_000_004, fill: 0.2, messages: 2, bytes: 10, rate: 7, sentAt: at(9) }),
];

const idsOf = (view: View): number[] => visibleRows(rows, view).map(({ sample }) => sample.status.id);

it.each<[Order, number[]]>([
  ['fill', [2, 3, 4, 1]],
  ['messages', [1, 3, 4, 2]],
  ['bytes', [2, 1, 3, 4]],
  ['rate', [3, 4, 2, 1]],
  ['id', [1, 2, 3, 4]],
  ['owner', [3, 1, 2, 4]],
  ['sent', [3, 4, 1, 2]],
])('the view of top sorts by %s, by id where queues are equal', (sort, ids) => {
  expect(idsOf(initialView(sort, '', 1000))).toEqual(ids);
  expect(idsOf({ ...initialView(sort, '', 1000), reverse: true })).toEqual([...ids].reverse());
});

it('s and S choose the next and the last order, round and round', () => {
  const view = initialView('fill', '', 1000);
  const seen = orderNames.map(() => {
    pressKey(view, 's', rows);
    return view.sort;
  });
  expect(seen).toEqual([...orderNames.slice(1), 'fill']);
  pressKey(view, 'S', rows);
  expect(view.sort).toBe(orderNames.at(-1));
});

it.each<[keys: string[], id: number]>([
  [['DOWN'], 2],
  [['j', 'j', 'k'], 2],
  [['UP'], 1],
  [['END'], 4],
  [['G', 'DOWN'], 4],
  [['G', 'HOME'], 1],
  [['DOWN', 'DOWN', 'g'], 1],
  [['PAGE_DOWN'], 4],
  [['END', 'PAGE_UP'], 1],
])('%j mark queue %d', (keys, id) => {
  const view = initialView('id', '', 1000);
  for (const key of keys) expect(pressKey(view, key, rows)).toBe(true);
  expect(view.selected).toBe(id);
});

it('pages through the messages of the marked queue while it shows them, and not beyond them', () => {
  const many = [row({ id: 1, messages: 25 })];
  const view = initialView('id', '', 1000);
  pressKey(view, 'ENTER', many);
  const first = ['PAGE_DOWN', 'PAGE_DOWN', 'PAGE_DOWN', 'PAGE_UP', 'PAGE_UP', 'PAGE_UP'].map((key) => {
    pressKey(view, key, many);
    return view.firstMessage;
  });
  expect(first).toEqual([10, 20, 24, 14, 4, 0]);
  pressKey(view, 'PAGE_DOWN', many);
  pressKey(view, 'p', many);
  expect(view).toMatchObject({ peeking: false, firstMessage: 0 });
});

it('the view of top shows no message before the first of a queue that is empty', () => {
  const view = initialView('id', '', 1000);
  pressKey(view, 'ENTER', rows);
  pressKey(view, 'PAGE_DOWN', []);
  expect(view.firstMessage).toBe(0);
});

it('the view of top looks less often with + and more often with -, between a tenth of a second and a minute', () => {
  const intervals = (key: string): number[] => {
    const view = initialView('id', '', 1000);
    return Array.from({ length: 8 }, () => {
      pressKey(view, key, rows);
      return view.interval;
    });
  };
  expect(intervals('+')).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  expect(intervals('-')).toEqual([500, 250, 125, 100, 100, 100, 100, 100]);
});

it.each<[keys: string[], filter: string, typing: boolean]>([
  [['/', 'a', 'b'], 'ab', true],
  [['/', 'a', 'q', 'ENTER'], 'aq', false],
  [['/', 'a', 'b', 'BACKSPACE'], 'a', true],
  [['/', 'a', 'CTRL_U', 'c'], 'c', true],
  [['/', 'a', 'ESCAPE'], '', false],
  [['/', 'a', 'ENTER', 'ESCAPE'], '', false],
  [['/', 'F1', 'é', ' '], 'é ', true],
])('%j make the filter %j', (keys, filter, typing) => {
  const view = initialView('id', '', 1000);
  for (const key of keys) expect(pressKey(view, key, rows)).toBe(true);
  expect(view).toMatchObject({ filter, typing });
});

it('the view of top finds queues by a part of their id, key or owner, in small letters and large ones', () => {
  const ids = (filter: string): number[] => idsOf(initialView('id', filter, 1000));
  expect(ids('0X00000003')).toEqual([3]);
  expect(ids('4000002')).toEqual([1]);
  expect(ids('nobody has this')).toEqual([]);
});

it('any key ends the help, and q then the program; keys that mean nothing do nothing', () => {
  const view = initialView('id', '', 1000);
  pressKey(view, 'h', rows);
  expect(view.help).toBe(true);
  expect(pressKey(view, 'q', rows)).toBe(true);
  const before = { ...view };
  expect(pressKey(view, 'constructor', rows)).toBe(true);
  expect(view).toEqual({ ...before, help: false });
  expect(pressKey(view, 'q', rows)).toBe(false);
});
