import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { address, get } from './api';
import { Chart, type Series } from './chart';
import { duration, size } from './format';
import { t } from './i18n';
import { ratesOf, traffic, useTraffic } from './traffic';
import type { Health, Rate } from './types';
import { place, setParameter } from './router';
import { ids, row } from './store';
import { Empty, Moment, Shown, State, Table, useResource } from './ui';

/** How many points a chart keeps: ten minutes of one every two seconds. */
const MOST = 300;
const EVERY = 2_000;

export function MonitoringPage() {
  const all = ids.value;
  const group = place.value.search.get('group') ?? all[0] ?? '';
  return (
    <>
      <header class="title">
        <h1>{t('Monitoring')}</h1>
        <span class="spacer" />
        {all.length > 0 && (
          <label class="field row">
            <span>{t('Group')}</span>
            <select value={group} onChange={(event) => setParameter('group', event.currentTarget.value)}>
              {all.map((id) => (
                <option key={id} value={id} selected={id === group}>
                  {id}
                </option>
              ))}
            </select>
          </label>
        )}
      </header>
      {group && <Traffic key={group} group={group} />}
      {group && <Rates key={`rates of ${group}`} group={group} />}
      <Machines />
      <Subjects />
    </>
  );
}

const COLOUR: Record<string, Series['colour']> = { RED: 'red', YELLOW: 'yellow', GREEN: 'green' };

/** Requests in flight and their share, by cluster, summed over the routers; drawn while the page is open. */
function Traffic({ group }: { group: string }) {
  const points = useSignal<{ at: number; inFlight: Record<string, number> }[]>([]);
  const known = useSignal(false);
  useEffect(() => {
    let timer = 0;
    const abort = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const { routers } = await get(address('/api/groups/{groupId}/routers', { groupId: group }, { limit: 500 }), abort.signal, true);
        const inFlight: Record<string, number> = {};
        for (const router of routers) {
          for (const [name, n] of Object.entries(router.report.inFlight)) inFlight[name] = (inFlight[name] ?? 0) + n;
        }
        points.value = [...points.peek().slice(1 - MOST), { at: Date.now(), inFlight }];
        known.value = true;
      } catch {
        if (abort.signal.aborted) return;
        // A gap in the line says that nothing was known.
      }
      timer = window.setTimeout(() => void ask(), EVERY);
    };
    void ask();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [group]);
  const clusters = Object.entries(row(group).value?.clusters ?? {});
  if (!known.value || !clusters.length) return null;
  const times = points.value.map((point) => point.at);
  const taken = new Set<string>();
  const series = (value: (point: { inFlight: Record<string, number> }, name: string) => number | null): Series[] => {
    taken.clear();
    return clusters.map(([name, cluster]) => {
      let colour = COLOUR[cluster.status] ?? 'blue';
      if (taken.has(colour)) colour = 'blue';
      taken.add(colour);
      return { label: `${name} ${cluster.manifest?.version ?? ''} ${cluster.status}`, colour, values: points.value.map((point) => value(point, name)) };
    });
  };
  const share = (point: { inFlight: Record<string, number> }, name: string): number | null => {
    const sum = Object.values(point.inFlight).reduce((a, b) => a + b, 0);
    return sum ? Math.round((1000 * (point.inFlight[name] ?? 0)) / sum) / 10 : null;
  };
  return (
    <section class="panel charts" aria-label={t('Traffic of {name}', group)}>
      <Chart title={t('Requests in flight, by cluster')} times={times} series={series((point, name) => point.inFlight[name] ?? 0)} />
      <Chart title={t('Share of the requests in flight')} times={times} series={series(share)} unit=" %" bounds={[0, 100]} />
    </section>
  );
}

/** Cluster against cluster by what the routers count: requests, share of errors, and the tail of the times. */
function Rates({ group }: { group: string }) {
  const points = useSignal<{ at: number; rates: Record<string, Rate> }[]>([]);
  useTraffic();
  const now = traffic.value;
  const at = now ? new Date(now.at).getTime() : 0;
  useEffect(() => {
    const rates = ratesOf(group);
    if (rates) points.value = [...points.peek().slice(1 - MOST), { at, rates }];
  }, [at]);
  const clusters = Object.entries(row(group).value?.clusters ?? {});
  if (!points.value.length || !clusters.length) return null;
  const times = points.value.map((point) => point.at);
  const series = (value: (rate: Rate | undefined) => number | null): Series[] => {
    const taken = new Set<string>();
    return clusters.map(([name, cluster]) => {
      let colour = COLOUR[cluster.status] ?? 'blue';
      if (taken.has(colour)) colour = 'blue';
      taken.add(colour);
      return { label: `${name} ${cluster.manifest?.version ?? ''} ${cluster.status}`, colour, values: points.value.map((point) => value(point.rates[name])) };
    });
  };
  const rounded = (n: number): number => Math.round(n * 100) / 100;
  return (
    <section class="panel charts" aria-label={t('Cluster against cluster: {name}', group)}>
      <Chart title={t('Requests per second')} times={times} series={series((rate) => rate?.requestsPerSecond ?? 0)} unit="/s" />
      <Chart title={t('Share of errors')} times={times} series={series((rate) => (rate?.requestsPerSecond ? rounded((100 * rate.errorsPerSecond) / rate.requestsPerSecond) : null))} unit=" %" />
      <Chart title={t('95 of 100 are answered within')} times={times} series={series((rate) => (rate?.slowest95thSeconds ? rounded(1000 * rate.slowest95thSeconds) : null))} unit=" ms" />
    </section>
  );
}

function Machines() {
  const machine = useResource(address('/api/machine', {}), { poll: 3_000 });
  const points = useSignal<{ at: number; cpu: number; memory: number }[]>([]);
  const at = machine[0].at;
  useEffect(() => {
    const data = machine[0].data;
    if (!data) return;
    points.value = [
      ...points.peek().slice(1 - MOST),
      { at, cpu: Math.round(data.cpuRatio * 1000) / 10, memory: Math.round((1000 * data.memory.usedBytes) / data.memory.totalBytes) / 10 },
    ];
  }, [at]);
  return (
    <section class="panel">
      <h2>{t('The machine of monitor-service')}</h2>
      <Shown of={machine} what={t('the machine')}>
        {(data) => (
          <>
            <p>
              {data.hostname}: {t('{n} processors', data.processors)}, load {data.load.map((n) => Math.round(n * 100) / 100).join(' ')}, {t('memory')} {size(data.memory.usedBytes)} / {size(data.memory.totalBytes)},{' '}
              {t('{n} processes', data.processes)}, {t('{n} open files', data.openFiles)}, {t('up for {time}', duration(data.uptimeSeconds))}
            </p>
            <Chart
              title={t('Processors and memory')}
              times={points.value.map((point) => point.at)}
              series={[
                { label: t('processors'), colour: 'blue', values: points.value.map((point) => point.cpu) },
                { label: t('memory'), colour: 'green', values: points.value.map((point) => point.memory) },
              ]}
              unit=" %"
              bounds={[0, 100]}
            />
            <Table caption={t('Disks')} head={[t('Disk'), t('Used'), t('Size')]}>
              {data.disks.map((disk) => (
                <tr key={disk.mount}>
                  <th scope="row" class="mono">
                    {disk.mount}
                  </th>
                  <td>
                    <meter min={0} max={disk.totalBytes} low={disk.totalBytes * 0.8} high={disk.totalBytes * 0.9} optimum={0} value={disk.totalBytes - disk.usableBytes} aria-label={disk.mount} />{' '}
                    {Math.round(100 - (100 * disk.usableBytes) / disk.totalBytes)} %
                  </td>
                  <td>{size(disk.totalBytes)}</td>
                </tr>
              ))}
            </Table>
            {data.suite && (
              <Table caption={t('Processes of the suite')} head={[t('Process'), t('Memory'), t('Files'), t('CPU time')]}>
                {Object.entries(data.suite).map(([name, one]) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{size(one.residentBytes)}</td>
                    <td class="num">{one.openFiles}</td>
                    <td>{duration(one.cpuSeconds)}</td>
                  </tr>
                ))}
              </Table>
            )}
          </>
        )}
      </Shown>
    </section>
  );
}

function Subjects() {
  const health = useResource(address('/api/health', {}, { limit: 500 }), { poll: 5_000 });
  return (
    <section class="panel">
      <h2>{t('Health')}</h2>
      <Shown of={health} what={t('health')}>
        {(data) =>
          data.subjects.length ? (
            <Table caption={t('Health')} head={[t('Subject'), t('State'), t('Since'), t('Detail')]}>
              {[...data.subjects]
                .sort((a, b) => rank(a) - rank(b))
                .map((one) => (
                  <tr key={one.subjectId}>
                    <th scope="row" class="mono clip" title={one.subjectId}>
                      {one.subjectId}
                    </th>
                    <td>
                      <State kind={one.status === 'UP' ? 'good' : one.status === 'DOWN' ? 'bad' : 'off'}>{one.status}</State>
                    </td>
                    <td>
                      <Moment at={one.since} />
                    </td>
                    <td>
                      {Object.entries(one.details)
                        .map(([name, text]) => `${name}: ${text}`)
                        .join(', ')}
                    </td>
                  </tr>
                ))}
            </Table>
          ) : (
            <Empty>{t('Nothing is watched yet.')}</Empty>
          )
        }
      </Shown>
    </section>
  );
}

const rank = (one: Health): number => (one.status === 'DOWN' ? 0 : one.status === 'UNKNOWN' ? 2 : 1);
