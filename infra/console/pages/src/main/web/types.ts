/** Answers of the services, as far as the console reads them. */

export type Colour = 'RED' | 'YELLOW' | 'GREEN';

export interface IdListRef {
  sha256: string;
  count: number;
  kind?: 'IDS' | 'INTERVALS' | 'ids' | 'intervals';
}

export interface IdRule {
  all: boolean;
  ids: string[];
  intervals: [string, string][];
  percent?: number | string;
  idLists?: IdListRef[];
  /** How many there are, where they are not named. */
  counted?: { ids: number; intervals: number };
}

export interface Strategy {
  status: Colour;
  id: IdRule;
}

export interface Artifact {
  type: 'file' | 'image';
  uri?: string;
  sha256?: string;
  repository?: string;
  digest?: string;
}

export interface ServiceManifest {
  name: string;
  artifact: Artifact;
  args?: string[];
  env?: Record<string, string>;
  instances?: number;
  cpus?: number;
  memoryMiB?: number;
  configRevision?: string;
  scriptRevision?: string;
}

export interface Manifest {
  version: string;
  services: ServiceManifest[];
}

export interface Instance {
  instanceId: string;
  host: string;
  port: number;
  healthy: boolean;
  withdrawn: boolean;
}

export interface ServiceObservation {
  service: string;
  desired: number;
  running: number;
  healthy: number;
  instances: Instance[];
}

export interface Cluster {
  status: Colour;
  id: IdRule;
  manifest?: Manifest;
  instances: Record<string, number>;
  withdrawn?: Record<string, string[]>;
  scaling?: {
    instances: Record<string, number>;
    startedAt: string;
    requestedBy: string;
    reason: string;
    missing: Record<string, string>;
  };
  observed?: { services: ServiceObservation[]; failure?: string | null; observedAt: string };
}

export interface Action {
  name: string;
  target?: string;
  method: string;
  path: string;
  allowed: boolean;
  code?: string;
  reason?: string;
  confirm?: string;
}

export interface RunningUpgrade {
  upgradeId: string;
  mode: string;
  from?: string;
  to: string;
  version: string;
  paused: boolean;
  aborting: boolean;
  step: number;
  steps: number;
  title: string;
  attempt: number;
  startedAt: string;
  stepStartedAt: string;
  requestedBy: string;
  reason: string;
  seen: Record<string, string>;
  missing: Record<string, string>;
}

/** A group as lists have it. */
export interface LightGroup {
  groupId: string;
  application: string;
  environment: string;
  version: number;
  tableVersion: number;
  status: string;
  health: string;
  clusters: Record<
    string,
    {
      status: Colour;
      release?: string;
      takes: { all: boolean; ids: number; intervals: number; percent?: number | string };
      health: string;
      desired: Record<string, number>;
      healthy?: Record<string, number>;
      failure?: string;
      scaling: boolean;
    }
  >;
  upgrade?: Omit<RunningUpgrade, 'paused' | 'aborting' | 'attempt' | 'stepStartedAt' | 'reason' | 'seen' | 'missing'>;
}

export interface Group {
  /** Made of what a list says: enough for a row, not for a page. */
  light?: boolean;
  groupId: string;
  version: number;
  application: string;
  environment: string;
  epoch: number;
  tableVersion: number;
  entries: { host?: string | null; pathPrefix: string; service: string }[];
  identity: { headers: string[]; cookies: string[]; queryParameters: string[]; claims?: string[] };
  affinity: 'ID' | 'NONE';
  clusters: Record<string, Cluster>;
  routerConfiguration?: { mode: string; version?: number; routers: Record<string, number> };
  upgrade?: RunningUpgrade;
  ended?: boolean;
  decommission?: { phase: string; startedAt: string; requestedBy: string; reason: string; missing: Record<string, string> };
  recovery?: { missing: Record<string, string> };
  ahead?: { evidence: Record<string, string> };
  actions?: Action[];
}

export type Gate =
  | { type: 'approval'; name: string; approvals: number }
  | { type: 'bake'; name: string; time: string }
  | { type: 'schedule'; name: string; notBefore?: string; within?: { days: string[]; from: string; to: string; zone: string }[] }
  | { type: 'metric'; name: string; measure: string; toleratedRatio: number; alpha: number; minimumRequests: number; slowerThan?: string; watch: boolean }
  | { type: string; name: string };

export interface Stage {
  name: string;
  rule: IdRule;
  gates: Gate[];
  deadline?: string;
  onFail?: string;
  onInconclusive?: string;
}

export interface Step {
  kind: 'START' | 'ROUTE' | 'GATE' | 'DRAIN' | 'STOP';
  cluster?: string;
  stage?: string;
  timeout?: string;
  title: string;
  instances?: Record<string, number>;
}

export interface Upgrade {
  groupId: string;
  status: 'RUNNING' | 'PAUSED' | 'ABORTING' | 'COMPLETED' | 'ABORTED';
  endedAt?: string;
  upgrade: {
    upgradeId: string;
    mode: string;
    from?: string;
    to: string;
    manifest: Manifest;
    instances: Record<string, number>;
    stages: Stage[];
    steps: Step[];
    policy: Record<string, string>;
    planHash: string;
    rollbackPointId?: string;
    requestedBy: string;
    reason: string;
    startedAt: string;
    step: number;
    attempt: number;
    stepStartedAt: string;
    approvedBy: string[];
    paused: boolean;
    aborting: boolean;
  };
}

export interface UpgradeTimes {
  total: string;
  paused: string;
  waitedForPeople: string;
  steps: { step: number; attempts: number; startedAt: string; time: string; waitedForPeople: string }[];
}

export interface DryRun {
  groupId: string;
  mode: string;
  from?: string;
  to: string;
  release: string;
  instances: Record<string, number>;
  atLeast: string;
  approvals: number;
  planHash: string;
  steps: { number: number; kind: string; title: string; what: string; timeout?: string }[];
}

export interface HistoryEntry {
  groupId: string;
  sequence: number;
  type: string;
  at: string;
  actor?: string;
  reason?: string;
  correlationId?: string;
  event: Record<string, unknown>;
}

export interface RollbackPoint {
  rollbackPointId: string;
  sequence: number;
  cluster: string;
  manifest: Manifest;
  instances: Record<string, number>;
  strategies: Record<string, Strategy>;
  at: string;
}

export interface RouterOfGroup {
  routerId: string;
  bootId: string;
  kind: string;
  reportedAt: string;
  silent: boolean;
  report: {
    epoch: number;
    version: number;
    inFlight: Record<string, number>;
    incomplete: boolean;
    rejectedVersion?: number;
    rejection?: string;
  };
}

export interface RouterView {
  report: { routerId: string; kind: string; address?: string; groups: Record<string, RouterOfGroup['report']> };
  reportedAt: string;
  silent: boolean;
}

export interface GateJudgement {
  upgradeId: string;
  step: number;
  stage: string;
  gate: string;
  verdict?: string;
  evidence: Record<string, string>;
  at?: string;
}

export interface RouteTable {
  group: string;
  epoch: number;
  version: number;
  affinity: 'ID' | 'NONE';
  entries: { pathPrefix: string; service: string }[];
  clusters: Record<string, Strategy>;
}

export interface Revision {
  namespace: string;
  revision: number;
  actor?: string;
  reason?: string;
  publishedAt?: string;
  changedKeys?: string[];
}

export interface Session {
  subject: string;
  name?: string;
  roles: string[];
  expires?: string;
  csrf: string;
  suite?: { name?: string; version?: string };
}

export interface GroupPageProps {
  groupId: string;
}
