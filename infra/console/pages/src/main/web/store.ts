import { batch, signal, type Signal } from '@preact/signals';
import { address, get, Problem, session } from './api';
import type { Reads } from './openapi';
import { follow } from './sse';
import { whole } from './light';
import type { Group } from './types';

/** Every group by its id; a row listens to its own signal, so one event patches one row. */
const rows = new Map<string, Signal<Group | undefined>>();

/** Ids of the groups there are, in order. */
export const ids = signal<string[]>([]);

export type Loading = { state: 'loading' | 'more' | 'ready' } | { state: 'failed'; problem: Problem };
export const loading = signal<Loading>({ state: 'loading' });

/** live: told of every change; polling: asked for anew every few seconds; stale: neither, since then. */
export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'polling' }
  | { state: 'stale'; since: number };
export const connection = signal<Connection>({ state: 'connecting' });

/** Counts the changes of each group that this page has been told of. */
const changes = new Map<string, Signal<number>>();

export function row(groupId: string): Signal<Group | undefined> {
  let found = rows.get(groupId);
  if (!found) rows.set(groupId, (found = signal(undefined)));
  return found;
}

export function changed(groupId: string): Signal<number> {
  let found = changes.get(groupId);
  if (!found) changes.set(groupId, (found = signal(0)));
  return found;
}

function put(group: Group): void {
  const one = row(group.groupId);
  const known = one.peek();
  // An answer that was overtaken by a newer one is dropped; of the same version the later look counts, if it says as much.
  if (!known || known.version < group.version || (known.version === group.version && (!group.light || known.light))) {
    one.value = group;
  }
}

function insert(found: string[]): void {
  const known = new Set(ids.peek());
  const added = found.filter((id) => !known.has(id));
  if (added.length) ids.value = [...ids.peek(), ...added].sort();
}

let reading: Promise<void> | null = null;

/** Reads all groups, page by page; what is known stays on the screen meanwhile. */
export function load(): Promise<void> {
  reading ??= loadAll().finally(() => (reading = null));
  return reading;
}

async function loadAll(): Promise<void> {
  if (loading.peek().state === 'failed') loading.value = { state: 'loading' };
  const seen = new Set<string>();
  try {
    let after: string | null = null;
    let limit = 100; // the first screen comes first
    do {
      const page: Reads['/api/groups'] = await get(
        address('/api/groups', {}, { fields: 'light', after, limit }),
        undefined,
        connection.peek().state === 'polling',
      );
      batch(() => {
        page.groups.forEach((group) => {
          seen.add(group.groupId);
          put(whole(group));
          // What an upgrade waits for is not in the list.
          if (group.upgrade) refresh(group.groupId, 100 + Math.random() * Math.min(5_000, 10 * ids.peek().length));
        });
        insert(page.groups.map((group) => group.groupId));
        if (loading.peek().state !== 'ready') loading.value = { state: page.next ? 'more' : 'ready' };
      });
      after = page.next;
      limit = 500;
    } while (after);
    if (ids.peek().some((id) => !seen.has(id))) ids.value = ids.peek().filter((id) => seen.has(id));
    loading.value = { state: 'ready' };
  } catch (problem) {
    if (!ids.peek().length && problem instanceof Problem) loading.value = { state: 'failed', problem };
  }
}

const due = new Map<string, number>();

/** Reads a group again soon: many events at once are one look. */
export function refresh(groupId: string, delay = 120): void {
  if (due.has(groupId)) return;
  due.set(
    groupId,
    window.setTimeout(() => {
      due.delete(groupId);
      void look(groupId, true);
    }, delay),
  );
}

export async function look(groupId: string, isBackground = false): Promise<Problem | null> {
  try {
    const group = (await get(address('/api/groups/{groupId}', { groupId }), undefined, isBackground)) as Group;
    batch(() => {
      put(group);
      insert([groupId]);
    });
    return null;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 404) {
      ids.value = ids.peek().filter((id) => id !== groupId);
      row(groupId).value = undefined;
    }
    return problem;
  }
}

interface Told {
  groupId: string;
  version: number;
}

/** How long a page may be hidden before it gives its connection back. */
const UNSEEN = 30_000;

let position = '';
let stopped: AbortController | null = null;

/** Follows the stream for ever; what comes in reads one group anew. */
export function live(): void {
  let wait = 500;
  let isAway = false;
  let again = 0;
  let isKnown = false;
  // The list is read after the stream has begun, so that nothing falls between the two; or without it, after a moment.
  const read = (): void => {
    if (isKnown) return;
    isKnown = true;
    void load();
  };
  window.setTimeout(read, 1_500);
  const begin = (): void => {
    window.clearTimeout(again);
    const abort = (stopped = new AbortController());
    let isOpen = false;
    void follow(
      '/api/stream',
      position,
      {
        open() {
          isOpen = true;
          wait = 500;
          connection.value = { state: 'live' };
        },
        event(event) {
          let told: Told & { reset?: boolean };
          try {
            told = JSON.parse(event.data) as Told;
          } catch {
            return;
          }
          if (event.event === 'hello') {
            // What happened while nobody listened follows from the last position on, unless the store knows it no more.
            if (!isKnown) read();
            else if (told.reset || !position) void load();
          }
          if (event.event !== 'group') return;
          changed(told.groupId).value++;
          const known = row(told.groupId).peek();
          if (!known || known.version < told.version || known.version === undefined) refresh(told.groupId);
        },
        position(id) {
          position = id;
        },
        lost(status) {
          if (abort !== stopped || isAway) return;
          if (status === 401) session.value = null;
          read();
          if (status === 404 || status === 405 || status === 406) {
            poll();
            return;
          }
          if (status === 400 || status === 410) {
            // The position is not known any more: begin with what is there.
            position = '';
            void load();
          }
          if (connection.peek().state !== 'stale') connection.value = { state: 'stale', since: Date.now() };
          again = window.setTimeout(begin, isOpen ? 250 : wait);
          wait = Math.min(wait * 2, 10_000);
        },
      },
      abort,
    );
  };
  window.addEventListener('offline', () => stopped?.abort());
  // A browser has few connections to one origin for all its tabs: a page that nobody sees gives its own back, and goes
  // on where it was when somebody looks again.
  let leaving = 0;
  const leave = (): void => {
    isAway = true;
    window.clearTimeout(again);
    stopped?.abort();
  };
  const come = (): void => {
    window.clearTimeout(leaving);
    if (!isAway) return;
    isAway = false;
    begin();
  };
  window.addEventListener('pagehide', leave);
  window.addEventListener('pageshow', come);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) leaving = window.setTimeout(leave, UNSEEN);
    else come();
  });
  begin();
}

/** Without a stream the groups are asked for every few seconds. */
function poll(): void {
  const ask = async (): Promise<void> => {
    try {
      await get(address('/api/groups', {}, { limit: 1 }), undefined, true);
      connection.value = { state: 'polling' };
      await load();
      changes.forEach((counter) => counter.value++);
    } catch {
      if (connection.peek().state !== 'stale') connection.value = { state: 'stale', since: Date.now() };
    }
    window.setTimeout(() => void ask(), 3_000);
  };
  void ask();
}

/** Whether the group waits for a person: for an approval, or because somebody or a deadline paused it. */
export function waitsForPerson(group: Group): boolean {
  const upgrade = group.upgrade;
  if (!upgrade) return false;
  return upgrade.paused || Object.entries(upgrade.missing ?? {}).some(([name, text]) => /approv/i.test(name + text));
}

/** What is wrong with a group, in words of the services; empty: nothing is known to be. */
export function troubles(group: Group): string[] {
  const found: string[] = [];
  if (group.ahead) found.push(`ahead: ${Object.values(group.ahead.evidence)[0] ?? ''}`);
  if (group.recovery) found.push('a new epoch waits for its clusters');
  for (const [name, cluster] of Object.entries(group.clusters)) {
    if (cluster.observed?.failure) found.push(`${name}: ${cluster.observed.failure}`);
    if (cluster.status === 'RED') continue;
    for (const service of cluster.observed?.services ?? []) {
      if (service.healthy < service.desired) {
        found.push(`${name}: ${service.healthy}/${service.desired} ${service.service}`);
      }
    }
  }
  return found;
}
