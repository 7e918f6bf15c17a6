/** Moves messages into a file, for drain and for a row of top. */

import { type Drained, moveMessages } from '../admin/drain';
import { type LineFile, openLineFile } from '../admin/line-file';
import type { Select } from '../messages/selector';
import type { MessageQueue } from '../queue/message-queue';
import { deliver } from './delivery';
import { FailureError } from './errors';
import { formatCount } from './output/format';
import { messageLine } from './output/message-json';

/** The messages to move, and how many at most. */
interface Wanted {
  select?: Select;
  max?: number;
}

/** Moves the queue's messages into a file. A message that can't be written goes back, and the error says so. */
export async function drainToFile(
  queue: MessageQueue,
  path: string,
  how: 'create' | 'append' | 'overwrite',
  { select, max = Number.POSITIVE_INFINITY }: Wanted,
  signal: AbortSignal,
): Promise<Drained> {
  const file = await openFile(path, how);
  const drained: Drained = { messages: 0, bytes: 0 };
  const write = async (line: string): Promise<void> => {
    try {
      await file.write(line);
    } catch (error) {
      throw new FailureError(`${path} cannot be written: ${(error as Error).message}.`);
    }
  };
  try {
    await moveMessages(
      () => {
        signal.throwIfAborted();
        return queue.tryReceive(select);
      },
      (message) => deliver(queue, message, () => write(messageLine(message)), signal),
      max,
      drained,
    );
  } catch (error) {
    // An error about a message is more useful than an error of close().
    await file.close().catch(() => undefined);
    throw error;
  }
  await closeFile(file, path);
  return drained;
}

async function openFile(path: string, how: Parameters<typeof openLineFile>[1]): Promise<LineFile> {
  try {
    return await openLineFile(path, how);
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new FailureError(
      `${(error as Error).message}${exists ? '. Give --append or --force, or another name.' : ''}`,
    );
  }
}

async function closeFile(file: LineFile, path: string): Promise<void> {
  try {
    await file.close();
  } catch (error) {
    throw new FailureError(`${path} may not be on the disk: ${(error as Error).message}.`);
  }
}

/** "2 messages, 4 bytes: saved.jsonl". */
export function formatDrained({ messages, bytes }: Drained, path: string): string {
  return `${formatCount(messages, 'message')}, ${formatCount(bytes, 'byte')}: ${path}`;
}
