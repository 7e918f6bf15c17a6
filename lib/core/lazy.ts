/** Loads modules on demand that take milliseconds to load and that most programs never need. */

/** Calls `load` at the first use of its result. */
export function lazy<T>(load: () => T): () => T {
  let loaded: { module: T } | undefined;
  return () => {
    loaded ??= { module: load() };
    return loaded.module;
  };
}
