/** The consumers of this JavaScript thread, for those who measure them. */

/** What is measured of a consumer. */
export interface MeasuredConsumer {
  stats(): { name: string; queueId: number; inHand: number; oldestAge: number };
}

export const liveConsumers = new Set<MeasuredConsumer>();
