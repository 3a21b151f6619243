import { iso } from './format';
import { t } from './i18n';
import type { Cluster, Gate, IdRule, Strategy } from './types';

/** Text of ids and intervals as people type them: 1, 2, 600-700. */
export function ruleText(rule: IdRule): string {
  return [...(rule.ids ?? []), ...(rule.intervals ?? []).map(([from, to]) => `${from}-${to}`)].join(', ');
}

/** What was typed as a rule; a text says what is wrong with it. */
export function parseRule(all: boolean, idsText: string, percent: string, lists: IdRule['idLists'] = []): IdRule | string {
  const rule: IdRule = { all, ids: [], intervals: [] };
  for (const word of idsText.split(/[,;\s]+/).filter(Boolean)) {
    const interval = /^(-?\d+)-(-?\d+)$/.exec(word);
    if (interval) {
      if (BigInt(interval[1]!) > BigInt(interval[2]!)) return t('{word} ends before it begins', word);
      rule.intervals.push([interval[1]!, interval[2]!]);
    } else {
      rule.ids.push(word);
    }
  }
  if (percent.trim()) {
    if (!/^\d{1,3}(\.\d{1,2})?$/.test(percent.trim()) || Number(percent) > 100) return t('percent is from 0 to 100 with at most two decimals');
    rule.percent = Number(percent);
  }
  if (lists.length) rule.idLists = lists;
  return rule;
}

/** Ids one by one, of ids and intervals as people type them; of an interval no more than a million. */
export function idsOf(typed: string): string[] {
  return typed
    .split(/[,;\s]+/)
    .filter(Boolean)
    .flatMap((word) => {
      const interval = /^(-?\d{1,15})-(-?\d{1,15})$/.exec(word);
      if (!interval) return [word];
      const first = Number(interval[1]);
      return Array.from({ length: Math.max(0, Math.min(1_000_000, Number(interval[2]) - first + 1)) }, (_, index) => String(first + index));
    });
}

/** What would be wrong with the traffic, before anything is sent; the service checks it all again. */
export function faults(strategies: Record<string, Strategy>, clusters: Record<string, Cluster>): string[] {
  const found: string[] = [];
  const serving = Object.entries(strategies).filter(([, one]) => one.status === 'GREEN' && one.id.all);
  if (!serving.length) found.push(t('No GREEN cluster takes everybody: requests that no rule names get 503.'));
  for (const [name, one] of Object.entries(strategies)) {
    const healthy = clusters[name]?.observed?.services.reduce((sum, s) => sum + s.healthy, 0) ?? 0;
    if (one.status !== 'RED' && healthy === 0) found.push(t('Cluster {name} has no healthy instance.', name));
  }
  return found;
}

export interface StageDraft {
  id: number;
  name: string;
  ids: string;
  percent: string;
  approvals: string;
  bake: string;
  metric: '' | 'ERRORS' | 'LATENCY';
  requests: string;
  deadline: string;
  onFail: '' | 'ROLL_BACK' | 'PAUSE';
}

/** A stage as the form begins with it. */
export const draft = (id: number, part: Partial<StageDraft> = {}): StageDraft => ({
  id,
  name: `stage-${id}`,
  ids: '',
  percent: '',
  approvals: '',
  bake: '',
  metric: '',
  requests: '',
  deadline: '',
  onFail: '',
  ...part,
});

export interface StageBody {
  name: string;
  rule: IdRule;
  gates: Partial<Gate>[];
  deadline?: string;
  onFail?: string;
}

/** A stage as it is sent, or what is wrong with it. */
export function stageBody(one: StageDraft): StageBody | string {
  if (!/^[a-z0-9-]+$/.test(one.name)) return t('stage {name}: a name has lower-case letters, digits and dashes', one.name || '?');
  const rule = parseRule(false, one.ids, one.percent);
  if (typeof rule === 'string') return `${one.name}: ${rule}`;
  const gates: Partial<Gate>[] = [];
  if (one.approvals) {
    const n = Number(one.approvals);
    if (!Number.isInteger(n) || n < 1 || n > 10) return t('stage {name}: 1 to 10 approvals', one.name);
    gates.push({ type: 'approval', name: 'approval', approvals: n } as Partial<Gate>);
  }
  if (one.bake) {
    const time = iso(one.bake);
    if (!time) return t('stage {name}: {text} is no time such as 90s, 10m or 2h', one.name, one.bake);
    gates.push({ type: 'bake', name: 'bake', time } as Partial<Gate>);
  }
  if (one.metric) {
    gates.push({
      type: 'metric',
      name: one.metric.toLowerCase(),
      measure: one.metric,
      ...(one.requests ? { minimumRequests: Number(one.requests) } : {}),
    } as Partial<Gate>);
  }
  const deadline = one.deadline ? iso(one.deadline) : undefined;
  if (one.deadline && !deadline) return t('stage {name}: {text} is no time such as 90s, 10m or 2h', one.name, one.deadline);
  return {
    name: one.name,
    rule,
    gates,
    ...(deadline ? { deadline } : {}),
    ...(one.onFail ? { onFail: one.onFail } : {}),
  };
}
