/** Creates the metrics of one registry. */

import type { Counter, Gauge, Histogram, Registry, RegistryContentType } from 'prom-client';
import { setImmediate } from '../core/event-loop';

/** The module prom-client. */
export type PromClient = typeof import('prom-client');

export type AnyRegistry = Registry<RegistryContentType>;

/**
 * How a cluster combines the values of its workers. The kernel's state is the same in each worker, except for the time
 * of the scrape: 'max'. A worker's own values are added: 'sum'.
 */
export type Aggregator = 'max' | 'min' | 'sum';

const SECONDS_BUCKETS = [0.0001, 0.001, 0.01, 0.1, 1, 10, 60];

/** Creates metrics, and unregisters those that it has created. */
export class MetricMaker {
  readonly #client: PromClient;
  readonly #registry: AnyRegistry;
  readonly #prefix: string;
  readonly #made: string[] = [];

  constructor(client: PromClient, registry: AnyRegistry, prefix: string) {
    this.#client = client;
    this.#registry = registry;
    this.#prefix = prefix;
  }

  /** `collect` sets the gauge at each scrape. `aggregator` says how a cluster combines the values of its workers. */
  gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    aggregator: Aggregator,
    collect?: (gauge: Gauge<Label>) => void,
  ): Gauge<Label> {
    const configuration = { ...this.#base(name, help), labelNames, aggregator } as const;
    return this.#own(name, new this.#client.Gauge<Label>({ ...configuration, ...atEachScrape(collect) }));
  }

  /** `collect` sets the counter anew at each scrape; without it the counter is incremented as things happen. */
  counter<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    collect?: (counter: Counter<Label>) => void,
  ): Counter<Label> {
    const configuration = { ...this.#base(name, help), labelNames };
    return this.#own(name, new this.#client.Counter<Label>({ ...configuration, ...atEachScrape(collect) }));
  }

  histogram<Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> {
    const configuration = { ...this.#base(name, help), labelNames, buckets: SECONDS_BUCKETS };
    return this.#own(name, new this.#client.Histogram<Label>(configuration));
  }

  unregister(): void {
    for (const name of this.#made.splice(0)) this.#registry.removeSingleMetric(name);
  }

  #base(name: string, help: string) {
    return { name: this.#prefix + name, help, registers: [this.#registry] };
  }

  // Called once prom-client has made it: a name that it refuses belongs to other code, and stays registered.
  #own<Metric>(name: string, metric: Metric): Metric {
    this.#made.push(this.#prefix + name);
    return metric;
  }
}

/** What prom-client calls at a scrape, with the metric as `this`. */
function atEachScrape<Metric extends { reset(): void }>(collect: ((metric: Metric) => void) | undefined) {
  if (collect === undefined) return {};
  return {
    collect(this: Metric) {
      this.reset();
      collect(this);
    },
  };
}

/** Calls `read` once for all the gauges of a scrape. Undefined: it failed, and the gauges have no value. */
export function oncePerScrape<Value>(read: () => Value): () => Value | undefined {
  let known: { value: Value | undefined } | undefined;
  return () => {
    if (known === undefined) {
      try {
        known = { value: read() };
      } catch {
        known = { value: undefined };
      }
      setImmediate(() => {
        known = undefined;
      });
    }
    return known.value;
  };
}
