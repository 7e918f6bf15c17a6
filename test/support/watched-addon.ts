/** Copies of the library that call the addon through functions of a test: to see a call, to act just before it, or to fail it. */

import type * as load from '../../lib/native/load';
import type { NativeAddon } from '../../types/native';

const LOAD = '../../lib/native/load';

// A copy that makes it larger makes it larger for all.
function shared(addon: NativeAddon, name: 'slab' | 'inbox'): PropertyDescriptorMap {
  const set = (memory: ArrayBuffer): void => {
    addon[name] = memory;
  };
  return { [name]: { get: () => addon[name], set } };
}

/** Loads modules in a copy of the library of its own. `replace` returns the calls that this copy makes instead of the addon's. */
export function withWatchedAddon<T>(replace: (addon: NativeAddon) => Partial<NativeAddon>, loadModules: () => T): T {
  let loaded: T | undefined;
  jest.isolateModules(() => {
    const addon = jest.requireActual<typeof load>(LOAD).loadAddon();
    const watched: NativeAddon = Object.create(addon, {
      ...Object.getOwnPropertyDescriptors(replace(addon)),
      ...shared(addon, 'slab'),
      ...shared(addon, 'inbox'),
    });
    jest.doMock(LOAD, () => ({ loadAddon: () => watched }));
    try {
      loaded = loadModules();
    } finally {
      jest.dontMock(LOAD);
    }
  });
  return loaded as T;
}
