/**
 * The memory through which messages pass, the slab and the inbox: a struct msgbuf each. native/binding/message_memory.h
 * has the first two numbers, too; a test compares them.
 */

/** The text's offset; the message's type is before it. */
export const TEXT_OFFSET = 8;
/** Bytes of text that the addon's own slab and inbox have room for, and the bytes of a batch. */
export const INITIAL_TEXT_BYTES = 64 * 1024;
/** Memory larger than this is given back once its message has passed. */
export const RETAINED_BYTES = 1 << 20;
/** A UTF-16 unit takes at most three bytes, so a string of a third of the room fits without counting its bytes. */
export const MAX_BYTES_PER_UNIT = 3;
