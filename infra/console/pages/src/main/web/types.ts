import type { config, monitor, strategy } from './openapi';

/** Names that the pages use for what the services answer, and what is the console's own. */

export type Colour = strategy.RouteStrategy['status'];

/** A rule; of a list's answer only how many there are. */
export type IdRule = strategy.IdRule & { counted?: { ids: number; intervals: number } };

export interface Strategy {
  status: Colour;
  id: IdRule;
}

export type ServiceManifest = strategy.ServiceManifest;
export type Manifest = strategy.Manifest;
export type Instance = strategy.Instance;
export type ServiceObservation = strategy.ServiceObservation;
export type Action = strategy.Action;
export type RunningUpgrade = strategy.RunningUpgrade;
export type LightGroup = strategy.LightGroup;
export type Gate = strategy.Stage['gates'][number];
export type Stage = strategy.Stage;
export type Step = strategy.UpgradeStep;
export type Upgrade = strategy.UpgradeDocument;
export type UpgradeTimes = strategy.UpgradeTimes;
export type DryRun = strategy.DryRun;
/** Pages show any event, also one that is newer than they are. */
export type HistoryEntry = Omit<strategy.HistoryEntry, 'event'> & { event: Record<string, unknown> };
export type Artifact = ServiceManifest['artifact'];
export type RollbackPoint = strategy.RollbackPoint;
export type RouterOfGroup = strategy.GroupRouter;
export type RouterView = strategy.RouterView;
export type GateJudgement = monitor.GateView;
export type RouteTable = strategy.RouteTable;
export type Revision = config.RevisionView;
export type Comparison = config.Comparison;
export type FreezeView = strategy.WindowView;
export type FreezeWindow = FreezeView['window'];
export type WeeklyTime = NonNullable<FreezeWindow['weekly']>[number];
export type Health = monitor.HealthView;
export type Traffic = monitor.TrafficView;
export type Rate = monitor.Rate;
export type Template = strategy.PlanTemplateSet;
export type Plan = strategy.PlanTemplate;

export type Cluster = Omit<strategy.ClusterView, 'id' | 'observed'> & {
  id: IdRule;
  observed?: Partial<Pick<strategy.ClusterObserved, 'failure'>> & Pick<strategy.ClusterObserved, 'services' | 'observedAt'>;
};

export type Group = Omit<strategy.GroupView, 'clusters' | 'routerConfiguration' | 'decommission' | 'recovery'> & {
  /** Made of what a list says: enough for a row, not for a page. */
  light?: boolean;
  clusters: Record<string, Cluster>;
  routerConfiguration?: strategy.GroupView['routerConfiguration'];
  decommission?: Omit<strategy.DecommissionView, 'grace' | 'seen' | 'phase'> & { phase: string };
  recovery?: Pick<strategy.RecoveryView, 'missing'>;
};

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
