import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curl, duration, iso, moment, reach, seconds, shell, short, whom } from '../../main/web/format';

const rule = (part: object) => ({ all: false, ids: [], intervals: [], ...part });

test('durations are read and written', () => {
  assert.equal(seconds('PT1H2M3.5S'), 3723.5);
  assert.equal(seconds('P1DT1S'), 86401);
  assert.ok(Number.isNaN(seconds('1h')));
  assert.equal(duration(3723), '1 h 2 min');
  assert.equal(duration(59.9), '60 s');
  assert.equal(duration(0.26), '0.3 s');
  assert.equal(iso('90s'), 'PT90S');
  assert.equal(iso(' 2h'), 'PT2H');
  assert.equal(iso('3d'), 'P3D');
  assert.equal(iso('pt5m'), 'PT5M');
  assert.equal(iso('soon'), undefined);
});

test('a time of another day is told with its date', () => {
  const now = new Date(2026, 4, 3, 10, 0, 0).getTime();
  assert.equal(moment(new Date(2026, 4, 3, 9, 5, 7).toISOString(), now), '09:05:07');
  assert.equal(moment(new Date(2026, 4, 2, 9, 5, 7).toISOString(), now), '2026-05-02 09:05:07');
  assert.equal(moment('never'), '–');
});

test('rules are told in words', () => {
  assert.equal(whom(rule({ all: true })), 'everybody');
  assert.equal(whom(rule({})), 'nobody');
  assert.equal(whom(rule({ percent: '5.00', ids: ['1', '2'], intervals: [['600', '700']] })), '5 %, ids 1, 2, 600–700');
  assert.equal(whom(rule({ idLists: [{ sha256: 'a', count: 7, kind: 'INTERVALS' }] })), 'a list of 7 intervals');
});

test('the reach of a rule counts ids beyond what a double holds', () => {
  assert.equal(reach(rule({ ids: ['1'], intervals: [['600', '700']] })), 'at most 102 users by their ids');
  assert.match(reach(rule({ intervals: [['-9223372036854775808', '9223372036854775807']] })), /^at most 18,446,744,073,709,55/);
  assert.equal(reach(rule({ percent: 5 })), '5 % of all users with an id');
});

test('words of a shell are quoted where they need it', () => {
  assert.equal(shell('shop'), 'shop');
  assert.equal(shell(`it's $HOME`), `'it'\\''s $HOME'`);
  assert.equal(
    curl('POST', '/api/x', { reason: `it's` }),
    `curl -X POST /api/x -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"reason":"it'\\''s"}'`,
  );
  assert.equal(short('up-8a303aa8-408d-4e28-b996-65e0773e801b'), 'up-8a303aa8…');
});
