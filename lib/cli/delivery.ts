/**
 * The delivery of taken messages: each is written in full before the next one is taken, and one that could not be
 * written at all goes back into its queue. One case remains: SIGKILL or a crash between msgrcv and the end of the write
 * loses one message.
 */

import { clockNow, setTimeout } from '../core/event-loop';
import { formatCount } from '../core/format';
import { exactType, type Message } from '../core/message';
import { errorFromErrno } from '../kernel/error-from-errno';
import { absenceOf } from '../kernel/queues';
import { giveBackNow, returnMessage, takeUndelivered } from '../messages/undelivered';
import type { MessageQueue } from '../queue/message-queue';
import { messageLine } from './output/message-json';
import { UnfinishedWrite } from './output/message-output';

/** How long to wait for room for a message that must go back, and how often to try. */
const PUT_BACK_TIMEOUT_MS = 2000;
const LOOK_MS = 20;

/**
 * Writes a message that was just taken, or puts it back and rejects. Call it in the same turn of the event loop in
 * which the message was taken: no signal is handled in between.
 */
export async function deliver(
  queue: MessageQueue,
  message: Message<Buffer>,
  write: (message: Message<Buffer>, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await write(message, signal);
  } catch (failure) {
    const { written, cause: error } =
      failure instanceof UnfinishedWrite ? failure : { written: 0, cause: failure as Error };
    error.message = [error.message, torn(message, written), await putBack(queue, message)].filter(Boolean).join(' ');
    throw error;
  }
}

function torn({ data }: Message<Buffer>, written: number): string {
  return written === 0 ? '' : `The output ends with ${written} bytes of a message of ${data.length} bytes.`;
}

/**
 * Puts a message back at the end of the queue, the only place that the kernel offers. Returns a sentence about the
 * outcome.
 */
async function putBack(queue: MessageQueue, message: Message<Buffer>): Promise<string> {
  const type = exactType(message);
  const which = `The message that could not be written (type ${type}, ${formatCount(message.data.length, 'byte')})`;
  const reason = await refusalOf(queue.id, type, message.data);
  if (reason === undefined) return `${which} was put back, at the end of the queue.`;
  // The message's bytes are printed, as the last way to keep them.
  return `${which} could not be put back: ${reason} Here it is:\n${messageLine(message).trimEnd()}`;
}

// From returnMessage on the message has an owner, even if the process ends before it is back.
async function refusalOf(id: number, type: number | bigint, data: Buffer): Promise<string | undefined> {
  const absent = absenceOf(id);
  if (absent !== undefined) return absent.message;
  returnMessage(id, type, data);
  const until = clockNow() + PUT_BACK_TIMEOUT_MS;
  while (!giveBackNow()) {
    const gone = absenceOf(id);
    if (gone === undefined && clockNow() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    } else {
      const kept = takeUndelivered();
      if (kept !== undefined) return gone?.message ?? refused(id, type, data.length, kept.refused);
    }
  }
  return undefined;
}

function refused(id: number, type: number | bigint, length: number, result: number): string {
  return errorFromErrno('msgsnd', result, { queueId: id, messageType: type, length }).message;
}
