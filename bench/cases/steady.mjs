// What a consumer costs whose messages come at a steady rate, as those of a service do.

const group = 'A steady rate';
const RATES = [100, 1000, 6000];

const CONSUMERS = [
  { id: 'unix-socket', name: 'Unix socket', args: ['socket'] },
  { id: 'sysvmq', name: 'sysvmq', args: ['queue', 'default'] },
  { id: 'sysvmq-parked', name: 'sysvmq, spin: 0', args: ['queue', '0'] },
];

/** `operation` has the rate in place of the bytes, and a second's messages in place of the count. */
function steady(rate, operation, title, unit) {
  const words = rate.toLocaleString('en');
  return {
    id: `steady-${operation}-${rate}`,
    group,
    title: `${title} at ${words} messages a second, 64 bytes`,
    what: `a program in C sends ${words} messages a second, each at its own moment; the consumer does nothing with them`,
    kind: 'seconds',
    roundsFactor: 0.3,
    unit,
    per: 'second',
    reference: 'unix-socket',
    compare: 'ratio',
    runs: CONSUMERS.map((consumer) => ({ ...consumer, contender: 'steady', operation, rate })),
    targets: operation === 'processor-time' ? [{ run: 'sysvmq', against: 'unix-socket', atMost: 1.5 }] : [],
  };
}

export const steadyRates = [
  ...RATES.map((rate) => steady(rate, 'processor-time', 'Processor time of a consumer', 'ms')),
  ...RATES.map((rate) => steady(rate, 'utilization', "Utilization of a consumer's event loop", '%')),
];
