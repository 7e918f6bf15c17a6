/** Modules that take milliseconds to load, and that most programs never need. */

/** Calls `load` when its result is first asked for. */
export function lazy<T>(load: () => T): () => T {
  let loaded: { module: T } | undefined;
  return () => {
    loaded ??= { module: load() };
    return loaded.module;
  };
}
