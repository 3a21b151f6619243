import type { IdRule, RouteTable } from './types';

/**
 * The decision of the routers, as common/routing has it, checked by the same vectors: where requests of an id go, and
 * why.
 */

export type Reason =
  | 'ALL'
  | 'WHITELIST_ID'
  | 'WHITELIST_INTERVAL'
  | 'PERCENT'
  | 'FALLBACK'
  | 'NO_HEALTHY_CLUSTER';

export interface Decision {
  cluster?: string;
  status?: 'YELLOW' | 'GREEN';
  reason: Reason;
}

/** Numbers of a list, ascending; of intervals: from, to, from, to. */
export type Lists = (sha256: string) => BigInt64Array;

export type Healthy = (cluster: string, service: string) => number;

const BUCKETS = 10_000;
const utf8 = new TextEncoder();

/** MurmurHash3, x86, 32 bits, seed 0. */
export function murmur3(bytes: Uint8Array): number {
  let h = 0;
  const scramble = (k: number): number => {
    const mixed = Math.imul(k, 0xcc9e2d51);
    return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  };
  const end = bytes.length & ~3;
  for (let i = 0; i < end; i += 4) {
    h ^= scramble(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= end; i--) tail = (tail << 8) | bytes[i]!;
  h ^= scramble(tail);
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export interface RequestId {
  text: string;
  number?: bigint;
}

/** An id as a client sends it; undefined: the request has none. */
export function requestId(raw: string | null | undefined): RequestId | undefined {
  // Characters up to U+0020 are cut off at both ends, and no others.
  const text = (raw ?? '').replace(/^[\u0000-\u0020]+|[\u0000-\u0020]+$/g, '');
  if (!text || text.length > 256 || utf8.encode(text).length > 256) return undefined;
  return /^(0|-?[1-9]\d{0,18})$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
    ? { text, number: BigInt(text) }
    : { text };
}

function contains(list: BigInt64Array, wanted: bigint): boolean {
  let low = 0;
  let high = list.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = list[middle]!;
    if (found === wanted) return true;
    if (found < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

function within(list: BigInt64Array, wanted: bigint): boolean {
  let low = 0;
  let high = list.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (wanted < list[2 * middle]!) high = middle - 1;
    else if (wanted > list[2 * middle + 1]!) low = middle + 1;
    else return true;
  }
  return false;
}

const isIntervals = (kind: string | undefined): boolean => (kind ?? '').toUpperCase() === 'INTERVALS';

function match(rule: IdRule, id: RequestId | undefined, bucket: () => number, lists: Lists): Reason | null {
  if (rule.all) return 'ALL';
  if (!id) return null;
  if (rule.ids?.includes(id.text)) return 'WHITELIST_ID';
  const n = id.number;
  if (n !== undefined) {
    const all = rule.idLists ?? [];
    if (all.some((list) => !isIntervals(list.kind) && contains(lists(list.sha256), n))) return 'WHITELIST_ID';
    if (rule.intervals?.some(([from, to]) => n >= BigInt(from) && n <= BigInt(to))) return 'WHITELIST_INTERVAL';
    if (all.some((list) => isIntervals(list.kind) && within(lists(list.sha256), n))) return 'WHITELIST_INTERVAL';
  }
  const buckets = Math.round(Number(rule.percent ?? 0) * 100);
  return buckets > 0 && bucket() < buckets ? 'PERCENT' : null;
}

/** entropy: any int64; it decides where no id does. */
export function decide(
  table: RouteTable,
  id: RequestId | undefined,
  service: string,
  healthy: Healthy,
  entropy: bigint,
  lists: Lists,
): Decision {
  const bucket = (): number => murmur3(utf8.encode(`${table.group}:${id!.text}`)) % BUCKETS;
  let asked = false;
  for (const colour of ['YELLOW', 'GREEN'] as const) {
    const usable: { name: string; weight: number; reason: Reason }[] = [];
    for (const name of Object.keys(table.clusters).sort()) {
      const strategy = table.clusters[name]!;
      if (strategy.status !== colour) continue;
      const reason = match(strategy.id, id, bucket, lists);
      if (!reason) continue;
      if (colour === 'YELLOW') asked = true;
      const weight = healthy(name, service);
      if (weight > 0) usable.push({ name, weight, reason });
    }
    if (usable.length) {
      const winner = usable.length === 1 ? usable[0]! : choose(table, usable, id, entropy);
      return { cluster: winner.name, status: colour, reason: colour === 'GREEN' && asked ? 'FALLBACK' : winner.reason };
    }
  }
  return { reason: 'NO_HEALTHY_CLUSTER' };
}

function choose<T extends { name: string; weight: number }>(
  table: RouteTable,
  usable: T[],
  id: RequestId | undefined,
  entropy: bigint,
): T {
  if (id && table.affinity === 'ID') {
    let winner = usable[0]!;
    let highest = -1;
    for (const candidate of usable) {
      for (let i = 0; i < candidate.weight; i++) {
        const ticket = murmur3(utf8.encode(`${candidate.name}:${i}:${id.text}`));
        if (ticket > highest) {
          highest = ticket;
          winner = candidate;
        }
      }
    }
    return winner;
  }
  const total = usable.reduce((sum, one) => sum + one.weight, 0);
  let point = Number(BigInt.asUintN(64, entropy) % BigInt(total));
  return usable.find((one) => (point -= one.weight) < 0)!;
}

/** The content of a list as it is served: little-endian int64. */
export function numbers(octets: ArrayBuffer): BigInt64Array {
  const view = new DataView(octets);
  const list = new BigInt64Array(octets.byteLength / 8);
  for (let i = 0; i < list.length; i++) list[i] = view.getBigInt64(8 * i, true);
  return list;
}

/** Users that go from one cluster to another, or stay; an empty name: nowhere. */
export interface Move {
  from: string;
  to: string;
  count: number;
  examples: string[];
}

/** Where some ids go by one table and by another. */
export function moves(now: RouteTable, then: RouteTable, ids: string[], service: string, healthy: Healthy, lists: Lists): Move[] {
  const found = new Map<string, Move>();
  for (const raw of ids) {
    const id = requestId(raw);
    const from = decide(now, id, service, healthy, 0n, lists).cluster ?? '';
    const to = decide(then, id, service, healthy, 0n, lists).cluster ?? '';
    const key = `${from} ${to}`;
    let move = found.get(key);
    if (!move) found.set(key, (move = { from, to, count: 0, examples: [] }));
    move.count++;
    if (move.examples.length < 3) move.examples.push(raw);
  }
  return [...found.values()].sort((a, b) => (a.from === a.to ? 1 : 0) - (b.from === b.to ? 1 : 0) || b.count - a.count);
}
