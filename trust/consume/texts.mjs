// What feeder.c sends, said once more, so that every byte of what arrives is compared.

const MAX_PADDING_BYTES = 300;

export function isAsSent(name, { data, type }) {
  const number = Number(name);
  const prefix = `${name}:`;
  const padding = (number * 7919) % MAX_PADDING_BYTES;
  if (type !== (number % 5) + 1 || data.length !== prefix.length + padding) return false;
  for (let index = 0; index < padding; index++) {
    if (data[prefix.length + index] !== 97 + ((number + index) % 26)) return false;
  }
  return true;
}
