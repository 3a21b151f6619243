import { useComputed, useSignal } from '@preact/signals';
import { memo } from './memo';
import { key, may, order, Problem } from './api';
import { curl, number, whom } from './format';
import { FrozenNow } from './frozen';
import { t } from './i18n';
import { go, groupPath, Link, place, setParameter } from './router';
import { ids, load, loading, look, row, troubles, waitsForPerson } from './store';
import { LiveShare, useTraffic } from './traffic';
import type { Cluster, Group } from './types';
import { Ago, Button, Chip, Choice, Dialog, Empty, Failed, Field, Loading, LongTable, SameByHand, State, useDialog } from './ui';

/** Which groups are shown. */
type Filter = 'all' | 'moving' | 'person' | 'trouble';

function passes(group: Group | undefined, filter: Filter, words: string[]): boolean {
  if (!group) return false;
  if (filter === 'moving' && !group.upgrade && !group.decommission) return false;
  if (filter === 'person' && !waitsForPerson(group)) return false;
  if (filter === 'trouble' && !troubles(group).length) return false;
  if (!words.length) return true;
  const text = [
    group.groupId,
    group.application,
    group.environment,
    group.upgrade?.requestedBy ?? '',
    ...Object.values(group.clusters).map((cluster) => cluster.manifest?.version ?? ''),
  ]
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

export function Overview() {
  const search = place.value.search;
  const filter = (search.get('show') ?? 'all') as Filter;
  const typed = search.get('q') ?? '';
  const shown = useShown(filter, typed);
  const state = loading.value;
  const creating = useDialog();
  useTraffic();
  return (
    <>
      <FrozenNow />
      <header class="title">
        <h1>{t('Groups')}</h1>
        <span class="count" role="status">
          {state.state === 'ready' || state.state === 'more'
            ? t('{n} of {all}', number(shown.length), number(ids.value.length)) + (state.state === 'more' ? ` · ${t('reading more')}…` : '')
            : ''}
        </span>
        <span class="spacer" />
        <Button
          refused={may('operator') ? undefined : t('needs the role operator')}
          onPress={() => (creating.value = true)}
        >
          {t('New group')}
        </Button>
      </header>
      <div class="tools">
        <label class="search">
          <span class="hidden">{t('Filter groups')}</span>
          <input
            type="search"
            placeholder={t('Filter: name, application, release, who')}
            value={typed}
            onInput={(event) => setParameter('q', event.currentTarget.value)}
          />
        </label>
        <Choice
          label={t('Which groups')}
          value={filter}
          options={[
            ['all', t('All')],
            ['moving', t('Under way')],
            ['person', t('Waits for a person')],
            ['trouble', t('Trouble')],
          ]}
          onChoose={(value) => setParameter('show', value === 'all' ? '' : value)}
        />
      </div>
      {state.state === 'loading' && <Loading what={t('groups')} />}
      {state.state === 'failed' && <Failed problem={state.problem} retry={() => void load()} />}
      {state.state !== 'loading' && state.state !== 'failed' && !shown.length && (
        <Empty>
          {ids.value.length
            ? t('No group fits the filter.')
            : state.state === 'more'
              ? t('None yet; more are being read.')
              : t('There is no group yet. A group is one application in one environment with its clusters.')}
        </Empty>
      )}
      {shown.length > 0 && (
        <LongTable
          caption={t('Groups')}
          columns={6}
          keys={shown}
          head={
            <>
              <th scope="col">{t('Group')}</th>
              <th scope="col">{t('Clusters')}</th>
              <th scope="col" class="wide-only">
                {t('Traffic')}
              </th>
              <th scope="col">{t('Under way')}</th>
              <th scope="col" class="wide-only">
                {t('Who')}
              </th>
              <th scope="col">{t('Health')}</th>
            </>
          }
          row={(groupId, index) => <Row key={groupId} groupId={groupId} index={index} />}
        />
      )}
      <NewGroup open={creating} />
    </>
  );
}

/** Ids that pass the filter. Without one, a change of a row does not touch the list. */
function useShown(filter: Filter, typed: string): string[] {
  const current = useSignal({ filter, typed });
  if (current.peek().filter !== filter || current.peek().typed !== typed) current.value = { filter, typed };
  const shown = useComputed(() => {
    const words = current.value.typed.toLowerCase().split(/\s+/).filter(Boolean);
    if (current.value.filter === 'all' && !words.length) return ids.value;
    const found = ids.value.filter((id) => passes(row(id).value, current.value.filter, words));
    return found;
  });
  return shown.value;
}

/** Draws itself anew when its own group changes, and only then. */
const Row = memo(function Row({ groupId, index }: { groupId: string; index: number }) {
  const group = row(groupId).value;
  if (!group) return <tr data-group={groupId} />;
  const upgrade = group.upgrade;
  const wrong = troubles(group);
  return (
    <tr data-group={groupId} data-version={group.version} aria-rowindex={index + 2}>
      <th scope="row">
        <Link to={groupPath(groupId)}>{groupId}</Link>
        <small>
          {group.application} · {group.environment}
        </small>
      </th>
      <td>
        <span class="chips">
          {Object.entries(group.clusters).map(([name, cluster]) => (
            <ClusterChip key={name} name={name} cluster={cluster} />
          ))}
        </span>
      </td>
      <td class="wide-only">
        <Share clusters={group.clusters} />
        <LiveShare groupId={groupId} clusters={group.clusters} />
      </td>
      <td>
        {upgrade ? (
          <Link to={groupPath(groupId, 'upgrades', upgrade.upgradeId)} class="under-way">
            <span>
              {upgrade.mode.toLowerCase()} → {upgrade.to} {upgrade.version}
            </span>
            <small>
              {upgrade.step + 1}/{upgrade.steps} {upgrade.title}
            </small>
          </Link>
        ) : group.decommission ? (
          <State kind="warn">{t('being ended: {phase}', group.decommission.phase.toLowerCase())}</State>
        ) : (
          <span class="muted">–</span>
        )}
      </td>
      <td class="wide-only">
        {upgrade ? (
          <>
            {upgrade.requestedBy}
            <small>
              <Ago at={upgrade.startedAt} />
            </small>
          </>
        ) : (
          <span class="muted">–</span>
        )}
      </td>
      <td>
        {wrong.length ? (
          <span title={wrong.join('\n')}>
            <State kind="bad">{wrong[0]}</State>
          </span>
        ) : waitsForPerson(group) ? (
          <State kind="wait">{upgrade?.paused ? t('paused') : t('waits for a person')}</State>
        ) : upgrade?.aborting ? (
          <State kind="warn">{t('going back')}</State>
        ) : Object.values(group.clusters).some((cluster) => cluster.status !== 'RED') ? (
          <State kind="good">{t('healthy')}</State>
        ) : (
          <State kind="off">{t('no traffic')}</State>
        )}
      </td>
    </tr>
  );
});

export function ClusterChip({ name, cluster }: { name: string; cluster: Cluster }) {
  const healthy = cluster.observed?.services.reduce((sum, one) => sum + one.healthy, 0);
  const desired = Object.values(cluster.instances).reduce((sum, n) => sum + n, 0);
  return (
    <Chip colour={cluster.status}>
      <b>{name}</b> {cluster.manifest?.version ?? '–'}
      {desired > 0 && (
        <span class="count">
          {' '}
          {healthy ?? '?'}/{desired}
        </span>
      )}
    </Chip>
  );
}

/** Who goes where by the rules that hold: an exact share where a rule is a percentage, words where it is not. */
export function Share({ clusters }: { clusters: Record<string, Cluster> }) {
  const serving = Object.entries(clusters).filter(([, cluster]) => cluster.status !== 'RED');
  if (!serving.length) return <span class="muted">{t('nobody')}</span>;
  let percent = 0;
  for (const [, cluster] of serving) {
    if (cluster.status === 'YELLOW') percent += cluster.id.all ? 100 : Number(cluster.id.percent ?? 0);
  }
  percent = Math.min(100, percent);
  const words = serving
    .map(([name, cluster]) => `${name}: ${cluster.status === 'GREEN' && cluster.id.all ? (serving.length > 1 ? t('the rest') : t('everybody')) : whom(cluster.id)}`)
    .join(' · ');
  return (
    <span class="share" title={words}>
      <span class="bar" aria-hidden="true">
        <span class="part yellow" style={{ width: `${percent}%` }} />
        <span class="part green" style={{ width: `${100 - percent}%` }} />
      </span>
      <small>{words}</small>
    </span>
  );
}

function NewGroup({ open }: { open: ReturnType<typeof useDialog> }) {
  return (
    <Dialog title={t('New group')} open={open}>
      <NewGroupForm close={() => (open.value = false)} />
    </Dialog>
  );
}

function NewGroupForm({ close }: { close: () => void }) {
  const name = useSignal('');
  const application = useSignal('');
  const environment = useSignal('');
  const clusters = useSignal('A, B');
  const prefix = useSignal('/');
  const service = useSignal('web');
  const problem = useSignal<Problem | null>(null);
  const once = useSignal(key()).peek();
  const list = clusters.value.split(/[,\s]+/).filter(Boolean);
  const body = {
    groupId: name.value.trim(),
    application: application.value.trim() || name.value.trim(),
    environment: environment.value.trim(),
    clusters: list,
    entries: [{ pathPrefix: prefix.value.trim(), service: service.value.trim() }],
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await order('POST /api/groups', {}, body, { idempotencyKey: once });
      await look(body.groupId);
      close();
      go(groupPath(body.groupId));
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <p class="facts">{t('All its clusters are RED at first: nothing runs and nobody is routed until the first release is installed.')}</p>
      <div class="fields">
        <Field label={t('Name')} value={name} required />
        <Field label={t('Application')} value={application} placeholder={name.value} />
        <Field label={t('Environment')} value={environment} required placeholder="production" />
        <Field label={t('Clusters')} value={clusters} required />
        <Field label={t('Path prefix')} value={prefix} required />
        <Field label={t('Service')} value={service} required />
      </div>
      {problem.value && <Failed problem={problem.value} />}
      <SameByHand
        words={['group', 'create', body.groupId || t('NAME'), '--application', body.application, '--environment', body.environment, '--clusters', list.join(','), '--entry', `${body.entries[0]!.pathPrefix}=${body.entries[0]!.service}`]}
        line={curl('POST', '/api/groups', body)}
      />
      <footer>
        <button type="button" onClick={close}>
          {t('Cancel')}
        </button>
        <button type="submit" class="primary">
          {t('Make the group')}
        </button>
      </footer>
    </form>
  );
}
