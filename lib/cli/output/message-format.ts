/** The ways in which messages are printed. */

import { isUtf8 } from 'node:buffer';
import { type Command, Option } from 'commander';
import type { Message } from '../../core/message';
import { escaped, printableText } from '../../core/printable';
import { messageLine } from './message-json';

export interface FormatOptions {
  raw?: true;
  null?: true;
  hex?: true;
  json?: true;
}

type Format = (message: Message<Buffer>) => string | Buffer;

/** Adds the options. Two of them together are a usage error. */
export function chooseFormat(command: Command): Command {
  return command
    .addOption(
      new Option('--raw', 'the bytes of the messages, with nothing between them').conflicts(['null', 'hex', 'json']),
    )
    .addOption(new Option('-0, --null', 'a NUL after each message, not a newline').conflicts(['hex', 'json']))
    .addOption(new Option('--hex', 'the bytes in hex, a line for each message').conflicts('json'))
    .option('--json', 'a line of JSON for each message, with its type');
}

/** The chosen format; undefined without an option. */
export function chosenFormat({ raw, null: nul, hex, json }: FormatOptions): Format | undefined {
  if (raw) return ({ data }) => data;
  if (nul) return ({ data }) => Buffer.concat([data, Buffer.of(0)]);
  if (hex) return ({ data }) => `${data.toString('hex')}\n`;
  if (json) return messageLine;
  return undefined;
}

/** The bytes and a newline. On a terminal, control characters appear as \xNN. */
export function lineFormat(toTerminal: boolean): Format {
  return ({ data }) => (toTerminal ? `${printable(data, false)}\n` : Buffer.concat([data, NEWLINE]));
}

const NEWLINE = Buffer.from('\n');

/** Text for a terminal. `oneLine` escapes line breaks and tabs as well, as \n and \t. */
export function printable(data: Buffer, oneLine: boolean): string {
  if (isUtf8(data)) return printableText(data.toString(), !oneLine);
  // In latin1 every byte is one character.
  return printableText(data.toString('latin1'), !oneLine).replace(/[\x7f-\xff]/g, escaped);
}
