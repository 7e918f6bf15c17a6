/** Finds routes that would carry a message in a circle: from a queue, and back into it. */

import type { CheckedQueue, CheckedRoute } from './routes';

/** The ends of a route, of this bridge or of another one on this machine. */
export interface RouteEnds {
  bridge: string;
  route: string;
  direction: CheckedRoute['direction'];
  /** The queue's label: its key, or its id. */
  queue: string;
  /** The types that it takes: 'any', '=5', '!5' or '<5' for upTo; or sends: 'any' or '=5'. */
  types: string;
}

export function typesOf(route: CheckedRoute): string {
  if (route.direction === 'in') return typeof route.type === 'string' ? 'any' : `=${route.type}`;
  if (route.direction !== 'out') return 'any';
  const { type, flags } = route.selection;
  if (type === 0) return 'any';
  if (flags !== 0) return `!${type}`;
  return type < 0 ? `<${-type}` : `=${type}`;
}

/** Whether the types sent and the types taken overlap. */
export function typesMeet(sent: string, taken: string): boolean {
  if (sent === 'any' || taken === 'any') return true;
  const type = BigInt(sent.slice(1));
  const wanted = BigInt(taken.slice(1));
  switch (taken[0]) {
    case '=':
      return type === wanted;
    case '!':
      return type !== wanted;
    default:
      return type <= wanted;
  }
}

/** Finds two routes that form a loop; undefined when there are none. */
export function findLoop(ours: readonly RouteEnds[], all: readonly RouteEnds[]): [RouteEnds, RouteEnds] | undefined {
  for (const one of ours) {
    for (const other of all) {
      if (one.queue === other.queue && makeLoop(one, other)) return [one, other];
    }
  }
  return undefined;
}

function makeLoop(one: RouteEnds, other: RouteEnds): boolean {
  const directions = [one.direction, other.direction].sort().join(' ');
  if (directions === 'ask serve') return true;
  if (directions !== 'in out') return false;
  const [into, from] = one.direction === 'in' ? [one, other] : [other, one];
  return typesMeet(into.types, from.types);
}

/** The queue's label in a file name. */
export function labelOf({ id, key }: CheckedQueue): string {
  return id === undefined ? `0x${(key >>> 0).toString(16).padStart(8, '0')}` : `id${id}`;
}
