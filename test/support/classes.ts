/** The classes of a value, from its own to the one below Object: what instanceof says yes to. */
export function classesOf(value: unknown): unknown[] {
  const classes: unknown[] = [];
  let prototype = Object.getPrototypeOf(value);
  while (prototype !== null && prototype !== Object.prototype) {
    classes.push(prototype.constructor);
    prototype = Object.getPrototypeOf(prototype);
  }
  return classes;
}
