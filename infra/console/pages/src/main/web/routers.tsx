import { useSignal } from '@preact/signals';
import { address, api, may } from './api';
import { t } from './i18n';
import { GroupFrame } from './group';
import { groupPath, Link } from './router';
import type { Group, GroupPageProps, RouterOfGroup } from './types';
import { Button, CommandDialog, Empty, Moment, Pairs, Shown, State, Table, useDialog, useResource } from './ui';

export function RoutersPage() {
  const routers = useResource(address('/api/routers', {}, { limit: 5000 }), { poll: 4_000 });
  return (
    <>
      <header class="title">
        <h1>{t('Routers')}</h1>
      </header>
      <Shown of={routers} what={t('routers')}>
        {(data) =>
          data.routers.length ? (
            <Table caption={t('Routers')} head={[t('Router'), t('Kind'), t('State'), t('Reported'), t('Address'), t('Tables')]}>
              {data.routers.map((router) => (
                <tr key={router.report.routerId}>
                  <th scope="row">{router.report.routerId}</th>
                  <td>{router.report.kind}</td>
                  <td>
                    <Speaks silent={router.silent} />
                  </td>
                  <td>
                    <Moment at={router.reportedAt} />
                  </td>
                  <td class="mono">{router.report.address ?? '–'}</td>
                  <td>
                    {Object.entries(router.report.groups).map(([group, report]) => (
                      <span key={group} class="tag">
                        <Link to={groupPath(group, 'routers')}>{group}</Link> {report.version}
                        {report.rejection && <State kind="bad">{t('refuses {n}', report.rejectedVersion ?? '')}</State>}
                      </span>
                    ))}
                  </td>
                </tr>
              ))}
            </Table>
          ) : (
            <Empty>{t('No router has reported yet.')}</Empty>
          )
        }
      </Shown>
    </>
  );
}

const Speaks = ({ silent }: { silent: boolean }) => (silent ? <State kind="bad">{t('silent')}</State> : <State kind="good">{t('speaks')}</State>);

export function GroupRoutersPage({ groupId }: GroupPageProps) {
  return <GroupFrame groupId={groupId}>{(group) => <Body group={group} />}</GroupFrame>;
}

function Body({ group }: { group: Group }) {
  const routers = useResource(address('/api/groups/{groupId}/routers', group, { limit: 500 }), { poll: 2_000 });
  const [configuration] = useResource(address('/api/groups/{groupId}/router-configuration', group), { poll: 4_000 });
  const open = useDialog();
  const chosen = useSignal<RouterOfGroup | null>(null);
  const live = (id: string) => configuration.data?.live.find((one) => one.routerId === id);
  return (
    <section class="panel">
      <h2>{t('Routers of {name}', group.groupId)}</h2>
      {configuration.data && (
        <p>
          {t('Newest table {a}; released to all routers {b}.', configuration.data.newest, configuration.data.released)}{' '}
          {configuration.data.mode !== 'FOLLOW' && <State kind="warn">{t('pinned at table {n}', configuration.data.version ?? '?')}</State>}
          {configuration.data.holdsUpgrade && <State kind="warn">{t('the pin holds the running upgrade')}</State>}
        </p>
      )}
      <Shown of={routers} what={t('routers')}>
        {(data) =>
          data.routers.length ? (
            <Table caption={t('Routers of {name}', group.groupId)} head={[t('Router'), t('Kind'), t('State'), t('Reported'), t('Table'), t('Lag'), t('In flight'), t('Evict')]}>
              {data.routers.map((router) => {
                const of = live(router.routerId);
                const lag = Math.max(0, (of?.toRun ?? group.tableVersion) - router.report.version);
                return (
                  <tr key={router.routerId}>
                    <th scope="row">{router.routerId}</th>
                    <td>{router.kind}</td>
                    <td>
                      <Speaks silent={router.silent} />
                      {router.report.rejection && <State kind="bad">{t('refuses {n}', `${router.report.rejectedVersion ?? ''}: ${router.report.rejection}`)}</State>}
                      {!of && configuration.data && <State kind="off">{t('not waited for')}</State>}
                    </td>
                    <td>
                      <Moment at={router.reportedAt} />
                    </td>
                    <td class="num">{router.report.version}</td>
                    <td>{lag ? <State kind="wait">{t('{n} tables behind', lag)}</State> : <State kind="good">{t('up to date')}</State>}</td>
                    <td>
                      {Object.entries(router.report.inFlight)
                        .map(([cluster, n]) => `${cluster} ${n}`)
                        .join(', ') || '0'}
                    </td>
                    <td>
                      <Button
                        class="danger"
                        refused={may('operator') ? undefined : t('needs the role operator')}
                        onPress={() => {
                          chosen.value = router;
                          open.value = true;
                        }}
                      >
                        {t('Evict')}
                      </Button>
                    </td>
                  </tr>
                );
              })}
            </Table>
          ) : (
            <Empty>{t('No router has this group.')}</Empty>
          )
        }
      </Shown>
      {chosen.value && (
        <CommandDialog
          open={open}
          command={{
            title: t('Evict router {name}', chosen.value.routerId),
            button: t('Evict'),
            danger: true,
            facts: (
              <>
                <p>{t('Upgrades of {name} no longer wait for this router. Only when it takes no requests any more: if it still does, users may reach a cluster that is being stopped.', group.groupId)}</p>
                <Pairs
                  of={{
                    [t('Reported')]: chosen.value.reportedAt,
                    [t('Table')]: String(chosen.value.report.version),
                    [t('In flight')]: Object.entries(chosen.value.report.inFlight).map(([c, n]) => `${c} ${n}`).join(', ') || '0',
                  }}
                />
              </>
            ),
            method: 'POST',
            path: api('groups', group.groupId, 'routers', chosen.value.routerId, 'eviction'),
            words: ['router', 'evict', group.groupId, chosen.value.routerId],
          }}
        />
      )}
    </section>
  );
}
