/** The proxy of tools/harness that loses what it should pass on; it goes with the test. */

import { type LossyProxy, startLossyProxy } from '../../tools/harness/lossy-proxy.cjs';
import { beforeQueuesGo } from './queues';

export async function lossyProxy(target: number): Promise<LossyProxy> {
  const proxy = await startLossyProxy(target);
  beforeQueuesGo(() => proxy.close());
  return proxy;
}
