/** Errors of an airlock: a file, or a slot of it, that can't be used. */

import * as errno from '../core/errno';
import { MessageQueueError } from '../core/errors';
import { stateError } from './state-folder';

export function fileError(folder: string, file: string, result: number): MessageQueueError {
  const code = errno.errnoName(result);
  const where = `The airlock ${folder}/${file}`;
  if (code === 'EPROTO') {
    return new MessageQueueError(`${where} is of another version of sysvmq, and stays untouched: use that version`, {
      code: 'ERR_AIRLOCK_VERSION',
    });
  }
  if (code === 'EBADMSG') {
    return new MessageQueueError(`${where} is damaged, or not an airlock, and stays untouched`, {
      code: 'ERR_AIRLOCK_DAMAGED',
    });
  }
  return stateError(folder, result);
}

/** Some of what is in hand is damaged. */
export function damageError(
  folder: string,
  airlock: { readonly file: string; readonly damaged: number; readonly queueId: number },
): MessageQueueError {
  return new MessageQueueError(
    `${airlock.damaged} messages in the airlock ${folder}/${airlock.file} are damaged. They are not handled, and the file stays`,
    { code: 'ERR_AIRLOCK_DAMAGED', queueId: airlock.queueId },
  );
}

export function slotError(file: string, slot: number, result: number): MessageQueueError {
  const code = errno.errnoName(result);
  return new MessageQueueError(`The message in slot ${slot} of the airlock ${file} can't be read (${code})`, { code });
}
