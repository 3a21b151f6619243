import { useSignal } from '@preact/signals';
import { address, api, may } from './api';
import { t } from './i18n';
import { GroupFrame } from './group';
import { groupPath, Link } from './router';
import type { strategy } from './openapi';
import type { Group, GroupPageProps, RouterOfGroup } from './types';
import { Button, CommandDialog, Empty, Field, Moment, Pairs, Shown, State, Table, useDialog, useResource, type Command } from './ui';

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
  const [configuration, reread] = useResource(address('/api/groups/{groupId}/router-configuration', group), { poll: 4_000 });
  const open = useDialog();
  const chosen = useSignal<RouterOfGroup | null>(null);
  const live = (id: string) => configuration.data?.live.find((one) => one.routerId === id);
  return (
    <section class="panel">
      <h2>{t('Routers of {name}', group.groupId)}</h2>
      {configuration.data && <Pins group={group} configuration={configuration.data} done={reread} />}
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
                      {of?.heldBack && <State kind="warn">{t('held back at table {n}', of.toRun)}</State>}
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

/** Which table routers are to run: the newest, one that they are held at, or a new one for some of them first. */
function Pins(props: { group: Group; configuration: strategy.RouterConfigurationView; done: () => void }) {
  const { group, configuration } = props;
  const open = useDialog();
  const chosen = useSignal<'pin' | 'follow' | 'canary' | 'release' | 'back'>('pin');
  const version = useSignal('');
  const routers = useSignal('');
  const refused = may('operator') ? undefined : t('needs the role operator');
  const table = Number(version.value || configuration.newest);
  const named = routers.value.split(/[,\s]+/).filter(Boolean);
  const press = (what: typeof chosen.value, standard: number): void => {
    chosen.value = what;
    version.value = String(standard);
    open.value = true;
  };
  const isPinned = configuration.mode === 'PINNED' || Object.keys(configuration.routers).length > 0;
  const commands: Record<typeof chosen.value, Partial<Command> & { body: Record<string, unknown>; path: string; title: string }> = {
    pin: { title: t('Pin the table'), path: '', method: 'PUT', body: { mode: 'PINNED', version: table }, facts: <p>{t('All routers run this table until they follow again; an upgrade that needs a newer one waits.')}</p> },
    follow: { title: t('Follow the newest table'), path: '', method: 'PUT', body: { mode: 'FOLLOW' }, facts: <p>{t('All routers run the newest table from now on, {n}.', configuration.newest)}</p> },
    canary: { title: t('Try a table on some routers'), path: 'canary', body: { version: table, routers: named }, facts: <p>{t('These routers run the table; the others stay where they are.')}</p> },
    release: { title: t('Give a table to all routers'), path: 'release', body: { version: table }, facts: <p>{t('What was tried on some routers is now run by all.')}</p> },
    back: { title: t('Make an earlier table the newest'), path: 'rollback', body: { version: table }, facts: <p>{t('Its rules hold again, as a new table; who goes where changes for everybody at once.')}</p> },
  };
  const command = commands[chosen.value];
  return (
    <>
      <div class="actions">
        <Button refused={refused} onPress={() => press('pin', configuration.released)}>
          {t('Pin the table')}
        </Button>
        <Button refused={refused ?? (isPinned ? undefined : t('no router is pinned'))} onPress={() => press('follow', configuration.newest)}>
          {t('Follow the newest table')}
        </Button>
        <Button refused={refused} onPress={() => press('canary', configuration.newest)}>
          {t('Try a table on some routers')}
        </Button>
        <Button refused={refused ?? (isPinned ? undefined : t('no router is pinned'))} onPress={() => press('release', configuration.newest)}>
          {t('Give a table to all routers')}
        </Button>
        <Button class="danger" refused={refused} onPress={() => press('back', Math.max(1, configuration.released - 1))}>
          {t('Make an earlier table the newest')}
        </Button>
      </div>
      {Object.keys(configuration.routers).length > 0 && (
        <Pairs of={Object.fromEntries(Object.entries(configuration.routers).map(([router, n]) => [router, t('pinned at table {n}', n)]))} />
      )}
      <CommandDialog
        open={open}
        command={{
          title: command.title,
          danger: chosen.value === 'back',
          facts: (
            <>
              {command.facts}
              {chosen.value !== 'follow' && <Field label={t('Table')} type="number" value={version} required />}
              {chosen.value === 'canary' && <Field label={t('Routers')} value={routers} required hint={configuration.live.map((one) => one.routerId).join(', ')} />}
            </>
          ),
          method: command.method ?? 'POST',
          path: api('groups', group.groupId, 'router-configuration', ...(command.path ? [command.path] : [])),
          body: command.body,
          done: props.done,
        }}
      />
    </>
  );
}
