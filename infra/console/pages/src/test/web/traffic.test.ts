import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percent, perSecond, ratesOf, traffic } from '../../main/web/traffic';

test('rates are told as exactly as they can be read', () => {
  assert.equal(perSecond(118.43), '118/s');
  assert.equal(perSecond(6.24), '6.2/s');
  assert.equal(perSecond(0), '0/s');
  assert.equal(percent(1, 3), '33 %');
  assert.equal(percent(1, 60), '1.7 %');
  assert.equal(percent(0, 60), '0 %');
});

test('what is not known is not told as nothing', () => {
  const rate = { requestsPerSecond: 5, errorsPerSecond: 0, slowest95thSeconds: null };
  const seen = { at: '2026-11-29T10:00:00Z', routers: 1, unread: [], groups: { shop: { A: rate } } };
  traffic.value = null;
  assert.equal(ratesOf('shop'), null);
  traffic.value = { ...seen, seconds: 0, known: true };
  assert.equal(ratesOf('shop'), null);
  traffic.value = { ...seen, seconds: 4, known: false };
  assert.equal(ratesOf('shop'), null);
  traffic.value = { ...seen, seconds: 4, known: true };
  assert.deepEqual(ratesOf('shop'), { A: rate });
  assert.deepEqual(ratesOf('idle'), {});
});
