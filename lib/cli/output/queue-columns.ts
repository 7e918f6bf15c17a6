/** The columns of a queue: each as text, as JSON, and with its name. list, stat and their JSON consist of these. */

import type { QueueStatus } from '../../kernel/queues';
import { formatLastUser, formatWaiting, lastReceiver, lastSender, type UsedQueue } from '../queue-users';
import { formatAge, formatGroup, formatKey, formatMode, formatShare, formatUser } from './format';
import { fillOf } from './queue-json';
import type { Column } from './table';
import { textWidth } from './text-width';

export interface QueueColumn extends Column<UsedQueue> {
  /** The name for --columns. */
  name: string;
  /** The same for programs: properties of the queue's object. */
  json: (queue: UsedQueue) => Record<string, unknown>;
}

type Text = (status: QueueStatus) => string;
type Json = (status: QueueStatus) => Record<string, unknown>;

// The kernel's data about the queue.
function fact(name: string, text: Text, json: Json, align: 'left' | 'right' = 'left'): QueueColumn {
  const title = name.toUpperCase();
  return { name, title, align, text: ({ status }) => text(status), json: ({ status }) => json(status) };
}

function number(name: string, of: keyof QueueStatus): QueueColumn {
  return fact(
    name,
    (status) => String(status[of]),
    (status) => ({ [of]: status[of] }),
    'right',
  );
}

function age(name: string, of: 'lastSentAt' | 'lastReceivedAt' | 'changedAt'): QueueColumn {
  return fact(
    name,
    (status) => formatAge(status[of]),
    (status) => ({ [of]: status[of] }),
  );
}

const queueColumns: readonly QueueColumn[] = [
  number('id', 'id'),
  fact(
    'key',
    ({ key }) => formatKey(key),
    ({ key }) => ({ key, keyHex: formatKey(key) }),
  ),
  fact(
    'owner',
    ({ uid }) => formatUser(uid),
    ({ uid }) => ({ uid }),
  ),
  fact(
    'group',
    ({ gid }) => formatGroup(gid),
    ({ gid }) => ({ gid }),
  ),
  fact(
    'creator',
    ({ creatorUid, creatorGid }) => `${formatUser(creatorUid)}:${formatGroup(creatorGid)}`,
    ({ creatorUid, creatorGid }) => ({ creatorUid, creatorGid }),
  ),
  fact(
    'mode',
    ({ mode }) => formatMode(mode),
    ({ mode }) => ({ mode }),
  ),
  number('sequence', 'sequence'),
  number('messages', 'messageCount'),
  number('bytes', 'usedBytes'),
  number('max', 'maxBytes'),
  fact(
    'fill',
    (status) => formatShare(fillOf(status)),
    (status) => ({ fill: fillOf(status) }),
    'right',
  ),
  age('sent', 'lastSentAt'),
  age('received', 'lastReceivedAt'),
  age('changed', 'changedAt'),
  fact(
    'sender',
    (status) => formatLastUser(lastSender(status)),
    (status) => ({ lastSenderPid: status.lastSenderPid, lastSender: lastSender(status) }),
  ),
  fact(
    'receiver',
    (status) => formatLastUser(lastReceiver(status)),
    (status) => ({ lastReceiverPid: status.lastReceiverPid, lastReceiver: lastReceiver(status) }),
  ),
  {
    name: 'waiting',
    title: 'WAITING',
    text: ({ status, users }) => formatWaiting(users.waitersOf(status)),
    json: ({ status, users }) => ({ waiters: users.waitersOf(status) }),
  },
  {
    name: 'in-hand',
    title: 'IN HAND',
    align: 'right',
    text: ({ status, users }) => String(users.inHandOf(status)),
    json: ({ status, users }) => ({ inHand: users.inHandOf(status) }),
  },
];

export const queueColumnNames: readonly string[] = queueColumns.map(({ name }) => name);

export function columnsNamed(names: readonly string[]): QueueColumn[] {
  return names.map((name) => queueColumns.find((column) => column.name === name) as QueueColumn);
}

/** A queue as JSON: the values of these columns. */
export function jsonOfQueue(queue: UsedQueue, columns: readonly QueueColumn[] = queueColumns): Record<string, unknown> {
  return Object.assign({}, ...columns.map(({ json }) => json(queue)));
}

/** The columns to leave out, in this order, on a narrow terminal. */
const LEFT_OUT_FIRST = ['max', 'mode', 'owner', 'bytes', 'sender', 'sent', 'key'];
const GAP = 2;

/** The columns that fit into this many cells. The longest text of a column is its width. */
export function columnsThatFit(columns: QueueColumn[], queues: readonly UsedQueue[], width: number): QueueColumn[] {
  const widths = new Map(
    columns.map((column) => {
      const texts = [column.title, ...queues.map((queue) => column.text(queue))];
      return [column, GAP + texts.reduce((most, text) => Math.max(most, textWidth(text)), 0)];
    }),
  );
  let left = [...columns];
  const total = (): number => left.reduce((sum, column) => sum + (widths.get(column) as number), -GAP);
  for (const name of LEFT_OUT_FIRST) {
    if (total() <= width) break;
    left = left.filter((column) => column.name !== name);
  }
  return left;
}
