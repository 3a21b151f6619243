import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import zh from '../../main/web/zh';

const directory = `${process.cwd()}/src/main/web`;

/** Texts that are shown by their value: names of actions, outcomes, reasons and labels. */
const TABLES = /const (?:TITLE|WHY|LABEL|OUTCOME)\b[^=]*= \{([\s\S]*?)\n\};/g;

function texts(): Set<string> {
  const found = new Set<string>();
  for (const name of readdirSync(directory).filter((file) => /\.tsx?$/.test(file) && file !== 'zh.ts')) {
    const source = readFileSync(`${directory}/${name}`, 'utf8');
    for (const [, text] of source.matchAll(/(?<![\w.])t\(\s*'((?:[^'\\]|\\.)*)'/g)) found.add(text!);
    for (const [, choice] of source.matchAll(/(?<![\w.])t\(([^()'`]*\?[^()]*?)\)/g)) {
      for (const [, text] of choice!.matchAll(/[?:] '((?:[^'\\]|\\.)*)'/g)) found.add(text!);
    }
    for (const [, table] of source.matchAll(TABLES)) {
      for (const [, text] of table!.matchAll(/(?:: |, )'((?:[^'\\]|\\.)*)'/g)) found.add(text!);
    }
  }
  ['good', 'bad', 'wait', 'warn', '…'].forEach((sign) => found.delete(sign));
  return found;
}

test('every text is there in Chinese, with the same arguments', () => {
  const all = texts();
  assert.ok(all.size > 350, `${all.size} texts`);
  assert.deepEqual([...all].filter((text) => !(text in zh)), []);
  for (const text of all) {
    const names = (one: string) => [...one.matchAll(/\{\w+\}/g)].map(String).sort();
    assert.deepEqual(names(zh[text]!), names(text), text);
  }
});

test('no Chinese text is left over', () => {
  const all = texts();
  assert.deepEqual(Object.keys(zh).filter((text) => !all.has(text)), []);
});
