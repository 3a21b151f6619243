import { useSignal } from '@preact/signals';
import { address } from './api';
import { artifact, counts } from './format';
import { InstanceLog } from './instance-log';
import { t } from './i18n';
import type { deploy } from './openapi';
import { groupPath, Link, place } from './router';
import { Ago, Copyable, Empty, Moment, Shown, State, Table, useDialog, useResource } from './ui';

const PAGE = 100;

/** What orchestrators are to run, what they run, and what it writes. */
export function DeploymentsPage() {
  const search = place.value.search;
  const group = search.get('group');
  const cluster = search.get('cluster');
  if (group && cluster) return <One key={`${group}/${cluster}`} group={group} cluster={cluster} />;
  return <All />;
}

const pathOf = (group: string, cluster: string): string => `/deployments?${new URLSearchParams({ group, cluster }).toString()}`;

function All() {
  const pages = useSignal<string[]>(['']);
  return (
    <>
      <header class="title">
        <h1>{t('Deployments')}</h1>
      </header>
      {pages.value.map((after, index) => (
        <Page key={after} after={after} isLast={index === pages.value.length - 1} more={(next) => (pages.value = [...pages.value, next])} />
      ))}
    </>
  );
}

function Page({ after, isLast, more }: { after: string; isLast: boolean; more: (next: string) => void }) {
  const page = useResource(address('/api/deployments', {}, { after, limit: PAGE }), { poll: 4_000 });
  return (
    <Shown of={page} what={t('deployments')}>
      {(data) =>
        data.deployments.length ? (
          <>
            <Table caption={t('Deployments')} head={[t('Cluster'), t('Release'), t('State'), t('Wanted'), t('Healthy'), t('By upgrade'), t('Seen')]}>
              {data.deployments.map(({ desired, observed }) => (
                <tr key={`${desired.groupId}/${desired.cluster}`}>
                  <th scope="row">
                    <Link to={pathOf(desired.groupId, desired.cluster)}>
                      {desired.groupId} {desired.cluster}
                    </Link>
                  </th>
                  <td>{desired.manifest.version}</td>
                  <td>
                    <Reached desired={desired} />
                  </td>
                  <td>{counts(desired.instances)}</td>
                  <td>{counts(desired.healthy)}</td>
                  <td>{desired.upgradeId ? <Link to={groupPath(desired.groupId, 'upgrades', desired.upgradeId)}>{desired.upgradeId.slice(0, 11)}…</Link> : '–'}</td>
                  <td>{observed ? <Ago at={observed.observedAt} /> : '–'}</td>
                </tr>
              ))}
            </Table>
            {isLast && data.next && (
              <div class="actions">
                <button type="button" onClick={() => more(data.next!)}>
                  {t('Read on')}
                </button>
              </div>
            )}
          </>
        ) : (
          <Empty>{t('Nothing was ever to run.')}</Empty>
        )
      }
    </Shown>
  );
}

function Reached({ desired }: { desired: deploy.DeploymentState }) {
  if (desired.failure) return <State kind="bad">{desired.failure.message}</State>;
  if (desired.met) return <State kind="good">{t('as wanted')}</State>;
  return (
    <State kind="wait">
      {t('on its way')}
      {desired.deadline && (
        <>
          {', '}
          {t('until')} <Moment at={desired.deadline} />
        </>
      )}
    </State>
  );
}

function One({ group, cluster }: { group: string; cluster: string }) {
  const deployment = useResource(address('/api/deployments/{group}/{cluster}', { group, cluster }), { poll: 3_000 });
  const instances = useResource(address('/api/groups/{group}/clusters/{cluster}/instances', { group, cluster }), { poll: 3_000 });
  const reading = useDialog();
  const read = useSignal('');
  return (
    <>
      <header class="title">
        <h1>
          <Link to="/deployments" class="up">
            {t('Deployments')}
          </Link>{' '}
          <span aria-hidden="true">/</span> {group} {cluster}
        </h1>
        <Link to={groupPath(group)}>{t('Open the group')} →</Link>
      </header>
      <Shown of={deployment} what={t('the deployment')}>
        {({ desired, observed, history }) => (
          <>
            <section class="panel">
              <h2>
                {t('Release {release}', desired.manifest.version)} <Reached desired={desired} />
              </h2>
              <Table caption={t('Services')} head={[t('Service'), t('Wanted'), t('Running'), t('Healthy'), t('Withdrawn'), t('Artifact')]} class="short">
                {desired.manifest.services.map((service) => (
                  <tr key={service.name}>
                    <th scope="row">{service.name}</th>
                    <td class="num">{desired.instances[service.name] ?? 0}</td>
                    <td class="num">{desired.running[service.name] ?? 0}</td>
                    <td class="num">{desired.healthy[service.name] ?? 0}</td>
                    <td class="num">{desired.withdrawn[service.name]?.length ?? 0}</td>
                    <td class="mono">{artifact(service.artifact)}</td>
                  </tr>
                ))}
              </Table>
              {observed && (
                <p class="muted">
                  {t('Seen')} <Moment at={observed.observedAt} /> {observed.failure}
                </p>
              )}
            </section>
            <section class="panel">
              <h2>{t('Instances and what they write')}</h2>
              <Shown of={instances} what={t('instances')}>
                {(data) =>
                  data.instances.length ? (
                    <Table caption={t('Instances')} head={[t('Instance'), t('Service'), t('State'), t('Address'), t('Wrote'), t('Log')]}>
                      {data.instances.map((one) => (
                        <tr key={one.instanceId}>
                          <th scope="row" class="mono clip" title={one.instanceId}>
                            {one.instanceId}
                          </th>
                          <td>{one.service}</td>
                          <td>
                            <State kind={one.running ? (one.healthy ? 'good' : 'bad') : 'off'}>{one.running ? (one.healthy ? t('healthy') : t('not healthy')) : t('ended')}</State>
                          </td>
                          <td class="mono">{one.host ? `${one.host}:${one.port}` : '–'}</td>
                          <td>
                            <Moment at={one.writtenAt} />
                          </td>
                          <td>
                            <button
                              type="button"
                              aria-label={t('Log of {name}', one.instanceId)}
                              onClick={() => {
                                read.value = one.instanceId;
                                reading.value = true;
                              }}
                            >
                              {t('Log')}
                            </button>
                          </td>
                        </tr>
                      ))}
                    </Table>
                  ) : (
                    <Empty>{t('None runs, and none has left a log.')}</Empty>
                  )
                }
              </Shown>
            </section>
            <section class="panel">
              <h2>{t('What was done, newest first')}</h2>
              {history?.length ? (
                <Table caption={t('What was done, newest first')} head={['#', t('When'), t('What')]} class="history">
                  {[...history].reverse().map((line) => (
                    <tr key={line.sequence}>
                      <td class="num">{line.sequence}</td>
                      <td>
                        <Moment at={line.at} />
                      </td>
                      <th scope="row">
                        <details>
                          <summary>{line.type}</summary>
                          <Copyable label={t('Event')} text={JSON.stringify(line.event, null, 2)} />
                        </details>
                      </th>
                    </tr>
                  ))}
                </Table>
              ) : (
                <Empty>{t('No event fits the filter.')}</Empty>
              )}
            </section>
          </>
        )}
      </Shown>
      {read.value && <InstanceLog key={read.value} group={group} cluster={cluster} instance={read.value} open={reading} />}
    </>
  );
}
