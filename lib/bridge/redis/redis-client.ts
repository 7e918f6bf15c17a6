/** The package ioredis, loaded when a connection is made, and the words of Redis. */

import { lazy } from '../../core/lazy';
import { loadPeer } from '../errors';
import type { RedisPackage } from './redis-types';

export const ioredis = lazy(() => loadPeer<RedisPackage>(() => require('ioredis'), 'ioredis', 'ioredis@^6'));

/** Fields of an entry. */
export const Field = {
  data: 'data',
  type: 'Sysvmq-Type',
  origin: 'Sysvmq-Origin',
} as const;

/** The first word of an error that Redis answers, such as WRONGTYPE. */
export function errorWord(error: unknown): string {
  return /^[A-Z]+/.exec((error as Error | null)?.message ?? '')?.[0] ?? '';
}

/** The values of INFO, by name. */
export function parseInfo(text: string): Map<string, string> {
  const pairs = text.matchAll(/^([a-z0-9_]+):(.*?)\r?$/gm);
  return new Map([...pairs].map(([, name, value]) => [name as string, value as string]));
}

/** A reply that is names and values in turn. */
export function pairsOf(reply: unknown): Map<string, unknown> {
  const list = reply as unknown[];
  const pairs = new Map<string, unknown>();
  for (let index = 0; index + 1 < list.length; index += 2) pairs.set(String(list[index]), list[index + 1]);
  return pairs;
}
