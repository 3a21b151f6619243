import { t, language } from './i18n';
import type { Artifact, IdRule, Manifest } from './types';

/** ISO-8601 duration in seconds; NaN when it is none. */
export function seconds(iso: string | undefined): number {
  if (!iso) return NaN;
  const match = /^(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(iso);
  if (!match) return NaN;
  const [, sign, d, h, m, s] = match;
  const total = Number(d ?? 0) * 86400 + Number(h ?? 0) * 3600 + Number(m ?? 0) * 60 + Number(s ?? 0);
  return sign ? -total : total;
}

/** What a person types for a duration (90s, 10m, 2h, 1d) as ISO-8601; undefined when it is none. */
export function iso(typed: string): string | undefined {
  const text = typed.trim();
  if (/^P/i.test(text)) return Number.isNaN(seconds(text.toUpperCase())) ? undefined : text.toUpperCase();
  const match = /^(\d+)\s*(s|m|h|d)$/i.exec(text);
  if (!match) return undefined;
  const unit = match[2]!.toUpperCase();
  return unit === 'D' ? `P${match[1]}D` : `PT${match[1]}${unit}`;
}

export function duration(secs: number): string {
  if (!Number.isFinite(secs)) return '–';
  const s = Math.max(0, secs);
  if (s < 10) return `${Math.round(s * 10) / 10} s`;
  if (s < 60) return `${Math.round(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`.replace(/ 0 s$/, '');
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`.replace(/ 0 min$/, '');
  return `${Math.floor(s / 86400)} d ${Math.round((s % 86400) / 3600)} h`.replace(/ 0 h$/, '');
}

export const durationOf = (isoText: string | undefined): string => duration(seconds(isoText));

/** Time of day; with the date when it is not today. */
export function moment(instant: string | number | undefined, now = Date.now()): string {
  if (instant === undefined) return '–';
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return '–';
  const sameDay = at.toDateString() === new Date(now).toDateString();
  const two = (n: number): string => String(n).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return sameDay ? time : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

export const number = (n: number): string => n.toLocaleString(language.value === 'zh' ? 'zh-CN' : 'en-GB');

const interval = (one: [string, string]): string => (one[0] === one[1] ? one[0] : `${one[0]}–${one[1]}`);

/** Who a rule names, in words. */
export function whom(rule: IdRule): string {
  if (rule.all) return t('everybody');
  const parts: string[] = [];
  if (rule.percent !== undefined && Number(rule.percent) > 0) parts.push(`${Number(rule.percent)} %`);
  if (rule.counted?.ids) parts.push(t('{n} ids', number(rule.counted.ids)));
  if (rule.counted?.intervals) parts.push(t('{n} intervals', number(rule.counted.intervals)));
  if (rule.ids?.length) {
    parts.push(rule.ids.length <= 3 ? t('ids {list}', rule.ids.join(', ')) : t('{n} ids', number(rule.ids.length)));
  }
  if (rule.intervals?.length) {
    parts.push(rule.intervals.length <= 2 ? rule.intervals.map(interval).join(', ') : t('{n} intervals', number(rule.intervals.length)));
  }
  for (const list of rule.idLists ?? []) {
    parts.push(isIntervals(list.kind) ? t('a list of {n} intervals', number(list.count)) : t('a list of {n} ids', number(list.count)));
  }
  return parts.length ? parts.join(', ') : t('nobody');
}

export const isIntervals = (kind: string | undefined): boolean => (kind ?? '').toUpperCase() === 'INTERVALS';

/** How many users a rule reaches at the most, as far as that can be said without knowing all users. */
export function reach(rule: IdRule): string {
  if (rule.all) return t('every user');
  let most = BigInt(rule.ids?.length ?? 0);
  let known = true;
  for (const [from, to] of rule.intervals ?? []) most += BigInt(to) - BigInt(from) + 1n;
  for (const list of rule.idLists ?? []) {
    if (isIntervals(list.kind)) known = false;
    else most += BigInt(list.count);
  }
  const percent = Number(rule.percent ?? 0);
  const parts: string[] = [];
  if (percent > 0) parts.push(t('{n} % of all users with an id', percent));
  if (most > 0n) parts.push(t('at most {n} users by their ids', Number(most).toLocaleString()));
  if (!known) parts.push(t('the users of a list of intervals'));
  return parts.length ? parts.join(' + ') : t('no user');
}

/** Name of an artifact for people: the file or the image, and the beginning of its hash. */
export function artifact(one: Artifact): string {
  const hash = (one.type === 'file' ? one.sha256 : one.digest.replace('sha256:', '')).slice(0, 10);
  const name = one.type === 'file' ? one.uri.split('/').pop()! : one.repository;
  return hash ? `${name} · ${hash}` : name;
}

export const release = (manifest: Manifest | undefined): string => manifest?.version ?? '–';

export const counts = (instances: Record<string, number> | undefined): string =>
  Object.entries(instances ?? {})
    .map(([service, n]) => `${n} × ${service}`)
    .join(', ') || '–';

/** A word of a shell, quoted where it needs it. */
export function shell(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
}

export function commandLine(words: string[]): string {
  return words.map(shell).join(' ');
}

/** The request as a line of curl; the token comes from a variable, it is never shown. */
export function curl(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): string {
  const origin = typeof location === 'undefined' ? '' : location.origin;
  const parts = ['curl', ...(method === 'GET' ? [] : ['-X', method]), shell(origin + path), '-H', '"Authorization: Bearer $TOKEN"'];
  for (const [name, value] of Object.entries(headers)) parts.push('-H', shell(`${name}: ${value}`));
  if (body !== undefined) {
    parts.push('-H', shell('Content-Type: application/json'), '-d', shell(JSON.stringify(body)));
  }
  return parts.join(' ');
}

/** Short names for long generated ids. */
export const short = (id: string): string => (/^(up|rp)-/.test(id) && id.length > 15 ? `${id.slice(0, 11)}…` : id);

/** An instant as people type it, by the clock of this machine; what is none is passed on, so that the service says so. */
export function instant(typed: string): string {
  if (!typed.trim()) return '';
  const at = new Date(typed);
  return Number.isNaN(at.getTime()) ? typed : at.toISOString();
}

/** A metric gate tells all of its evidence in one line; in full it is shown with the upgrade. */
export const brief = (text: string): string => (text.length > 140 ? `${text.slice(0, 140)}…` : text);

/** Bytes for people. */
export const size = (bytes: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let n = bytes;
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  return `${n >= 100 ? Math.round(n) : Math.round(n * 10) / 10} ${units[unit]}`;
};
