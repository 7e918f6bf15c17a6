/** Shell code by which completion lists the queues without starting Node.js. */

export const IDS = "awk 'NR > 1 { print $2 }' /proc/sysvipc/msg 2>/dev/null";

// In two halves, because mawk limits numbers to 2^31−1.
export const KEYS =
  'awk \'NR > 1 && $1 != 0 { key = $1 < 0 ? $1 + 4294967296 : $1; printf "0x%04x%04x\\n", key / 65536, key % 65536 }\' /proc/sysvipc/msg 2>/dev/null';
