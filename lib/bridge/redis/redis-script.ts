/**
 * How messages are stored once: beside a stream there is a hash with the sequence of the last message that each instance has
 * stored. A script compares, appends and notes, which is one step for Redis, in its log and for its replicas, too.
 *
 * Explicit ids (`epoch-sequence`) would do the same without a hash, but for one instance a stream only: another one's ids
 * are below the newest, and refused. The ids would be no times either, and other producers could not use `*`.
 */

/** Sequences are compared as text. */
const DIGITS = 16;

export function sequenceText(sequence: number): string {
  return String(sequence).padStart(DIGITS, '0');
}

/** The hash beside a stream: in a cluster it has the stream's slot. */
export function marksKey(stream: string): string {
  return /\{[^}]+\}/.test(stream) ? `${stream}:sysvmq` : `{${stream}}:sysvmq`;
}

export const DUPLICATE = '=';
export const FAILED = '!';

/** Arguments of a message in the script. */
const ARGUMENTS_OF_A_MESSAGE = 4;

/**
 * KEYS: the stream, its hash. ARGV: the instance, the origin, then for each message its sequence, that of the one that must be
 * stored before it, its type and its bytes. Answers with an id for each message, or what became of it; it stops at the first
 * that fails. The hash is written first where it was not before: a right that is missing shows before anything is stored.
 */
export const STORE = `
local mark = redis.call('HGET', KEYS[2], ARGV[1])
if not mark then
  mark = '${'0'.repeat(DIGITS)}'
  redis.call('HSET', KEYS[2], ARGV[1], mark)
end
local before = mark
local answers = {}
for i = 3, #ARGV, ${ARGUMENTS_OF_A_MESSAGE} do
  if ARGV[i] <= mark then
    answers[#answers + 1] = '${DUPLICATE}'
  elseif ARGV[i + 1] > mark then
    answers[#answers + 1] = '${FAILED}GAP a message before it is not stored'
    break
  else
    local id = redis.pcall('XADD', KEYS[1], '*', 'Sysvmq-Type', ARGV[i + 2], 'Sysvmq-Origin', ARGV[2], 'data', ARGV[i + 3])
    if type(id) == 'table' then
      answers[#answers + 1] = '${FAILED}' .. id.err
      break
    end
    mark = ARGV[i]
    answers[#answers + 1] = id
  end
end
if mark > before then redis.call('HSET', KEYS[2], ARGV[1], mark) end
return answers
`;
