import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventParser, type StreamEvent } from '../../main/web/sse';

test('events are read whole, however they are cut', () => {
  const text = ':hello\n\nid: 7\nevent: group\ndata: {"a":1}\n\nid:8\r\ndata:one\r\ndata: two\r\n\r\n';
  for (let size = 1; size <= text.length; size++) {
    const parser = new EventParser();
    const found: StreamEvent[] = [];
    for (let at = 0; at < text.length; at += size) found.push(...parser.feed(text.slice(at, at + size)));
    assert.deepEqual(found, [
      { id: '7', event: 'group', data: '{"a":1}' },
      { id: '8', event: 'message', data: 'one\ntwo' },
    ], `pieces of ${size}`);
  }
});

test('a position without data counts, and is no event', () => {
  const parser = new EventParser();
  assert.deepEqual(parser.feed('id:4711\n\n'), []);
  assert.equal(parser.id, '4711');
});

test('what is not finished is no event', () => {
  const parser = new EventParser();
  assert.deepEqual(parser.feed('data: half'), []);
  assert.deepEqual(parser.feed('\n'), []);
  assert.equal(parser.feed('\n').length, 1);
});
