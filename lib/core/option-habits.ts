/** The likely meaning of an unknown option: a typing error, or the habit of another language. */

/** An option, and advice beyond its name. */
type Habit = readonly [option: string, advice?: string];

const RECEIVE_FLAGS =
  'MSG_NOERROR is truncate: true with a maxLength, MSG_EXCEPT is except: N, MSG_COPY is queue.peek().';
const OPEN_FLAGS = 'IPC_CREAT and IPC_EXCL are the methods create, open and openOrCreate; permission bits are "mode".';

const nowait: readonly Habit[] = [['nowait', 'Did you mean "nowait": true? That is IPC_NOWAIT.']];
const type: readonly Habit[] = [['type']];
const mode: readonly Habit[] = [['mode']];
const size: readonly Habit[] = [['maxLength'], ['maxBytes']];
const capacity: readonly Habit[] = [['maxBytes'], ['maxLength']];
const count: readonly Habit[] = [['max']];
const timeout: readonly Habit[] = [['timeout', 'Did you mean "timeout", in milliseconds?']];
const codec: readonly Habit[] = [['codec', 'Did you mean "codec"? codecs.utf8 is for text, codecs.php() for PHP.']];
const remove: readonly Habit[] = [['autoRemove']];
const flags: readonly Habit[] = [
  ['truncate', RECEIVE_FLAGS],
  ['maxBytes', OPEN_FLAGS],
  ['mode', OPEN_FLAGS],
];
const attempts: readonly Habit[] = [['attempts', 'Did you mean "attempts"? It counts the first one, too.']];
const NAME = 'Did you mean "name"? Consumers of one name share a queue and recover each other\'s messages.';
const name: readonly Habit[] = [['name', NAME]];
const acknowledgment: readonly Habit[] = [
  ['atMostOnce', 'A message is acknowledged when its handler is done; with atMostOnce: true before it begins.'],
];
const state: readonly Habit[] = [['state']];
const unused: readonly Habit[] = [['msgmax', 'Linux shows it, and does not use it.']];
const streams: readonly Habit[] = [['signal', 'These streams are in object mode and take no message in advance.']];

/** Keyed by the lower-case name without _ and -. A habit whose options a call lacks is skipped for that call. */
const habits: Readonly<Record<string, readonly Habit[]>> = {
  __proto__: null as never,
  flags,
  flag: flags,
  msgflg: flags,
  msgflags: flags,
  ipcnowait: nowait,
  block: nowait,
  blocking: nowait,
  nonblock: nowait,
  nonblocking: nowait,
  nonblockingmode: nowait,
  wait: nowait,
  dontwait: nowait,
  mtype: type,
  msgtype: type,
  msgtyp: type,
  messagetype: type,
  desiredmsgtype: type,
  priority: [['type', 'Did you mean "type"? upTo: N receives the lowest types first.'], ['upTo']],
  prio: [['type']],
  perm: mode,
  perms: mode,
  permission: mode,
  permissions: mode,
  msgperm: mode,
  chmod: mode,
  msgsz: size,
  msgsize: size,
  maxsize: size,
  maxmessagesize: size,
  size,
  length: size,
  bytes: size,
  maxlen: size,
  qbytes: capacity,
  msgqbytes: capacity,
  capacity,
  queuesize: capacity,
  maxqueuesize: capacity,
  limit: [['max'], ['maxBytes']],
  count,
  batch: count,
  batchsize: count,
  maxmessages: count,
  maxcount: count,
  timeoutms: timeout,
  timeoutmillis: timeout,
  ms: timeout,
  deadline: timeout,
  maxwait: timeout,
  abortsignal: [['signal']],
  abort: [['signal']],
  abortcontroller: [['signal', 'Did you mean "signal": controller.signal?']],
  controller: [['signal', 'Did you mean "signal": controller.signal?']],
  canceltoken: [['signal']],
  noerror: [['truncate']],
  msgnoerror: [['truncate']],
  cut: [['truncate']],
  msgexcept: [['except']],
  not: [['except']],
  maxtype: [['upTo']],
  mintype: [['upTo']],
  encoding: codec,
  serialize: codec,
  unserialize: codec,
  serializer: codec,
  serialise: codec,
  parser: codec,
  removeonclose: remove,
  removeonexit: remove,
  destroyonclose: remove,
  deleteonclose: remove,
  temporary: remove,
  unlink: remove,
  owner: [['uid']],
  user: [['uid']],
  userid: [['uid']],
  group: [['gid'], ['name', NAME]],
  groupid: [['gid'], ['name', NAME]],
  create: [
    ['maxBytes', 'MessageQueue.create and openOrCreate make queues.'],
    ['mode', 'MessageQueue.create and openOrCreate make queues.'],
  ],
  exclusive: [['maxBytes', 'MessageQueue.create refuses a queue that exists (IPC_EXCL).']],
  excl: [['maxBytes', 'MessageQueue.create refuses a queue that exists (IPC_EXCL).']],
  msgtql: unused,
  msgpool: unused,
  msgmap: unused,
  msgssz: unused,
  msgseg: unused,
  highwatermark: streams,
  objectmode: streams,
  buffer: [['into']],
  poll: [['interval'], ['spin']],
  every: [['interval']],
  age: [['olderThan']],
  force: [['withMessages']],
  retries: attempts,
  retry: attempts,
  maxretries: attempts,
  maxattempts: attempts,
  tries: attempts,
  delay: [['retryDelay']],
  backoff: [['retryDelay']],
  dlq: [['deadLetter']],
  deadletterqueue: [['deadLetter']],
  prefetch: [['concurrency']],
  parallel: [['concurrency']],
  workers: [['concurrency']],
  encode: [['codec', 'Did you mean { codec }?']],
  decode: [['codec', 'Did you mean { codec }?']],
  consumergroup: name,
  queuegroup: name,
  ack: acknowledgment,
  autoack: acknowledgment,
  noack: acknowledgment,
  manualack: acknowledgment,
  ackmode: acknowledgment,
  statedir: state,
  statefolder: state,
  dir: state,
  directory: state,
  folder: state,
  path: state,
};

/** Options of this library that this call lacks for a reason. */
function elsewhere(name: string, call: string): string | undefined {
  const sends = /send/i.test(call);
  const waiting = sends ? 'send and sendSync' : 'receive and receiveSync';
  if (/^(msg)?_?fl(a?)gs?$/i.test(name) && /^(try)?(send|receive)/i.test(call)) {
    const nowait = call.startsWith('try')
      ? `It never waits, so IPC_NOWAIT is not needed; ${waiting} do.`
      : 'IPC_NOWAIT is nowait: true.';
    return sends ? nowait : `${nowait} ${RECEIVE_FLAGS}`;
  }
  if (call.startsWith('try') && (name === 'nowait' || name === 'timeout' || name === 'signal')) {
    return `It never waits; ${waiting} do.`;
  }
  if (call.endsWith('Sync') && name === 'signal') {
    return `It blocks the thread, so that nothing can abort it: use timeout, or ${sends ? 'send' : 'receive'}.`;
  }
  if (call === 'consume') return notInConsume(name);
  if (name === 'into') return 'tryReceive, receive and receiveSync take it: the memory for one message.';
  if (name === 'max' && /receive/i.test(call)) return 'receiveMany and tryReceiveMany take more than one message.';
  if (name === 'maxBytes') return 'A queue gets it from create, openOrCreate or queue.set({ maxBytes }).';
  if (name === 'mode' && call.includes('attach'))
    return 'An id needs no permission to be attached; each call is checked by itself.';
  return undefined;
}

function notInConsume(name: string): string | undefined {
  switch (name) {
    case 'timeout':
    case 'visibilityTimeout':
      return 'A handler may take its time: bound it with AbortSignal.timeout(). consumer.close({ timeout }) bounds the end.';
    case 'nowait':
      return 'A consumer waits for messages until it is closed.';
    case 'max':
    case 'limit':
    case 'count':
      return 'To stop after some messages, call consumer.close() in the handler.';
    case 'maxLength':
    case 'truncate':
    case 'into':
      return 'consume() takes each message whole.';
    case 'onDecodeError':
      return 'A message that does not decode becomes a dead letter: "deadLetter" gets it.';
    default:
      return undefined;
  }
}

/** The advice for a name that the call does not know. */
export function likelyOption(name: string, call: string, known: readonly string[]): string {
  const plain = plainName(name);
  const reason = elsewhere(name, call);
  if (reason !== undefined) return reason;
  for (const [option, advice] of habits[plain] ?? []) {
    if (known.includes(option)) return advice ?? didYouMean(option);
  }
  return nearestHint(name, known) ?? `Its options are ${known.map((option) => `"${option}"`).join(', ')}.`;
}

/** "Did you mean …?" for a name that differs by a few letters. */
export function nearestHint(name: string, known: readonly string[]): string | undefined {
  const near = nearest(plainName(name), known);
  return near === undefined ? undefined : didYouMean(near);
}

function didYouMean(option: string): string {
  return `Did you mean "${option}"?`;
}

function plainName(name: string): string {
  return name.replace(/[_-]/g, '').toLowerCase();
}

function nearest(plain: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const option of known) {
    const distance = editDistance(plain, plainName(option));
    // At most half of a short word may differ.
    if (distance < least && distance <= Math.min(3, Math.floor(option.length / 2))) {
      best = option;
      least = distance;
    }
  }
  return best;
}

/** The number of letters to insert, drop, change or swap with a neighbor. Names beyond 40 letters match none. */
function editDistance(one: string, other: string): number {
  if (one.length > 40) return Number.POSITIVE_INFINITY;
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row++) {
    const above = rows[row - 1] as number[];
    const line = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      let least = Math.min(
        (above[column] as number) + 1,
        (line[column - 1] as number) + 1,
        (above[column - 1] as number) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (swapped) least = Math.min(least, ((rows[row - 2] as number[])[column - 2] as number) + 1);
      line.push(least);
    }
    rows.push(line);
  }
  return (rows[one.length] as number[])[other.length] as number;
}
