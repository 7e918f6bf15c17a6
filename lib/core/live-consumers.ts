/** The consumers of this JavaScript thread, for metrics. */

/** The measured values of a consumer. */
interface MeasuredConsumer {
  stats(): { name: string; queueId: number; inHand: number; oldestAge: number };
}

export const liveConsumers = new Set<MeasuredConsumer>();
