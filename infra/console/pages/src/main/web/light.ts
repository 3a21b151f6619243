import type { Cluster, Group, LightGroup } from './types';

/** What a list says of a group, in the form of its full view; what is not said is empty. A full view stays as it is. */
export function whole(told: Group | LightGroup): Group {
  const first = Object.values(told.clusters)[0];
  if (!('health' in told) || (first && !('takes' in first))) return told as Group;
  const light = told as LightGroup;
  const clusters: Record<string, Cluster> = {};
  for (const [name, one] of Object.entries(light.clusters)) {
    clusters[name] = {
      status: one.status,
      id: {
        all: one.takes.all,
        ids: [],
        intervals: [],
        percent: one.takes.percent,
        counted: { ids: one.takes.ids, intervals: one.takes.intervals },
      },
      manifest: one.release === undefined ? undefined : { version: one.release, services: [] },
      instances: one.desired,
      observed: one.healthy && {
        failure: one.failure,
        observedAt: '',
        services: Object.entries(one.desired).map(([service, desired]) => {
          const healthy = one.healthy?.[service] ?? 0;
          return { service, desired, running: healthy, healthy, instances: [] };
        }),
      },
    };
  }
  const ending = { phase: 'ENDING', startedAt: '', requestedBy: '', reason: '', missing: {} };
  return {
    light: true,
    groupId: light.groupId,
    version: light.version,
    application: light.application,
    environment: light.environment,
    epoch: 0,
    tableVersion: light.tableVersion,
    entries: [],
    identity: { headers: [], cookies: [], queryParameters: [] },
    affinity: 'ID',
    clusters,
    upgrade: light.upgrade && {
      ...light.upgrade,
      paused: light.status === 'PAUSED',
      aborting: light.status === 'ABORTING',
      attempt: 1,
      stepStartedAt: light.upgrade.startedAt,
      reason: '',
      seen: {},
      missing: {},
    },
    decommission: light.status === 'ENDING' ? ending : undefined,
    recovery: light.status === 'RECOVERING' ? { missing: {} } : undefined,
  };
}
