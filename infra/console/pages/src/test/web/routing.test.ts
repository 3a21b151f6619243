import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decide, moves, murmur3, requestId } from '../../main/web/routing';
import type { RouteTable } from '../../main/web/types';

const vectors = (name: string) =>
  JSON.parse(readFileSync(`${process.cwd()}/../../../common/routing/src/main/resources/io/tricolor/routing/conformance/${name}.json`, 'utf8'));

interface Case {
  name: string;
  service: string;
  id?: string;
  healthy: Record<string, Record<string, number>>;
  entropy: string;
  lane?: string;
  expect: { cluster?: string; status?: string; reason: string };
}

/** Contents by hash, each flat: intervals as from, to, from, to. */
function lists(of: Record<string, (string | string[])[]> = {}): (sha256: string) => BigInt64Array {
  return (sha256) => BigInt64Array.from((of[sha256] ?? []).flat().map(BigInt));
}

for (const file of ['decisions-handpicked', 'decisions-generated', 'decisions-idlists']) {
  test(`decides as the routers do: ${file}`, () => {
    const all = vectors(file) as { lists?: Record<string, (string | string[])[]>; groups: { table: RouteTable; cases: Case[] }[] };
    const contents = lists(all.lists);
    let checked = 0;
    for (const { table, cases } of all.groups) {
      for (const one of cases) {
        if (one.lane !== undefined) continue;
        const decision = decide(
          table,
          requestId(one.id),
          one.service,
          (cluster, service) => one.healthy[cluster]?.[service] ?? 0,
          BigInt(one.entropy),
          contents,
        );
        assert.deepEqual(
          [decision.cluster ?? null, decision.status ?? null, decision.reason],
          [one.expect.cluster ?? null, one.expect.status ?? null, one.expect.reason],
          `${table.group}: ${one.name}`,
        );
        checked++;
      }
    }
    assert.ok(checked > 100, `${checked} cases`);
  });
}

test('hashes as the routers do', () => {
  for (const { text, hash } of (vectors('hashes') as { cases: { text: string; hash: string }[] }).cases) {
    assert.equal(String(murmur3(new TextEncoder().encode(text))), hash, text);
  }
});

test('who would move is told by the decision for each of the ids', () => {
  const rule = (part: object) => ({ all: false, ids: [], intervals: [], ...part });
  const table = (canary: object) =>
    ({
      group: 'shop',
      entries: [],
      clusters: { A: { status: 'GREEN', id: rule({ all: true }) }, B: { status: 'YELLOW', id: rule(canary) } },
    }) as unknown as RouteTable;
  const ids = Array.from({ length: 100 }, (_, n) => String(n + 1));
  const found = moves(table({ ids: ['1', '2'] }), table({ intervals: [['2', '5']] }), ids, 'web', () => 1, () => new BigInt64Array());
  assert.deepEqual(found, [
    { from: 'A', to: 'B', count: 3, examples: ['3', '4', '5'] },
    { from: 'B', to: 'A', count: 1, examples: ['1'] },
    { from: 'A', to: 'A', count: 95, examples: ['6', '7', '8'] },
    { from: 'B', to: 'B', count: 1, examples: ['2'] },
  ]);
});
