import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draft, faults, idsOf, parseRule, ruleText, stageBody } from '../../main/web/rules';
import type { Cluster, Strategy } from '../../main/web/types';

test('ids and intervals are read as people type them', () => {
  const rule = parseRule(false, '1, 2;alice  600-700 -5--3', '2.5');
  assert.deepEqual(rule, { all: false, ids: ['1', '2', 'alice'], intervals: [['600', '700'], ['-5', '-3']], percent: 2.5 });
  assert.equal(ruleText(rule as Exclude<typeof rule, string>), '1, 2, alice, 600-700, -5--3');
  assert.equal(typeof parseRule(false, '9-1', ''), 'string');
  assert.equal(typeof parseRule(false, '', '100.01'), 'string');
  assert.equal(typeof parseRule(false, '', '1.234'), 'string');
});

test('a stage is sent with its gates, or says what is wrong', () => {
  assert.deepEqual(stageBody(draft(1, { name: 'some', percent: '5', approvals: '2', bake: '10m', metric: 'ERRORS', deadline: '1h', onFail: 'PAUSE' })), {
    name: 'some',
    rule: { all: false, ids: [], intervals: [], percent: 5 },
    gates: [
      { type: 'approval', name: 'approval', approvals: 2 },
      { type: 'bake', name: 'bake', time: 'PT10M' },
      { type: 'metric', name: 'errors', measure: 'ERRORS' },
    ],
    deadline: 'PT1H',
    onFail: 'PAUSE',
  });
  for (const wrong of [{ name: 'Some' }, { bake: 'long' }, { approvals: '11' }, { percent: 'x' }, { deadline: '1y' }]) {
    assert.equal(typeof stageBody(draft(1, { name: 'some', ...wrong })), 'string', JSON.stringify(wrong));
  }
});

test('a strategy that would leave requests without a target is warned of', () => {
  const everybody: Strategy = { status: 'GREEN', id: { all: true, ids: [], intervals: [] } };
  const red: Strategy = { status: 'RED', id: { all: false, ids: [], intervals: [] } };
  const healthy = { observed: { services: [{ healthy: 2 }] } } as unknown as Cluster;
  assert.deepEqual(faults({ A: everybody, B: red }, { A: healthy, B: healthy }), []);
  assert.equal(faults({ A: red, B: red }, { A: healthy, B: healthy }).length, 1);
  assert.equal(faults({ A: everybody }, {}).length, 1);
});

test('ids to try out are taken one by one', () => {
  assert.deepEqual(idsOf('3-5, anna;-2--1 7'), ['3', '4', '5', 'anna', '-2', '-1', '7']);
  assert.deepEqual(idsOf(' '), []);
  assert.equal(idsOf('1-9999999999').length, 1_000_000);
});
