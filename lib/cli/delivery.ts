/**
 * Messages that were taken: each is written in full before the next one is taken, and one of which nothing could be written
 * goes back into its queue. One case remains: a process that SIGKILL or a crash ends between msgrcv and the end of the write
 * loses one message.
 */

import type { Message } from '../core/message';
import type { MessageQueue } from '../queue/message-queue';
import { exactType, messageLine } from './output/message-json';
import { UnfinishedWrite } from './output/message-output';

/** How long to wait for room for a message that has to go back. */
const PUT_BACK_TIMEOUT_MS = 2000;

/**
 * Writes a message that was just taken, or puts it back and rejects. It must be called in the same turn of the event
 * loop in which the message was taken: no signal is handled in between.
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

/** Puts a message back, at the end of the queue: the kernel knows no other place. Says what became of it. */
async function putBack(queue: MessageQueue, message: Message<Buffer>): Promise<string> {
  const type = exactType(message);
  const { data } = message;
  const which = `The message that could not be written (type ${type}, ${data.length} bytes)`;
  try {
    if (!queue.trySend(data, { type })) await queue.send(data, { type, timeout: PUT_BACK_TIMEOUT_MS });
    return `${which} was put back, at the end of the queue.`;
  } catch (error) {
    // The last place where it can be kept.
    return `${which} could not be put back: ${(error as Error).message} Here it is:\n${messageLine(message).trimEnd()}`;
  }
}
