/**
 * A consumer's messages, in airlocks: its own, those of dead consumers, and its own earlier ones with smaller slots.
 */

import type { Codec } from '../codecs/codec';
import { INT_MAX, IPC_INFO } from '../core/constants';
import * as errno from '../core/errno';
import { MessageQueueError } from '../core/errors';
import { statusOf } from '../kernel/status-of';
import { type Selection, selects } from '../messages/selector';
import { claimFolder, releaseClaim } from '../native/airlock';
import { readInfo, readMsgInfo } from '../native/calls';
import { Airlock } from './airlock';
import { damageError } from './airlock-errors';
import { AirlockWork } from './airlock-work';
import type { Inbox, InboxWaitEnd, Work } from './inbox';
import {
  airlockNames,
  defaultStateFolder,
  ipcNamespace,
  type Owner,
  prepareStateFolder,
  queueLabel,
} from './state-folder';

interface AirlockInboxOptions<T> {
  owner: Owner;
  codec: Codec<T>;
  selection: Selection;
  concurrency: number;
  slots: number | undefined;
  state: string | undefined;
}

/** Slots besides those of running handlers, for messages that wait for their next attempt, up to this much memory. */
const MAX_SPARE_SLOTS = 64;
const SPARE_BYTES = 4 << 20;

export class AirlockInbox<T> implements Inbox<T> {
  readonly #options: AirlockInboxOptions<T>;
  readonly #folder: string;
  #claim: number;
  #own: Airlock;
  /** Every airlock that this consumer owns, with the number of its messages in hand. */
  readonly #held = new Map<Airlock, number>();
  /** Unusable files. Each is reported once. */
  readonly #refused = new Set<string>();
  readonly #namespace = ipcNamespace();
  /** The file of #own was removed: the next message needs another one. */
  #removed = false;
  #closed = false;

  constructor(options: AirlockInboxOptions<T>, warn: (error: Error) => void) {
    this.#options = options;
    this.#folder = options.state ?? defaultStateFolder();
    prepareStateFolder(this.#folder);
    this.#claim = claimState(this.#folder, options.owner, warn);
    try {
      this.#own = this.#create(likelyLength(options.owner.queueId));
    } catch (error) {
      if (this.#claim >= 0) releaseClaim(this.#claim);
      throw error;
    }
  }

  get slots(): number {
    return this.#own.slots;
  }

  get slotBytes(): number {
    return this.#own.capacity;
  }

  get stateBytes(): number {
    let bytes = 0;
    for (const airlock of this.#held.keys()) bytes += airlock.bytes;
    return bytes;
  }

  // As many slots as wanted, or, on a full tmpfs, at least one for each handler.
  #create(capacity: number): Airlock {
    const { owner, concurrency, slots } = this.#options;
    const spare = Math.max(1, Math.min(MAX_SPARE_SLOTS, Math.floor(SPARE_BYTES / (capacity + 1))));
    const wanted = slots ?? concurrency + spare;
    let airlock: Airlock;
    try {
      airlock = Airlock.create(this.#folder, owner, wanted, capacity);
    } catch (error) {
      if ((error as MessageQueueError).code !== 'ENOSPC' || slots !== undefined || wanted === concurrency) throw error;
      airlock = Airlock.create(this.#folder, owner, concurrency, capacity);
    }
    this.#held.set(airlock, 0);
    return airlock;
  }

  take(queueId: number): Work<T> | number {
    if (this.#removed) this.#replace(queueId);
    for (;;) {
      const slot = this.#own.take(queueId, this.#options.selection);
      if (slot >= 0) return this.#work(this.#own, slot, queueId, true);
      if (slot !== errno.E2BIG) return slot;
      this.#enlarge(queueId);
    }
  }

  // Others whose folder it was keep their claim on it until they have done the same.
  #replace(queueId: number): void {
    prepareStateFolder(this.#folder);
    const before = this.#own;
    this.#own = this.#create(likelyLength(queueId));
    this.#removed = false;
    this.#closeIfDone(before);
    if (this.#claim >= 0) releaseClaim(this.#claim);
    this.#claim = claimFolder(claimKey(this.#options.owner), this.#folder).claim;
  }

  // The next message is longer than a slot. Messages in hand stay where they are until they are handled.
  #enlarge(queueId: number): void {
    const before = this.#own;
    const likely = likelyLength(queueId);
    const longest = Math.max(likely, Math.min(statusOf(queueId)?.msg_cbytes ?? INT_MAX, INT_MAX));
    const capacity = likely > before.capacity ? likely : Math.min(Math.max(before.capacity * 2, 64), longest);
    if (capacity <= before.capacity) return;
    this.#own = this.#create(capacity);
    this.#closeIfDone(before);
  }

  #work(airlock: Airlock, slot: number, queueId: number, fresh: boolean): AirlockWork<T> {
    this.#held.set(airlock, (this.#held.get(airlock) ?? 0) + 1);
    return new AirlockWork(airlock, slot, queueId, this.#options.codec, fresh, this.#onDone);
  }

  readonly #onDone = (airlock: Airlock): void => {
    const left = (this.#held.get(airlock) ?? 1) - 1;
    this.#held.set(airlock, left);
    if (left === 0 && airlock !== this.#own) this.#closeIfDone(airlock);
  };

  // An airlock with damaged slots stays this consumer's, so that no other consumer meets it again and again.
  #closeIfDone(airlock: Airlock): void {
    if (this.#closed || airlock.damaged > 0 || (this.#held.get(airlock) ?? 0) > 0) return;
    this.#held.delete(airlock);
    airlock.close();
  }

  get waiting(): boolean {
    return this.#own.waiting;
  }

  wait(queueId: number, onEnd: InboxWaitEnd<T>): number {
    const airlock = this.#own;
    return airlock.waitForMessage(queueId, this.#options.selection, (result, slot) => {
      onEnd(result, result === 0 ? this.#work(airlock, slot, queueId, false) : undefined);
    });
  }

  cancelWait(): void {
    this.#own.cancelWait();
  }

  recover(onRecovered: (count: number, pid: number) => void, onError: (error: Error) => void): Work<T>[] {
    if (!this.#removed && !this.#own.linked) {
      this.#removed = true;
      onError(removedError(this.#folder, this.#own));
    }
    const found: Work<T>[] = [];
    for (const file of this.#siblings()) {
      try {
        const airlock = this.#isForAnother(file) ? undefined : Airlock.takeOver(this.#folder, file);
        // Taking over settles messages that an inspection does not show.
        if (airlock !== undefined && this.#selectsAll(airlock))
          found.push(...this.#adopt(airlock, onRecovered, onError));
        else airlock?.close();
      } catch (error) {
        this.#refused.add(file);
        onError(error as Error);
      }
    }
    return found;
  }

  // Consumers of one name may select different messages. The handler must not get one that this consumer does not select: a
  // consumer with the selector of the dead one takes the file over.
  #isForAnother(file: string): boolean {
    if (Number(this.#options.selection.type) === 0) return false;
    const airlock = Airlock.inspect(this.#folder, file);
    if (airlock === undefined) return true;
    const isForAnother = airlock.ownerLives || !this.#selectsAll(airlock);
    airlock.close();
    return isForAnother;
  }

  #selectsAll(airlock: Airlock): boolean {
    return airlock.inHand().every(({ type }) => selects(this.#options.selection, type));
  }

  #siblings(): string[] {
    const { owner } = this.#options;
    const queue = queueLabel(owner);
    const ours = new Set([...this.#held.keys()].map(({ file }) => file));
    return airlockNames(this.#folder)
      .filter((name) => name.namespace === this.#namespace && name.queue === queue && name.consumer === owner.consumer)
      .map(({ file }) => file)
      .filter((file) => !ours.has(file) && !this.#refused.has(file));
  }

  #adopt(
    airlock: Airlock,
    onRecovered: (count: number, pid: number) => void,
    onError: (error: Error) => void,
  ): Work<T>[] {
    this.#held.set(airlock, 0);
    const { queueId } = this.#options.owner;
    const works = airlock.inHand().map(({ slot }) => this.#work(airlock, slot, queueId, false));
    if (airlock.damaged > 0) onError(damageError(this.#folder, airlock));
    if (works.length > 0) onRecovered(works.length, airlock.ownerPid);
    else this.#closeIfDone(airlock);
    return works;
  }

  close(): void {
    this.#closed = true;
    for (const airlock of this.#held.keys()) airlock.close();
    this.#held.clear();
    if (this.#claim >= 0) releaseClaim(this.#claim);
  }
}

/** The longest message that this queue can hold now. A longer one was sent before a limit was lowered. */
function likelyLength(queueId: number): number {
  const msgmax = readInfo(IPC_INFO) >= 0 ? readMsgInfo().msgmax : 8192;
  const status = statusOf(queueId);
  return status === undefined ? msgmax : Math.min(msgmax, status.msg_qbytes);
}

function removedError(folder: string, airlock: Airlock): MessageQueueError {
  return new MessageQueueError(
    `The airlock ${folder}/${airlock.file} of a running consumer was removed. Its messages in hand are handled, but a crash ` +
      'before that loses them. The next messages go into a new file. Keep programs that clean up, and RemoveIPC of ' +
      'systemd-logind, away from the folder',
    { code: 'ERR_AIRLOCK_REMOVED', queueId: airlock.queueId },
  );
}

// System V keys are 32 bits. The kernel gives IPC_PRIVATE (0) another meaning.
function claimKey(owner: Owner): number {
  let hash = 0x811c9dc5;
  for (const character of `sysvmq ${process.geteuid?.()} ${queueLabel(owner)} ${owner.consumer}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  }
  return hash === 0 ? 1 : hash;
}

function claimState(folder: string, owner: Owner, warn: (error: Error) => void): number {
  const { result, claim } = claimFolder(claimKey(owner), folder);
  const others = `Consumers named '${owner.consumer}' of this queue`;
  if (errno.errnoName(result) === 'EXDEV') {
    throw new MessageQueueError(
      `${others} are running and keep their messages in another folder than ${folder}: another option state, or a container ` +
        'with the same IPC namespace and a /dev/shm of its own. They could not recover each other. Share /dev/shm too ' +
        '(--ipc container:NAME does), or give this one another name',
      { code: 'ERR_AIRLOCK_ELSEWHERE', queueId: owner.queueId },
    );
  }
  if (result > 0) {
    warn(
      new MessageQueueError(
        `${others} kept their messages in another folder than ${folder} before, and have ended. Their messages in hand are ` +
          'not found here',
        { code: 'ERR_AIRLOCK_ELSEWHERE', queueId: owner.queueId },
      ),
    );
  }
  return claim;
}
