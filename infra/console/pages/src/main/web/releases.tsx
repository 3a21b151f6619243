import { useSignal } from '@preact/signals';
import { address, order, Problem } from './api';
import { artifact } from './format';
import { GroupFrame } from './group';
import { t } from './i18n';
import type { deploy } from './openapi';
import type { Group, GroupPageProps } from './types';
import { Copyable, Empty, Failed, Moment, Shown, State, Table, useResource } from './ui';

export function ReleasesPage({ groupId }: GroupPageProps) {
  return <GroupFrame groupId={groupId}>{(group) => <Releases group={group} />}</GroupFrame>;
}

function Releases({ group }: { group: Group }) {
  const releases = useResource(address('/api/releases/{group}', { group: group.groupId }), { poll: 10_000 });
  const from = useSignal('');
  const to = useSignal('');
  return (
    <>
      <section class="panel">
        <h2>{t('Releases, newest first')}</h2>
        <p class="muted">{t('What clusters of this group were to run, with everything pinned. A name that was given twice stands here twice.')}</p>
        <Shown of={releases} what={t('releases')}>
          {(data) =>
            data.releases.length ? (
              <Table caption={t('Releases')} head={[t('Release'), t('Runs in'), t('First'), t('Last'), t('What'), t('Manifest')]}>
                {data.releases.map((one) => (
                  <tr key={one.digest}>
                    <th scope="row">
                      {one.version}
                      <small class="mono">{one.digest.slice(0, 12)}</small>
                    </th>
                    <td>{one.current.length ? <State kind="good">{one.current.join(', ')}</State> : <State kind="off">{t('in none; was in {list}', one.clusters.join(', '))}</State>}</td>
                    <td>
                      <Moment at={one.firstDesiredAt} />
                    </td>
                    <td>
                      <Moment at={one.lastDesiredAt} />
                    </td>
                    <td>
                      {one.manifest.services.map((service) => (
                        <p key={service.name}>
                          {service.name} <span class="mono">{artifact(service.artifact)}</span>{' '}
                          <small>
                            {[service.configRevision && `${t('config')} ${service.configRevision}`, service.scriptRevision && `${t('scripts')} ${service.scriptRevision.slice(0, 10)}`].filter(Boolean).join(' · ')}
                          </small>
                        </p>
                      ))}
                    </td>
                    <td>
                      <details>
                        <summary>{t('Manifest')}</summary>
                        <Copyable label={`${t('Manifest')} ${one.version}`} text={JSON.stringify(one.manifest, null, 2)} />
                      </details>
                    </td>
                  </tr>
                ))}
              </Table>
            ) : (
              <Empty>{t('No release was ever here.')}</Empty>
            )
          }
        </Shown>
      </section>
      {releases[0].data && releases[0].data.releases.length > 1 && <Compare all={releases[0].data.releases} from={from.value} to={to.value} choose={(a, b) => ((from.value = a), (to.value = b))} />}
    </>
  );
}

function Compare(props: { all: deploy.Release[]; from: string; to: string; choose: (from: string, to: string) => void }) {
  const { all } = props;
  const from = all.find((one) => one.digest === props.from) ?? all[1]!;
  const to = all.find((one) => one.digest === props.to) ?? all[0]!;
  const found = useSignal<deploy.Differences | null>(null);
  const problem = useSignal<Problem | null>(null);
  const compare = async (event: Event): Promise<void> => {
    event.preventDefault();
    problem.value = null;
    try {
      found.value = (await order('POST /api/manifests/diff', {}, { from: from.manifest, to: to.manifest }, { dry: true })).body;
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  const choice = (label: string, chosen: deploy.Release, choose: (digest: string) => void) => (
    <label class="field">
      <span>{label}</span>
      <select value={chosen.digest} onChange={(event) => ((found.value = null), choose(event.currentTarget.value))}>
        {all.map((one) => (
          <option key={one.digest} value={one.digest} selected={one === chosen}>
            {one.version} {one.digest.slice(0, 8)}
          </option>
        ))}
      </select>
    </label>
  );
  const show = (value: unknown): string => (value === undefined || value === null ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value));
  return (
    <section class="panel" aria-labelledby="compare-title">
      <h2 id="compare-title">{t('How two releases differ')}</h2>
      <form class="inline" onSubmit={(event) => void compare(event)}>
        {choice(t('From'), from, (digest) => props.choose(digest, to.digest))}
        {choice(t('To'), to, (digest) => props.choose(from.digest, digest))}
        <button type="submit">{t('Compare')}</button>
      </form>
      {problem.value && <Failed problem={problem.value} />}
      {found.value &&
        (found.value.changes.length ? (
          <Table caption={t('Differences')} head={[t('Where'), t('Before'), t('After')]} class="diff">
            {found.value.changes.map((change) => (
              <tr key={change.path}>
                <th scope="row" class="mono">
                  {change.path}
                </th>
                <td class="before">{show(change.from)}</td>
                <td class="after">{show(change.to)}</td>
              </tr>
            ))}
          </Table>
        ) : (
          <Empty>{t('Nothing differs.')}</Empty>
        ))}
    </section>
  );
}
