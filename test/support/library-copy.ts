/** A copy of some of the library's modules, on a machine that lacks something. */

import type * as primordials from '../../lib/core/primordials';

const PRIMORDIALS = '../../lib/core/primordials';

export interface Machine {
  /** Whether JavaScript can transfer memory that is marked untransferable, as on Node.js 22. Default: false. */
  memoryCanBeGivenAway?: boolean;
  /** Whether there is memory for another block. Default: there is. */
  hasMemory?: () => boolean;
}

/** Loads modules anew, for a machine like this. They share the addon with the library's other copies. */
export function copyFor<T>({ memoryCanBeGivenAway = false, hasMemory = () => true }: Machine, load: () => T): T {
  const actual = jest.requireActual<typeof primordials>(PRIMORDIALS);
  const ifMemory =
    <R>(make: (size: number) => R) =>
    (size: number): R => {
      if (!hasMemory()) throw new RangeError('Array buffer allocation failed');
      return make(size);
    };
  let loaded: T | undefined;
  jest.isolateModules(() => {
    jest.doMock(PRIMORDIALS, () => ({
      ...actual,
      memoryCanBeGivenAway: () => memoryCanBeGivenAway,
      newMemory: ifMemory(actual.newMemory),
      allocUnsafeSlow: ifMemory(actual.allocUnsafeSlow),
    }));
    try {
      loaded = load();
    } finally {
      jest.dontMock(PRIMORDIALS);
    }
  });
  return loaded as T;
}
