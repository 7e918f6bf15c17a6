/** The messages of a queue, peeked with MSG_COPY. */

import { codecs } from '../../codecs';
import { isMessageQueueError } from '../../core/errors';
import type { Message } from '../../core/message';
import type { QueueStatus } from '../../kernel/queues';
import { peekMessage } from '../../messages/peek';
import { formatError } from '../output/error-message';
import { formatCount, formatKey } from '../output/format';
import { cutToWidth } from '../output/text-width';
import { cell, harmless, type Line } from './drawing';

/** The most bytes of a message that become text. */
const PREVIEW_BYTES = 4096;

/** `height` lines: a title, and the messages from position `first` on. */
export function peekLines(status: QueueStatus, first: number, height: number, width: number): Line[] {
  const title = ` queue ${status.id}, key ${formatKey(status.key)}: ${formatCount(status.messageCount, 'message')}`;
  const lines: Line[] = [[{ text: cell(title, width), inverse: true }]];
  try {
    const messages = messagesFrom(status.id, first, height - 1);
    const typeWidth = Math.max(...messages.map(({ typeBigInt }) => String(typeBigInt).length));
    messages.forEach(({ typeBigInt, data }, index) => {
      const front: Line = [
        { text: cell(String(first + index), 7, 'right'), color: 'gray' },
        { text: `  type ${cell(String(typeBigInt), typeWidth, 'right')}`, color: 'cyan' },
        { text: `${cell(formatCount(data.length, 'byte'), 13, 'right')}  ` },
      ];
      const room = front.reduce((left, { text }) => left - text.length, width);
      lines.push([...front, { text: cutToWidth(harmless(data.toString('utf8', 0, PREVIEW_BYTES)), room) }]);
    });
    if (lines.length === 1) lines.push([{ text: ' It is empty.', color: 'gray' }]);
  } catch (error) {
    if (!isMessageQueueError(error)) throw error;
    lines.push([{ text: cell(` ${harmless(formatError(error))}`, width), color: 'red' }]);
  }
  return [...lines, ...Array.from({ length: height - lines.length }, () => [])].slice(0, height);
}

function messagesFrom(id: number, first: number, count: number): Message<Buffer>[] {
  const messages: Message<Buffer>[] = [];
  while (messages.length < count) {
    const message = peekMessage(id, first + messages.length, codecs.buffer);
    if (message === undefined) break;
    messages.push(message);
  }
  return messages;
}
