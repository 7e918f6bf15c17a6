/** What completion asks for queues: shell code, which does not have to start Node.js. */

export const IDS = "awk 'NR > 1 { print $2 }' /proc/sysvipc/msg 2>/dev/null";

// In two halves: mawk cuts what is above 2^31−1 to it.
export const KEYS =
  'awk \'NR > 1 && $1 != 0 { key = $1 < 0 ? $1 + 4294967296 : $1; printf "0x%04x%04x\\n", key / 65536, key % 65536 }\' /proc/sysvipc/msg 2>/dev/null';
