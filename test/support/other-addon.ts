/** An addon that answers some calls differently, as the real one does where the kernel or the memory fails. */

import { nativeAddon } from '../../lib/native/calls';
import { replaceAddon } from '../../lib/native/registers';
import type { NativeAddon } from '../../types/native';

/** Runs a function while these calls of the addon are in the place of its own. */
export function withCalls<T>(calls: Partial<NativeAddon>, run: () => T): T {
  replaceAddon(Object.create(nativeAddon(), Object.getOwnPropertyDescriptors(calls)) as NativeAddon);
  try {
    return run();
  } finally {
    replaceAddon(undefined);
  }
}
