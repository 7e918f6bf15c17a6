// What makes the kernel move pages: swap, which is a compressed piece of memory where the machine has none, and compaction.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const ZRAM = '/sys/block/zram0';
const COMPACT = '/proc/sys/vm/compact_memory';
const SWAP_BYTES = '256M';

const swaps = () => readFileSync('/proc/swaps', 'latin1').trim().split('\n').slice(1);

/** Counters of /proc/vmstat, by name. */
export function pageCounts() {
  const lines = readFileSync('/proc/vmstat', 'latin1').trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(' ')).map(([name, value]) => [name, Number(value)]));
}

/** Turns swap on where there is none: { name, off }. */
export function someSwap() {
  const off = () => undefined;
  if (swaps().length > 0) return { name: 'the machine’s', off };
  try {
    if (readFileSync(`${ZRAM}/initstate`, 'latin1').trim() !== '0') return { name: undefined, off };
    writeFileSync(`${ZRAM}/disksize`, SWAP_BYTES);
    execFileSync('mkswap', ['/dev/zram0'], { stdio: 'pipe' });
    execFileSync('swapon', ['/dev/zram0'], { stdio: 'pipe' });
  } catch {
    return { name: undefined, off };
  }
  return {
    name: 'zram',
    off() {
      execFileSync('swapoff', ['/dev/zram0']);
      writeFileSync(`${ZRAM}/reset`, '1');
    },
  };
}

/** Compacts all memory again and again, until it is stopped. */
export function compacting() {
  if (!existsSync(COMPACT)) return { stop: () => undefined };
  const child = spawn('sh', ['-c', `while echo 1 > ${COMPACT}; do sleep 0.5; done`], { stdio: 'ignore' });
  return { stop: () => child.kill() };
}
