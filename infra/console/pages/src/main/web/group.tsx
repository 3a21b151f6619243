import { useSignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { Actions } from './actions';
import { address, api, get, may, octets, Problem, query, send } from './api';
import { artifact, brief, counts, curl, isIntervals, reach, short, whom } from './format';
import { t } from './i18n';
import { go, groupPath, Link, place } from './router';
import { decide, moves, numbers, requestId, type Decision, type Lists, type Move } from './routing';
import { InstanceLog } from './instance-log';
import { faults, idsOf, parseRule, ruleText } from './rules';
import { changed, connection, look, row, troubles, waitsForPerson } from './store';
import type { Cluster, Group, GroupPageProps, IdRule, RouteTable, Strategy } from './types';
import { Ago, Button, Chip, Dialog, Empty, Failed, Field, Loading, Moment, Pairs, SameByHand, Shown, State, Table, useDialog, useResource } from './ui';
import { Share } from './overview';
import { LiveShare, percent, perSecond, ratesOf, useTraffic } from './traffic';

/** Frame of all pages about one group: its name, what is under way, the tabs. */
export function GroupFrame({ groupId, children }: { groupId: string; children: (group: Group) => ComponentChildren }) {
  const group = row(groupId).value;
  const problem = useSignal<Problem | null>(null);
  useEffect(() => {
    let timer = 0;
    let ended = false;
    const read = async (isBackground = true): Promise<void> => {
      if (!document.hidden) problem.value = await look(groupId, isBackground);
      if (ended) return;
      // What is seen of instances and routers is no event: while something is under way it is asked for.
      const one = row(groupId).peek();
      const isMoving = Boolean(one?.upgrade ?? one?.decommission ?? one?.recovery) || Object.values(one?.clusters ?? {}).some((c) => c.scaling);
      timer = window.setTimeout(() => void read(), isMoving ? 2_000 : 10_000);
    };
    void read(false);
    return () => {
      ended = true;
      window.clearTimeout(timer);
    };
  }, [groupId]);
  if (!group || group.light) {
    return problem.value ? (
      <Failed problem={problem.value} retry={() => void look(groupId).then((p) => (problem.value = p))} />
    ) : (
      <Loading what={groupId} />
    );
  }
  const path = place.value.path;
  const tabs: [string, string][] = [
    [groupPath(groupId), t('Clusters')],
    [groupPath(groupId, 'upgrades'), t('Upgrades')],
    [groupPath(groupId, 'history'), t('History')],
    [groupPath(groupId, 'points'), t('Rollback points')],
    [groupPath(groupId, 'routers'), t('Routers')],
    [groupPath(groupId, 'releases'), t('Releases')],
    [groupPath(groupId, 'templates'), t('Templates')],
  ];
  return (
    <>
      <header class="title">
        <h1>
          <Link to="/" class="up">
            {t('Groups')}
          </Link>{' '}
          <span aria-hidden="true">/</span> {groupId}
        </h1>
        <span class="muted">
          {group.application} · {group.environment}
        </span>
        <span class="muted" title={t('version {n} of the group', group.version)}>
          {t('version {n}', group.version)} · {t('table {n}', group.tableVersion)}
        </span>
        <span class="spacer" />
        {group.ended ? <State kind="off">{t('ended')}</State> : <GroupHealth group={group} />}
      </header>
      <nav class="tabs" aria-label={t('Pages of {name}', groupId)}>
        {tabs.map(([to, text], index) => (
          <Link key={to} to={to} current={index === 0 ? path === to : path === to || path.startsWith(`${to}/`)}>
            {text}
          </Link>
        ))}
      </nav>
      {problem.value && connection.value.state !== 'stale' && <Failed problem={problem.value} />}
      {children(group)}
    </>
  );
}

function GroupHealth({ group }: { group: Group }) {
  const wrong = troubles(group);
  if (wrong.length) return <State kind="bad">{wrong[0]}</State>;
  if (waitsForPerson(group)) return <State kind="wait">{group.upgrade?.paused ? t('paused') : t('waits for a person')}</State>;
  return <State kind={group.tableVersion ? 'good' : 'off'}>{group.tableVersion ? t('healthy') : t('no traffic')}</State>;
}

export function GroupPage({ groupId }: GroupPageProps) {
  return <GroupFrame groupId={groupId}>{(group) => <Body group={group} />}</GroupFrame>;
}

function Body({ group }: { group: Group }) {
  const [routers] = useResource(address('/api/groups/{groupId}/routers', group), { poll: 3_000 });
  const inFlight: Record<string, number> = {};
  for (const router of routers.data?.routers ?? []) {
    for (const [name, n] of Object.entries(router.report.inFlight)) inFlight[name] = (inFlight[name] ?? 0) + n;
  }
  const editing = useDialog();
  useTraffic();
  return (
    <>
      {group.upgrade && <Running group={group} />}
      {group.decommission && (
        <section class="notice warn">
          <strong>{t('The group is being ended: {phase}', group.decommission.phase.toLowerCase())}</strong>{' '}
          {group.decommission.requestedBy}: {group.decommission.reason}
          <Pairs of={group.decommission.missing} />
        </section>
      )}
      {group.ahead && (
        <section class="notice bad">
          <strong>{t('Others know more of this group than its history does; everything is held.')}</strong>
          <Pairs of={group.ahead.evidence} />
        </section>
      )}
      <section aria-labelledby="clusters-title">
        <h2 id="clusters-title" class="hidden">
          {t('Clusters')}
        </h2>
        <div class="clusters">
          {Object.entries(group.clusters).map(([name, cluster]) => (
            <ClusterCard key={name} name={name} cluster={cluster} group={group} inFlight={routers.data ? (inFlight[name] ?? 0) : undefined} />
          ))}
        </div>
      </section>
      <section class="panel">
        <h2>{t('Traffic')}</h2>
        <Share clusters={group.clusters} />
        <p>
          <LiveShare groupId={group.groupId} clusters={group.clusters} bar />
        </p>
        <p class="muted">
          {t('Ids come from')}{' '}
          {[
            ...(group.identity.claims ?? []).map((one) => `claim ${one}`),
            ...group.identity.headers.map((one) => `header ${one}`),
            ...group.identity.cookies.map((one) => `cookie ${one}`),
            ...group.identity.queryParameters.map((one) => `query ${one}`),
          ].join(', ') || t('nowhere')}
          . {t('Entries')}: {group.entries.map((entry) => `${entry.host ?? ''}${entry.pathPrefix} → ${entry.service}`).join(', ')}
        </p>
        <div class="actions">
          <Button
            refused={
              !may('operator')
                ? t('needs the role operator')
                : group.upgrade
                  ? t('an upgrade runs: who goes where is its business')
                  : undefined
            }
            onPress={() => (editing.value = true)}
          >
            {t('Change who goes where')}
          </Button>
          <Button
            class="primary"
            refused={!may('operator') ? t('needs the role operator') : group.upgrade ? t('an upgrade runs') : undefined}
            onPress={() => go(groupPath(group.groupId, 'start'))}
          >
            {t('Start an upgrade')}
          </Button>
          <Actions group={group} names={['rollback', 'stop-cluster', 'cancel-decommission', 'begin-epoch', 'decommission', 'delete']} />
        </div>
        <StrategyEditor group={group} open={editing} />
      </section>
      <Explain group={group} />
    </>
  );
}

function Running({ group }: { group: Group }) {
  const upgrade = group.upgrade!;
  return (
    <section class={`notice ${upgrade.paused ? 'warn' : upgrade.aborting ? 'bad' : 'moving'}`}>
      <div class="row">
        <strong>
          {upgrade.mode.toLowerCase()} → {upgrade.to} {upgrade.version}
        </strong>
        <progress max={upgrade.steps} value={upgrade.step} aria-label={t('Steps done')} />
        <span>
          {t('step {n} of {all}', upgrade.step + 1, upgrade.steps)}: {upgrade.title}
        </span>
        <span class="muted">
          {upgrade.requestedBy} · <Ago at={upgrade.startedAt} /> · {upgrade.reason}
        </span>
        <Link to={groupPath(group.groupId, 'upgrades', upgrade.upgradeId)}>{t('Open')} →</Link>
      </div>
      {Object.keys(upgrade.missing).length > 0 && <Pairs of={Object.fromEntries(Object.entries(upgrade.missing).map(([name, text]) => [name, brief(text)]))} />}
    </section>
  );
}

function ClusterCard(props: { name: string; cluster: Cluster; group: Group; inFlight: number | undefined }) {
  const { name, cluster, group } = props;
  const scaling = useDialog();
  const reading = useDialog();
  const read = useSignal('');
  const rate = ratesOf(group.groupId)?.[name];
  const isUpgraded = group.upgrade && (group.upgrade.from === name || group.upgrade.to === name);
  return (
    <article class={`cluster ${cluster.status.toLowerCase()}`} aria-label={t('Cluster {name}', name)}>
      <header>
        <h3>{name}</h3>
        <Chip colour={cluster.status} />
        <span class="version">{cluster.manifest?.version ?? t('no release')}</span>
      </header>
      <dl class="facts">
        <div>
          <dt>{t('Takes')}</dt>
          <dd>{cluster.status === 'RED' ? t('nobody') : whom(cluster.id)}</dd>
        </div>
        <div>
          <dt>{t('In flight')}</dt>
          <dd class="num">{props.inFlight ?? '…'}</dd>
        </div>
        <div>
          <dt>{t('Requests')}</dt>
          <dd class="num">
            {rate ? perSecond(rate.requestsPerSecond) : ratesOf(group.groupId) ? '0/s' : '…'}{' '}
            {rate && rate.errorsPerSecond > 0 && <State kind="bad">{t('{n} errors', percent(rate.errorsPerSecond, rate.requestsPerSecond))}</State>}
          </dd>
        </div>
        {cluster.manifest && (
          <div>
            <dt>{t('Deployment')}</dt>
            <dd>
              <Link to={query('/deployments', { group: group.groupId, cluster: name })}>{t('what was done, and what it writes')}</Link>
            </dd>
          </div>
        )}
        {cluster.scaling && (
          <div>
            <dt>{t('On its way to')}</dt>
            <dd>
              {counts(cluster.scaling.instances)} ({cluster.scaling.requestedBy}: {cluster.scaling.reason})
              <Pairs of={cluster.scaling.missing} />
            </dd>
          </div>
        )}
        {cluster.observed?.failure && (
          <div>
            <dt>{t('Fails')}</dt>
            <dd>
              <State kind="bad">{cluster.observed.failure}</State>
            </dd>
          </div>
        )}
      </dl>
      {(cluster.manifest?.services ?? []).map((service) => {
        const seen = cluster.observed?.services.find((one) => one.service === service.name);
        const desired = cluster.instances[service.name] ?? 0;
        return (
          <div key={service.name} class="service">
            <h4>
              {service.name}{' '}
              {seen ? (
                <State kind={desired === 0 ? 'off' : seen.healthy >= desired ? 'good' : 'bad'}>
                  {t('{healthy} of {desired} healthy', seen.healthy, desired)}
                </State>
              ) : (
                <State kind="wait">{t('not seen yet')}</State>
              )}
            </h4>
            <p class="mono" title={service.artifact.type === 'file' ? service.artifact.uri : service.artifact.repository}>
              {artifact(service.artifact)}
            </p>
            <p class="muted">
              {service.cpus} CPU · {service.memoryMiB} MiB · {t('config')} {service.configRevision ?? '–'} · {t('scripts')}{' '}
              {service.scriptRevision?.slice(0, 10) ?? '–'}
            </p>
            {seen && seen.instances.length > 0 && (
              <details>
                <summary>{t('{n} instances', seen.instances.length)}</summary>
                <ul class="instances">
                  {seen.instances.map((one) => (
                    <li key={one.instanceId}>
                      <State kind={one.withdrawn ? 'off' : one.healthy ? 'good' : 'bad'}>
                        {one.withdrawn ? t('withdrawn') : one.healthy ? t('healthy') : t('not healthy')}
                      </State>{' '}
                      <span class="mono">
                        {one.host}:{one.port}
                      </span>{' '}
                      <button
                        type="button"
                        class="link"
                        aria-label={t('Log of {name}', `${one.host}:${one.port}`)}
                        onClick={() => {
                          read.value = one.instanceId;
                          reading.value = true;
                        }}
                      >
                        {t('Log')}
                      </button>
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </div>
        );
      })}
      {read.value && <InstanceLog key={read.value} group={group.groupId} cluster={name} instance={read.value} open={reading} />}
      {!cluster.manifest && <Empty>{t('No release was ever here.')}</Empty>}
      {cluster.manifest && (
        <footer class="actions">
          <Button
            refused={!may('operator') ? t('needs the role operator') : isUpgraded ? t('the running upgrade owns its instances') : undefined}
            onPress={() => (scaling.value = true)}
          >
            {t('Scale')}
          </Button>
          <Dialog title={t('Scale cluster {name}', name)} open={scaling}>
            <ScaleForm group={group} name={name} cluster={cluster} close={() => (scaling.value = false)} />
          </Dialog>
        </footer>
      )}
    </article>
  );
}

function ScaleForm({ group, name, cluster, close }: { group: Group; name: string; cluster: Cluster; close: () => void }) {
  const wanted = useSignal<Record<string, string>>(
    Object.fromEntries((cluster.manifest?.services ?? []).map((s) => [s.name, String(cluster.instances[s.name] ?? 0)])),
  );
  const reason = useSignal('');
  const problem = useSignal<Problem | null>(null);
  const path = api('groups', group.groupId, 'clusters', name, 'instances');
  const instances = Object.fromEntries(Object.entries(wanted.value).map(([service, n]) => [service, Number(n)]));
  const body = { instances, reason: reason.value.trim() };
  const stops = Object.entries(instances).reduce((sum, [service, n]) => sum + Math.max(0, (cluster.instances[service] ?? 0) - n), 0);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await send('PUT', path, body);
      await look(group.groupId);
      close();
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <p class="facts">
        {t('Release {release}; now {counts}.', cluster.manifest?.version ?? '–', counts(cluster.instances))}{' '}
        {stops ? t('{n} instances are taken out of the traffic, drained and stopped.', stops) : t('Nothing stops.')}
      </p>
      <div class="fields">
        {Object.entries(wanted.value).map(([service, n]) => (
          <label key={service} class="field">
            <span>{service}</span>
            <input
              type="number"
              min={0}
              max={1000}
              value={n}
              onInput={(event) => (wanted.value = { ...wanted.value, [service]: event.currentTarget.value })}
            />
          </label>
        ))}
        <Field label={t('Why? The history keeps it.')} value={reason} required />
      </div>
      {problem.value && <Failed problem={problem.value} />}
      <SameByHand
        words={['cluster', 'scale', group.groupId, name, ...Object.entries(instances).map(([s, n]) => `${s}=${n}`), '--reason', body.reason || '…']}
        line={curl('PUT', path, body)}
      />
      <footer>
        <button type="button" onClick={close}>
          {t('Cancel')}
        </button>
        <button type="submit" class="primary" disabled={!body.reason}>
          {t('Scale')}
        </button>
      </footer>
    </form>
  );
}

interface Draft {
  status: Strategy['status'];
  all: boolean;
  ids: string;
  percent: string;
  lists: NonNullable<IdRule['idLists']>;
}

const drafted = (cluster: Cluster): Draft => ({
  status: cluster.status,
  all: cluster.id.all,
  ids: ruleText(cluster.id),
  percent: cluster.id.percent === undefined ? '' : String(Number(cluster.id.percent)),
  lists: cluster.id.idLists ?? [],
});

function StrategyEditor({ group, open }: { group: Group; open: Signal<boolean> }) {
  return (
    <Dialog title={t('Who goes where: {name}', group.groupId)} open={open} wide>
      <StrategyForm group={group} close={() => (open.value = false)} />
    </Dialog>
  );
}

function StrategyForm({ group, close }: { group: Group; close: () => void }) {
  // The group as it was when the editor was opened: what others change meanwhile is told, not overwritten.
  const base = useSignal(group).peek();
  const drafts = useSignal<Record<string, Draft>>(
    Object.fromEntries(Object.entries(base.clusters).map(([name, cluster]) => [name, drafted(cluster)])),
  );
  const reason = useSignal('');
  const problem = useSignal<Problem | null>(null);
  const change = (name: string, part: Partial<Draft>): void => {
    drafts.value = { ...drafts.value, [name]: { ...drafts.value[name]!, ...part } };
  };
  const strategies: Record<string, Strategy> = {};
  const wrong: string[] = [];
  for (const [name, draft] of Object.entries(drafts.value)) {
    const rule = draft.status === 'RED' ? { all: false, ids: [], intervals: [] } : parseRule(draft.all, draft.all ? '' : draft.ids, draft.all ? '' : draft.percent, draft.all ? [] : draft.lists);
    if (typeof rule === 'string') wrong.push(`${name}: ${rule}`);
    else strategies[name] = { status: draft.status, id: rule };
  }
  const warnings = wrong.length ? wrong : faults(strategies, base.clusters);
  const body = { strategies, reason: reason.value.trim() };
  const path = api('groups', group.groupId, 'route-strategy');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    problem.value = null;
    try {
      await send('PUT', path, body, { ifMatch: base.version });
      await look(group.groupId);
      close();
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      {group.version !== base.version && (
        <p class="old" role="status">
          {t('Somebody has changed the group meanwhile (version {n}); close and open this again.', group.version)}
        </p>
      )}
      <div class="strategies">
        {Object.entries(drafts.value).map(([name, draft]) => (
          <fieldset key={name}>
            <legend>
              {name} · {base.clusters[name]?.manifest?.version ?? t('no release')}
            </legend>
            <label class="field">
              <span>{t('Colour')}</span>
              <select value={draft.status} onChange={(event) => change(name, { status: event.currentTarget.value as Draft['status'] })}>
                {(['RED', 'YELLOW', 'GREEN'] as const).map((colour) => (
                  <option key={colour} value={colour} selected={colour === draft.status}>
                    {colour === 'RED' ? '■ RED' : colour === 'YELLOW' ? '◆ YELLOW' : '● GREEN'}
                  </option>
                ))}
              </select>
            </label>
            {draft.status !== 'RED' && (
              <>
                <label class="check">
                  <input type="checkbox" checked={draft.all} onChange={(event) => change(name, { all: event.currentTarget.checked })} />{' '}
                  {t('everybody')}
                </label>
                {!draft.all && (
                  <>
                    <label class="field">
                      <span>{t('Ids and intervals')}</span>
                      <textarea rows={2} placeholder="1, 2, 600-700" value={draft.ids} onInput={(event) => change(name, { ids: event.currentTarget.value })} />
                    </label>
                    <label class="field">
                      <span>{t('Percent of all ids')}</span>
                      <input inputMode="decimal" value={draft.percent} onInput={(event) => change(name, { percent: event.currentTarget.value })} />
                    </label>
                    {draft.lists.map((list) => (
                      <p key={list.sha256} class="muted">
                        {t('and a stored list')} {list.sha256.slice(0, 10)} ({list.count})
                      </p>
                    ))}
                  </>
                )}
                <small>{strategies[name] ? reach(strategies[name]!.id) : ''}</small>
              </>
            )}
          </fieldset>
        ))}
      </div>
      {warnings.length > 0 && (
        <div class="warnings" role="status">
          <ul>
            {warnings.map((one) => (
              <li key={one}>
                <State kind={wrong.length ? 'bad' : 'warn'}>{one}</State>
              </li>
            ))}
          </ul>
        </div>
      )}
      {!wrong.length && <Simulate group={group} strategies={strategies} />}
      <Field label={t('Why? The history keeps it.')} value={reason} required />
      {problem.value && <Failed problem={problem.value} />}
      <SameByHand line={curl('PUT', path, body, { 'If-Match': `"${base.version}"` })} words={['apply', '-f', `${group.groupId}.yaml`]} />
      <footer>
        <button type="button" onClick={close}>
          {t('Cancel')}
        </button>
        <button type="submit" class="primary" disabled={wrong.length > 0 || !body.reason}>
          {t('Route so')}
        </button>
      </footer>
    </form>
  );
}

const WHY: Record<string, string> = {
  ALL: 'it takes everybody, and no YELLOW cluster names this user',
  WHITELIST_ID: 'its rule lists the id',
  WHITELIST_INTERVAL: 'the id lies in an interval of its rule',
  PERCENT: 'the hash of the id is under the percent of its rule',
  FALLBACK: 'a YELLOW cluster names this user, but has no healthy instance',
  NO_HEALTHY_CLUSTER: 'no cluster that takes it has a healthy instance',
};

/** Longest list that is fetched to answer one question. */
const MOST_NUMBERS = 1_000_000;

/** The table of now, and the numbers of the lists that its rules refer to. */
async function presentRouting(group: Group): Promise<{ table: RouteTable; lists: Lists }> {
  const table = await get(address('/api/route-tables/{groupId}', group));
  const lists = new Map<string, BigInt64Array>();
  for (const list of Object.values(table.clusters).flatMap((one) => one.id.idLists ?? [])) {
    if (list.count > MOST_NUMBERS * (isIntervals(list.kind) ? 0.5 : 1)) {
      throw new Problem(0, 'LIST_TOO_LONG', t('a rule refers to a list of {n}; ask `tricolor explain` instead', list.count));
    }
    lists.set(list.sha256, numbers(await octets(api('id-lists', list.sha256))));
  }
  return { table, lists: (sha) => lists.get(sha) ?? new BigInt64Array() };
}

/** By the instances that are healthy now. */
const healthyIn =
  (group: Group) =>
  (cluster: string, service: string): number =>
    group.clusters[cluster]?.observed?.services.find((one) => one.service === service)?.healthy ?? 0;

/** Longest range of ids that is tried out in a page. */
const MOST_TRIED = 100_000;

/** Who would go where if the rules were these: the decision of the routers for each of some ids, now and then. */
function Simulate({ group, strategies }: { group: Group; strategies: Record<string, Strategy> }) {
  const typed = useSignal('1-10000');
  const found = useSignal<{ moves: Move[]; ids: number; asked: string } | null>(null);
  const problem = useSignal<Problem | null>(null);
  const asked = JSON.stringify(strategies) + typed.value;
  const ask = async (): Promise<void> => {
    problem.value = null;
    found.value = null;
    try {
      const ids = idsOf(typed.value);
      if (!ids.length || ids.length > MOST_TRIED) throw new Problem(0, 'IDS', t('one id to {n} of them', MOST_TRIED));
      const { table, lists } = await presentRouting(group);
      found.value = { moves: moves(table, { ...table, clusters: { ...table.clusters, ...strategies } as RouteTable['clusters'] }, ids, table.entries[0]?.service ?? 'web', healthyIn(group), lists), ids: ids.length, asked };
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  return (
    <details class="simulate">
      <summary>{t('Who would move?')}</summary>
      <div class="inline">
        <Field label={t('Users that are asked about')} value={typed} hint="1-10000, 42, anna" />
        <button type="button" onClick={() => void ask()}>
          {t('Try it out')}
        </button>
      </div>
      {problem.value && <Failed problem={problem.value} />}
      {found.value?.asked === asked && (
        <Table caption={t('Who would move?')} head={[t('From'), t('To'), t('Users'), t('Share'), t('For example')]} class="short">
          {found.value.moves.map((one) => (
            <tr key={`${one.from} ${one.to}`} class={one.from === one.to ? undefined : 'strong'}>
              <td>{one.from || t('nowhere')}</td>
              <td>{one.from === one.to ? t('stay') : one.to || t('nowhere')}</td>
              <td class="num">{one.count}</td>
              <td class="num">{percent(one.count, found.value!.ids)}</td>
              <td>{one.examples.join(', ')}</td>
            </tr>
          ))}
        </Table>
      )}
    </details>
  );
}

/** Where an id would go and why: the decision of the routers, on the table of now and the instances seen now. */
function Explain({ group }: { group: Group }) {
  const typed = useSignal('');
  const service = useSignal('');
  const asked = useSignal<{ id: string; decision: Decision; table: RouteTable } | null>(null);
  const problem = useSignal<Problem | null>(null);
  const ask = async (event: Event): Promise<void> => {
    event.preventDefault();
    problem.value = null;
    try {
      const { table, lists } = await presentRouting(group);
      const called = service.value || table.entries[0]?.service || 'web';
      const id = requestId(typed.value);
      asked.value = { id: id?.text ?? '', table, decision: decide(table, id, called, healthyIn(group), 0n, lists) };
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  const services = [...new Set(group.entries.map((entry) => entry.service))];
  const answer = asked.value;
  return (
    <section class="panel" aria-labelledby="explain-title">
      <h2 id="explain-title">{t('Where would an id go, and why?')}</h2>
      <form class="inline" onSubmit={(event) => void ask(event)}>
        <Field label={t('Id of a user')} value={typed} placeholder={t('empty: a request without id')} />
        {services.length > 1 && <Field label={t('Service')} value={service} list={services} />}
        <button type="submit">{t('Explain')}</button>
      </form>
      {problem.value && <Failed problem={problem.value} />}
      {answer && (
        <div class="answer" role="status">
          <p>
            {answer.id ? t('User {id}', answer.id) : t('A request without id')} {answer.decision.cluster ? t('goes to') : t('goes nowhere (503)')}{' '}
            {answer.decision.cluster && <Chip colour={answer.decision.status!}>{answer.decision.cluster}</Chip>}: {t(WHY[answer.decision.reason]!)}.
          </p>
          <Table caption={t('By table {n}', answer.table.version)} head={[t('Cluster'), t('Colour'), t('Takes')]}>
            {Object.entries(answer.table.clusters).map(([name, strategy]) => (
              <tr key={name} class={name === answer.decision.cluster ? 'strong' : undefined}>
                <th scope="row">{name}</th>
                <td>
                  <Chip colour={strategy.status} />
                </td>
                <td>{strategy.status === 'RED' ? t('nobody') : whom(strategy.id)}</td>
              </tr>
            ))}
          </Table>
          <p class="muted">
            {t('By table {n}', answer.table.version)}, {t('epoch')} {answer.table.epoch}. <code>tricolor explain {group.groupId} {answer.id}</code>
          </p>
        </div>
      )}
    </section>
  );
}

export function UpgradesPage({ groupId }: GroupPageProps) {
  return <GroupFrame groupId={groupId}>{() => <Upgrades groupId={groupId} />}</GroupFrame>;
}

export const OUTCOME: Record<string, ['good' | 'bad' | 'wait' | 'warn', string]> = {
  RUNNING: ['wait', 'running'],
  PAUSED: ['warn', 'paused'],
  ABORTING: ['warn', 'going back'],
  COMPLETED: ['good', 'completed'],
  ABORTED: ['bad', 'taken back'],
};

function Upgrades({ groupId }: { groupId: string }) {
  const upgrades = useResource(address('/api/groups/{groupId}/upgrades', { groupId }, { limit: 100 }), { again: changed(groupId) });
  return (
    <section class="panel">
      <h2>{t('Upgrades, newest first')}</h2>
      <Shown of={upgrades} what={t('upgrades')}>
        {(data) =>
          data.upgrades.length ? (
            <Table caption={t('Upgrades')} head={[t('Upgrade'), t('What'), t('Outcome'), t('Begun'), t('Ended'), t('Who'), t('Why')]}>
              {data.upgrades.map(({ upgrade, status, endedAt }) => (
                <tr key={upgrade.upgradeId}>
                  <th scope="row">
                    <Link to={groupPath(groupId, 'upgrades', upgrade.upgradeId)}>{short(upgrade.upgradeId)}</Link>
                  </th>
                  <td>
                    {upgrade.mode.toLowerCase()} {upgrade.from ?? ''} → {upgrade.to} · {upgrade.manifest.version}
                  </td>
                  <td>
                    <State kind={OUTCOME[status]![0]}>{t(OUTCOME[status]![1])}</State>
                  </td>
                  <td>
                    <Moment at={upgrade.startedAt} />
                  </td>
                  <td>{endedAt ? <Moment at={endedAt} /> : '–'}</td>
                  <td>{upgrade.requestedBy}</td>
                  <td>{upgrade.reason}</td>
                </tr>
              ))}
            </Table>
          ) : (
            <Empty>{t('No upgrade has been started yet.')}</Empty>
          )
        }
      </Shown>
    </section>
  );
}

