/**
 * The native boundary: what `native/binding/` exports and `lib/native/` uses, and nobody else.
 *
 * A call takes its arguments from `registers` and returns one integer: a result `>= 0`, or `-errno`. The message is a
 * `struct msgbuf` in `slab`: eight bytes of type, which the native side writes and reads through the registers, then
 * the text.
 */
export interface NativeAddon {
  readonly registers: Int32Array;
  /** What readStatus and readInfo fill. */
  readonly fields: Float64Array;
  /** The slab now in use. Replaced, by assignment, when useSlab put another in its place. */
  slab: ArrayBuffer;

  msgget(): number;
  msgsnd(): number;
  msgrcv(): number;
  /** msgctl with IPC_STAT, MSG_STAT or MSG_STAT_ANY. */
  readStatus(): number;
  /** msgctl with IPC_INFO or MSG_INFO. */
  readInfo(): number;
  /** msgctl with IPC_SET. */
  setStatus(): number;
  /** msgctl with IPC_RMID. */
  removeQueue(): number;
  /**
   * Messages pass through this ArrayBuffer from now on; without one, through the initial slab again. Returns the one in
   * use, or undefined when the buffer will not do.
   */
  useSlab(buffer?: ArrayBuffer): ArrayBuffer | undefined;

  /** The names of the registers and fields as C++ has them; only tests ask. */
  layout(): { registers: string[]; statusFields: string[]; infoFields: string[] };
}
