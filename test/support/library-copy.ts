/** A copy of some of the library's modules, on a machine that lacks something. */

import type * as eventLoop from '../../lib/core/event-loop';
import type * as primordials from '../../lib/core/primordials';

const PRIMORDIALS = '../../lib/core/primordials';
const EVENT_LOOP = '../../lib/core/event-loop';

export interface Machine {
  /** Whether JavaScript can transfer memory that is marked untransferable, as on Node.js 22. Default: false. */
  memoryCanBeGivenAway?: boolean;
  /** Whether there is memory for another block. Default: there is. */
  hasMemory?: () => boolean;
  /** In the place of the timers. */
  timers?: Partial<Pick<typeof eventLoop, 'setTimeout' | 'clearTimeout'>>;
}

/** Loads modules anew, for a machine like this. They share the addon with the library's other copies. */
export function copyFor<T>(machine: Machine, load: () => T): T {
  const { memoryCanBeGivenAway = false, hasMemory = () => true, timers } = machine;
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
    if (timers !== undefined) jest.doMock(EVENT_LOOP, () => ({ ...jest.requireActual<object>(EVENT_LOOP), ...timers }));
    try {
      loaded = load();
    } finally {
      jest.dontMock(PRIMORDIALS);
      jest.dontMock(EVENT_LOOP);
    }
  });
  return loaded as T;
}
