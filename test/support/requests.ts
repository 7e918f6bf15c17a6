/** Servers and clients of requests that end with their test. */

import {
  type MessageQueue,
  RequestClient,
  type RequestClientOptions,
  type RequestHandler,
  RequestServer,
  type RequestServerOptions,
  type RequestServerStats,
} from '../../lib/index';
import { until } from './child';
import { beforeQueuesGo } from './queues';

export function newServer<Request, Reply>(
  requests: MessageQueue<Request>,
  handler: RequestHandler<Request, Reply>,
  options?: RequestServerOptions<Reply>,
): RequestServer<Request, Reply> {
  const server = new RequestServer(requests, handler, options);
  beforeQueuesGo(() => server.close({ timeout: 0 }));
  return server;
}

export function newClient<Request, Reply = Request>(
  requests: MessageQueue<Request>,
  options?: RequestClientOptions<Reply>,
): RequestClient<Request, Reply> {
  const client = new RequestClient(requests, options);
  beforeQueuesGo(() => client.close());
  return client;
}

/** Waits until a server handles so many requests at once. */
export async function untilActive(server: { stats: RequestServerStats }, count: number): Promise<void> {
  await until(`${count} requests are being handled`, () => server.stats.active === count);
}

/** A promise that its test settles. */
export function gate<T = void>(): { promise: Promise<T>; open(value: T): void } {
  let open: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}
