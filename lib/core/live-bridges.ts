/** The bridges of this JavaScript thread, for metrics. */

/** The measured values of a route; RouteStats of sysvmq/bridge explains them. */
export interface MeasuredRoute {
  name: string;
  state: string;
  taken: number;
  published: number;
  acked: number;
  duplicates: number;
  republished: number;
  refused: number;
  deadLettered: number;
  uncertain: number;
  inFlight: number;
  oldestAge: number;
  pending: number;
}

/** The measured values of a bridge. */
interface MeasuredBridge {
  stats(): { name: string; connected: boolean; routes: readonly MeasuredRoute[] };
}

export const liveBridges = new Set<MeasuredBridge>();
