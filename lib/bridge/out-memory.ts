/**
 * The memory of messages between their take and their outcome. A route uses it again: fresh memory for each message would
 * bring the garbage collector into every second of a busy route.
 */

/** Holds at least one batch, which is no longer than the inbox (64 KiB). */
const BLOCK_BYTES = 256 * 1024;
const MAX_FREE_BLOCKS = 16;
const ALIGNMENT = 8;

export class OutBlock {
  readonly memory = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  /** Messages without an outcome. */
  users = 0;
  /** Where unused memory begins. */
  end = 0;
}

export class OutMemory {
  #current: OutBlock | undefined;
  readonly #free: OutBlock[] = [];

  /** Memory for a batch; undefined when there is none. Each of its messages then calls `hold`. */
  take(bytes: number): Buffer | undefined {
    if (bytes > BLOCK_BYTES) return undefined;
    let block = this.#current;
    if (block === undefined || block.end + bytes > BLOCK_BYTES) {
      block = this.#free.pop() ?? tryNewBlock();
      if (block === undefined) return undefined;
      this.#replaceCurrent(block);
    }
    const start = block.end;
    block.end = (start + bytes + ALIGNMENT - 1) & -ALIGNMENT;
    return block.memory.subarray(start, start + bytes);
  }

  #replaceCurrent(block: OutBlock): void {
    const before = this.#current;
    this.#current = block;
    if (before?.users === 0) this.#recycle(before);
  }

  /** The block of the memory that was just taken, for one more message. */
  hold(): OutBlock {
    const block = this.#current as OutBlock;
    block.users += 1;
    return block;
  }

  /** A message has its outcome: nobody reads its bytes any longer. */
  release(block: OutBlock): void {
    block.users -= 1;
    if (block.users > 0) return;
    if (block === this.#current) block.end = 0;
    else this.#recycle(block);
  }

  #recycle(block: OutBlock): void {
    block.end = 0;
    if (this.#free.length < MAX_FREE_BLOCKS) this.#free.push(block);
  }

  /** The connection is lost, and its client may still hold bytes: no memory of before is used again. */
  forget(): void {
    this.#current = undefined;
    this.#free.length = 0;
  }
}

function tryNewBlock(): OutBlock | undefined {
  try {
    return new OutBlock();
  } catch {
    return undefined;
  }
}
