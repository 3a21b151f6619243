import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { address, get } from './api';
import { t } from './i18n';
import type { Cluster, Rate, Traffic } from './types';

const EVERY = 3_000;

/** What the routers count now, of all groups; null: not known. One reading serves everything on the page. */
export const traffic = signal<Traffic | null>(null);

let users = 0;
let timer = 0;

async function read(): Promise<void> {
  if (!document.hidden) {
    try {
      traffic.value = await get(address('/api/traffic', {}), undefined, true);
    } catch {
      traffic.value = null; // What was true a while ago is not what is live.
    }
  }
  if (users) timer = window.setTimeout(() => void read(), EVERY);
}

/** Keeps the readings coming while a page that shows them is open. */
export function useTraffic(): void {
  useEffect(() => {
    if (users++ === 0) void read();
    return () => {
      if (--users === 0) window.clearTimeout(timer);
    };
  }, []);
}

/** Rates by cluster; null: not known yet. */
export function ratesOf(groupId: string): Record<string, Rate> | null {
  const now = traffic.value;
  return now && now.seconds > 0 && now.known ? (now.groups[groupId] ?? {}) : null;
}

export const perSecond = (rate: number): string => `${rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10}/s`;

export const percent = (part: number, all: number): string => {
  const share = (100 * part) / all;
  return `${share === 0 || share >= 10 ? Math.round(share) : Math.round(share * 10) / 10} %`;
};

/** How the requests of a group are shared between its clusters at this moment. */
export function LiveShare({ groupId, clusters, bar }: { groupId: string; clusters: Record<string, Cluster>; bar?: boolean }) {
  const rates = ratesOf(groupId);
  if (!rates) return null;
  const all = Object.values(rates).reduce((sum, one) => sum + one.requestsPerSecond, 0);
  if (!all) return <small class="live-share">{t('no requests now')}</small>;
  // YELLOW first, as rules are shown.
  const rank = (name: string): number => (clusters[name]?.status === 'YELLOW' ? 0 : 1);
  const names = [...new Set([...Object.keys(clusters), ...Object.keys(rates)])].filter((name) => rates[name]?.requestsPerSecond).sort((a, b) => rank(a) - rank(b));
  return (
    <small class="live-share">
      {bar && (
        <span class="bar" aria-hidden="true">
          {names.map((name) => (
            <span key={name} class={`part ${(clusters[name]?.status ?? 'RED').toLowerCase()}`} style={{ width: `${(100 * rates[name]!.requestsPerSecond) / all}%` }} />
          ))}
        </span>
      )}
      {names.map((name) => (
        <span key={name} class="num">
          {name} {percent(rates[name]!.requestsPerSecond, all)} · {perSecond(rates[name]!.requestsPerSecond)}{' '}
          {rates[name]!.errorsPerSecond > 0 && <b>{t('{n} errors', percent(rates[name]!.errorsPerSecond, rates[name]!.requestsPerSecond))}</b>}{' '}
        </span>
      ))}
    </small>
  );
}
