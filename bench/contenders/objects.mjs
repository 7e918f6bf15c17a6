// Objects for the rows about JSON: some fields of a job, and a text that fills the JSON up to a number of bytes.

/** A function that makes object number i, of about this many bytes as JSON. */
export function objects(bytes) {
  const make = (number, text) => ({
    number,
    kind: 'resize',
    size: { width: 640, height: 480 },
    tags: ['a', 'b'],
    text,
  });
  const fixed = JSON.stringify(make(10_000, '')).length;
  const text = 'x'.repeat(Math.max(0, bytes - fixed));
  return (number) => make(number, text);
}
