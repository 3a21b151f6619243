import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { Rollback } from './actions';
import { address, get, may, Problem } from './api';
import type { Reads } from './openapi';
import { counts, instant, short, whom } from './format';
import { t } from './i18n';
import { GroupFrame } from './group';
import { place, setParameter } from './router';
import { changed } from './store';
import type { Group, GroupPageProps, HistoryEntry } from './types';
import { Button, Chip, Copyable, Empty, Failed, Field, Loading, Moment, Shown, Table, useDialog, useResource } from './ui';

export function HistoryPage({ groupId }: GroupPageProps) {
  return <GroupFrame groupId={groupId}>{(group) => <Body group={group} />}</GroupFrame>;
}

const PAGE = 500;

function Body({ group }: { group: Group }) {
  return (
    <>
      <Timeline group={group} />
      <Past group={group} />
      <Difference group={group} />
      <Moves group={group} />
    </>
  );
}

const FILTERS = ['actor', 'type', 'cluster', 'upgrade', 'from', 'to'] as const;

const LABEL: Record<string, string> = {
  actor: 'Who',
  type: 'Type of event',
  cluster: 'Cluster',
  upgrade: 'Upgrade',
  from: 'From',
  to: 'Until',
};

function Timeline({ group }: { group: Group }) {
  const search = place.value.search;
  const events = useSignal<HistoryEntry[]>([]);
  const isWhole = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const chosen = useSignal<HistoryEntry | null>(null);
  const filter = Object.fromEntries(FILTERS.map((name) => [name, name === 'from' || name === 'to' ? instant(search.get(name) ?? '') : (search.get(name) ?? '')]));
  const text = JSON.stringify(filter);
  const changes = changed(group.groupId).value;
  useEffect(() => {
    events.value = [];
    isWhole.value = false;
    problem.value = null;
    chosen.value = null;
  }, [group.groupId, text]);
  useEffect(() => {
    const abort = new AbortController();
    const read = async (): Promise<void> => {
      try {
        // What is there is never read again: the history only grows.
        let after: number | null = events.peek().at(-1)?.sequence ?? -1;
        do {
          const page: Reads['/api/groups/{groupId}/history'] = await get(address('/api/groups/{groupId}/history', group, { ...filter, after, limit: PAGE }), abort.signal);
          const last = events.peek().at(-1)?.sequence ?? -1;
          events.value = [...events.peek(), ...(page.events as HistoryEntry[]).filter((entry) => entry.sequence > last)];
          after = page.next;
        } while (after !== null && events.peek().length < 5_000);
        isWhole.value = true;
        problem.value = null;
      } catch (failure) {
        if (failure instanceof Problem) problem.value = failure;
        else if (!abort.signal.aborted) throw failure;
      }
    };
    const timer = window.setTimeout(() => void read(), 100);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [group.groupId, text, changes]);
  const shown = [...events.value].reverse();
  return (
    <section class="panel" aria-labelledby="timeline-title">
      <h2 id="timeline-title">
        {t('Who did what, when and why')} <small class="muted">{events.value.length ? t('{n} events', events.value.length) : ''}</small>
      </h2>
      <div class="fields filter">
        {FILTERS.map((name) => (
          <label key={name} class="field">
            <span>{t(LABEL[name]!)}</span>
            <input
              type={name === 'from' || name === 'to' ? 'datetime-local' : 'search'}
              list={name === 'type' ? 'event-types' : undefined}
              value={search.get(name) ?? ''}
              onChange={(event) => setParameter(name, event.currentTarget.value)}
            />
          </label>
        ))}
        <datalist id="event-types">
          {TYPES.map((type) => (
            <option key={type} value={type} />
          ))}
        </datalist>
      </div>
      {problem.value && <Failed problem={problem.value} />}
      {!isWhole.value && !problem.value && !events.value.length && <Loading what={t('the history')} />}
      {isWhole.value && !shown.length && <Empty>{t('No event fits the filter.')}</Empty>}
      {shown.length > 0 && (
        <Table caption={t('History, newest first')} head={['#', t('When'), t('Who'), t('What'), t('Why')]} class="history">
          {shown.map((entry) => (
            <tr key={entry.sequence} class={chosen.value?.sequence === entry.sequence ? 'strong' : undefined}>
              <td class="num">{entry.sequence}</td>
              <td>
                <Moment at={entry.at} />
              </td>
              <td>{entry.actor ?? '–'}</td>
              <th scope="row">
                <button type="button" class="link" aria-expanded={chosen.value?.sequence === entry.sequence} onClick={() => (chosen.value = chosen.value?.sequence === entry.sequence ? null : entry)}>
                  {entry.type.replace('cluster-group.', '')}
                </button>{' '}
                <small>{summary(entry)}</small>
                {chosen.value?.sequence === entry.sequence && <Copyable label={t('Event')} text={JSON.stringify(entry, null, 2)} />}
              </th>
              <td>{entry.reason ?? ''}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

const TYPES = [
  'created', 'changed', 'route-strategies-changed', 'upgrade-started', 'upgrade-step-completed', 'upgrade-step-expired', 'upgrade-paused',
  'upgrade-resumed', 'upgrade-aborted', 'upgrade-completed', 'stage-approved', 'stage-skipped', 'stage-repeated', 'gate-judged', 'cluster-desired-state-changed', 'router-evicted',
];

/** The few members of an event that say what it was about. */
export function summary(entry: HistoryEntry): string {
  const event = entry.event;
  const parts: string[] = [];
  const manifest = event['manifest'] as { version?: string } | undefined;
  const strategies = event['strategies'] as Record<string, { status: string }> | undefined;
  for (const name of ['mode', 'stage', 'gate', 'verdict', 'routerId', 'cluster']) {
    if (typeof event[name] === 'string') parts.push(String(event[name]));
  }
  if (typeof event['from'] === 'string' || typeof event['to'] === 'string') parts.push(`${event['from'] ?? ''} → ${event['to'] ?? ''}`);
  if (manifest?.version) parts.push(manifest.version);
  if (typeof event['title'] === 'string') parts.push(event['title']);
  if (strategies && typeof strategies === 'object') parts.push(Object.entries(strategies).map(([name, one]) => `${name} ${one.status}`).join(', '));
  return parts.join(' · ');
}

/** The group as it was: by a slider over its events, newest at the right. */
function Past({ group }: { group: Group }) {
  const typed = place.value.search.get('at');
  const at = typed === null ? group.version : Math.min(group.version, Math.max(0, Number(typed)));
  const id = useId();
  const [state] = useResource(address('/api/groups/{groupId}/state', group, { sequence: at }));
  const shown = state.data;
  return (
    <section class="panel" aria-labelledby="past-title">
      <h2 id="past-title">{t('The group as it was')}</h2>
      <label for={id} class="slider">
        <span>
          {t('After event {n} of {all}', at, group.version)}
        </span>
        <input
          id={id}
          type="range"
          min={0}
          max={group.version}
          value={at}
          onInput={(event) => setParameter('at', event.currentTarget.value)}
        />
      </label>
      {state.problem && !shown && <Failed problem={state.problem} />}
      {!shown && !state.problem && <Loading />}
      {shown && (
        <Table caption={t('Clusters after event {n}', at)} head={[t('Cluster'), t('Colour'), t('Release'), t('Takes'), t('Instances')]}>
          {Object.entries(shown.clusters).map(([name, cluster]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <Chip colour={cluster.status} />
              </td>
              <td>{cluster.manifest?.version ?? '–'}</td>
              <td>{cluster.status === 'RED' ? t('nobody') : whom(cluster.id)}</td>
              <td>{counts(cluster.instances)}</td>
            </tr>
          ))}
        </Table>
      )}
      {shown?.upgrade && (
        <p>
          {shown.upgrade.mode.toLowerCase()} → {shown.upgrade.to} {shown.upgrade.version}: {shown.upgrade.step + 1}/{shown.upgrade.steps} {shown.upgrade.title}
        </p>
      )}
    </section>
  );
}

function Difference({ group }: { group: Group }) {
  const from = useSignal('0');
  const to = useSignal('');
  const until = to.value === '' ? group.version : Number(to.value);
  const valid = /^\d+$/.test(from.value) && Number.isInteger(until);
  const diff = useResource(valid ? address('/api/groups/{groupId}/diff', group, { from: Math.min(Number(from.value), group.version), to: Math.min(until, group.version) }) : null);
  const show = (value: unknown): string => (value === null || value === undefined ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value));
  return (
    <section class="panel" aria-labelledby="diff-title">
      <h2 id="diff-title">{t('How two moments differ')}</h2>
      <div class="fields">
        <Field label={t('From event')} value={from} type="number" />
        <Field label={t('To event')} value={to} type="number" placeholder={String(group.version)} />
      </div>
      {valid && (
        <Shown of={diff}>
          {(data) =>
            data.equal ? (
              <Empty>{t('Nothing differs.')}</Empty>
            ) : (
              <Table caption={t('Differences')} head={[t('Where'), t('Before'), t('After')]} class="diff">
                {data.changes.map((change) => (
                  <tr key={change.path}>
                    <th scope="row" class="mono">
                      {change.path}
                    </th>
                    <td class="before">{show(change.from)}</td>
                    <td class="after">{show(change.to)}</td>
                  </tr>
                ))}
                {data.more > 0 && (
                  <tr>
                    <td colSpan={3}>{t('and {n} more', data.more)}</td>
                  </tr>
                )}
              </Table>
            )
          }
        </Shown>
      )}
    </section>
  );
}

/** Which events have moved requests, or those of one id, from the first on. */
function Moves({ group }: { group: Group }) {
  const typed = useSignal('');
  const asked = useSignal<string | null>(null);
  const moves = useResource(asked.value === null ? null : address('/api/groups/{groupId}/moves', group, { id: asked.value, limit: 200 }), { again: changed(group.groupId) });
  return (
    <section class="panel" aria-labelledby="moves-title">
      <h2 id="moves-title">{t('What has moved an id, and why?')}</h2>
      <form
        class="inline"
        onSubmit={(event) => {
          event.preventDefault();
          asked.value = typed.value.trim();
        }}
      >
        <Field label={t('Id of a user')} value={typed} placeholder={t('empty: a request without id')} />
        <button type="submit">{t('Explain')}</button>
      </form>
      {asked.value !== null && (
        <Shown of={moves}>
          {(data) =>
            data.moves.length ? (
              <Table caption={t('What has moved an id, and why?')} head={[t('Event'), t('When'), t('From'), t('To'), t('Table'), t('Who'), t('Why')]}>
                {data.moves.map((move) => (
                  <tr key={`${move.epoch}/${move.sequence}`}>
                    <th scope="row">
                      <button type="button" class="link" onClick={() => setParameter('at', String(move.sequence))}>
                        {move.sequence}
                      </button>
                    </th>
                    <td>
                      <Moment at={move.at} />
                    </td>
                    <td>{move.from ?? '–'}</td>
                    <td>{move.to ?? '–'}</td>
                    <td class="num">{move.tableVersion}</td>
                    <td>{move.actor ?? '–'}</td>
                    <td>{move.reason ?? ''}</td>
                  </tr>
                ))}
              </Table>
            ) : (
              <Empty>{t('Nothing has moved it.')}</Empty>
            )
          }
        </Shown>
      )}
    </section>
  );
}

export function PointsPage({ groupId }: GroupPageProps) {
  return <GroupFrame groupId={groupId}>{(group) => <Points group={group} />}</GroupFrame>;
}

function Points({ group }: { group: Group }) {
  const points = useResource(address('/api/groups/{groupId}/rollback-points', group), { again: changed(group.groupId) });
  const open = useDialog();
  const chosen = useSignal('');
  const refused = !may('operator') ? t('needs the role operator') : group.upgrade ? t('an upgrade runs') : undefined;
  return (
    <section class="panel">
      <h2>{t('Rollback points, newest first')}</h2>
      <p class="muted">{t('A point is left by the beginning of each upgrade: release, configuration, instances and who went where.')}</p>
      <Shown of={points}>
        {(data) =>
          data.rollbackPoints.length ? (
            <Table caption={t('Rollback points')} head={[t('Point'), t('When'), t('Release'), t('Cluster'), t('Instances'), t('Event'), t('Go back')]}>
              {data.rollbackPoints.map((point) => (
                <tr key={point.rollbackPointId}>
                  <th scope="row" class="mono">
                    {short(point.rollbackPointId)}
                  </th>
                  <td>
                    <Moment at={point.at} />
                  </td>
                  <td>{point.manifest.version}</td>
                  <td>{point.cluster}</td>
                  <td>{counts(point.instances)}</td>
                  <td class="num">{point.sequence}</td>
                  <td>
                    <Button
                      class="danger"
                      refused={refused}
                      onPress={() => {
                        chosen.value = point.rollbackPointId;
                        open.value = true;
                      }}
                    >
                      {t('Go back to {release}', point.manifest.version)}
                    </Button>
                  </td>
                </tr>
              ))}
            </Table>
          ) : (
            <Empty>{t('There is no rollback point yet: the first upgrade after the installation leaves one.')}</Empty>
          )
        }
      </Shown>
      <Rollback key={chosen.value} group={group} open={open} point={chosen.value || undefined} />
    </section>
  );
}

