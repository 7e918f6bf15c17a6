/** The likely meaning of a field's type that codecs.struct() does not know. */

const POINTER =
  'A pointer is an address of the process that sent it, and means nothing in another one. Put what it points to into the struct.';

const hints: Readonly<Record<string, string>> = {
  __proto__: null as never,
  time_t: "Write 'long', which it is on Linux unless a 32-bit program was built with 64-bit time.",
  pid_t: "Write 'int'.",
  key_t: "Write 'int'.",
  uid_t: "Write 'unsigned int'.",
  gid_t: "Write 'unsigned int'.",
  mode_t: "Write 'unsigned int'.",
  off_t: "Write 'long', or 'int64' where _FILE_OFFSET_BITS is 64.",
  enum: "Write 'int', or 'unsigned int': what gcc takes for an enum.",
  wchar_t: "Write 'int32'.",
  unsigned: "Write 'unsigned int'.",
  uint: "Write 'unsigned int'.",
  ushort: "Write 'unsigned short'.",
  ulong: "Write 'unsigned long'.",
  uchar: "Write 'unsigned char'.",
  byte: "Write 'uint8' for a number, ['byte', length] for a Buffer.",
  string: "Write ['char', length].",
  boolean: "Write 'bool'.",
  _bool: "Write 'bool'.",
  number: "Write 'int' or 'double': what C has.",
  bigint: "Write 'int64'.",
  float32: "Write 'float'.",
  float64: "Write 'double'.",
  'long double': 'JavaScript has no such number. Send a double.',
  'signed int': "Write 'int'.",
  'signed long': "Write 'long'.",
  'signed short': "Write 'short'.",
};

const ARRAY = /^(.+?)\s*\[\s*(\d+)\s*\]$/;
const POINTER_TYPE = /\*|^(void|u?intptr_t|ptrdiff_t|pointer|ptr|ref)$/;

/** A sentence for the likely meaning of `type`. */
export function fieldHint(type: string, known: readonly string[]): string {
  const plain = type.trim().replace(/\s+/g, ' ').toLowerCase();
  if (POINTER_TYPE.test(plain)) return POINTER;
  const array = ARRAY.exec(plain);
  if (array !== null) return `An array is ['${array[1]}', ${array[2]}].`;
  if (/^struct\b|^union\b/.test(plain)) return 'A nested struct is { name: type, … } or a codecs.struct(…).';
  if (known.includes(plain)) return `Write '${plain}'.`;
  return hints[plain] ?? `Those are ${known.map((name) => `'${name}'`).join(', ')}.`;
}
