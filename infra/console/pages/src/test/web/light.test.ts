import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whom } from '../../main/web/format';
import { whole } from '../../main/web/light';
import type { Group, LightGroup } from '../../main/web/types';

const light: LightGroup = {
  groupId: 'shop',
  application: 'shop',
  environment: 'demo',
  version: 20,
  tableVersion: 4,
  status: 'PAUSED',
  health: 'DEGRADED',
  clusters: {
    A: { status: 'GREEN', release: '1.0.0', takes: { all: true, ids: 0, intervals: 0 }, health: 'DEGRADED', desired: { web: 3 }, healthy: { web: 2 }, scaling: false },
    B: { status: 'YELLOW', release: '2.0.0', takes: { all: false, ids: 1000, intervals: 2, percent: 5 }, health: 'UNKNOWN', desired: { web: 1 }, scaling: false },
  },
  upgrade: { upgradeId: 'up-1', mode: 'GRAYSCALE', from: 'A', to: 'B', version: '2.0.0', step: 5, steps: 11, title: 'pass stage some', startedAt: '2026-01-01T00:00:00Z', requestedBy: 'olivia' },
};

test('a row of a list is told as a group', () => {
  const group = whole(light);
  assert.equal(group.light, true);
  assert.equal(group.upgrade?.paused, true);
  assert.equal(group.clusters['A']!.observed!.services[0]!.healthy, 2);
  assert.equal(group.clusters['B']!.observed, undefined);
  assert.equal(whom(group.clusters['B']!.id), '5 %, 1,000 ids, 2 intervals');
});

test('a full view stays as it is', () => {
  const full = { groupId: 'shop', clusters: { A: { status: 'RED', id: { all: false, ids: [], intervals: [] } } } } as unknown as Group;
  assert.ok(whole(full) === full);
});
