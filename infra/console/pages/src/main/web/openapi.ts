// Made of docs/openapi by ApiTypesTest; do not edit.

export namespace config {
  export type Change = {
    from: unknown;
    to: unknown;
  };
  export type Comparison = {
    added: Record<string, unknown>;
    changed: Record<string, Change>;
    from: number;
    removed: Record<string, unknown>;
    to: number;
  };
  export type Content = {
    files?: null | Record<string, string>;
    properties?: null | Record<string, unknown>;
    text?: null | string;
    yaml?: null | string;
  };
  export type DraftContent = {
    base?: number | null;
    files?: null | Record<string, string>;
    properties?: null | Record<string, unknown>;
    text?: null | string;
    yaml?: null | string;
  };
  export type DraftPublication = {
    reason: string;
  };
  export type DraftView = {
    authors: string[];
    base: number;
    namespace: string;
    sha256: string;
    updatedAt: string;
    version: number;
  };
  export type DraftWithContent = {
    added: Record<string, unknown>;
    changed: Record<string, Change>;
    document: Source | null;
    draft: DraftView;
    files: Record<string, string>;
    properties: Record<string, unknown>;
    removed: Record<string, unknown>;
  };
  export type EnvironmentDocument = {
    label: string;
    name: string;
    profiles: string[];
    propertySources: PropertySource[];
    state: null | string;
    version: string;
  };
  export type Found = {
    key: string;
    namespace: string;
    revision: number;
    value: unknown;
  };
  export type FoundPage = {
    found: Found[];
    next: null | string;
  };
  export type NamespaceComparison = {
    added: Record<string, unknown>;
    changed: Record<string, Change>;
    left: string;
    removed: Record<string, unknown>;
    right: string;
  };
  export type NamespacePage = {
    namespaces: RevisionView[];
    next: null | string;
  };
  export type Problem = {
    code: string;
    detail: string;
    instance: string;
    status: number;
    title: string;
    traceId: string;
    type: string;
  };
  export type PropertySource = {
    name: string;
    source: Record<string, unknown>;
  };
  export type Publication = {
    again?: boolean | null;
    files?: null | Record<string, string>;
    properties?: null | Record<string, unknown>;
    reason: string;
    text?: null | string;
    yaml?: null | string;
  };
  export type RevisionPage = {
    next: number | null;
    revisions: RevisionView[];
  };
  export type RevisionView = {
    actor: string;
    changedKeys: string[];
    namespace: string;
    publishedAt: string;
    reason: string;
    restored?: number;
    revision: number;
    sha256: string;
  };
  export type RevisionWithContent = {
    document?: Source;
    files: Record<string, string>;
    properties: Record<string, unknown>;
    revision: RevisionView;
  };
  export type Rollback = {
    reason: string;
    revision?: number;
  };
  export type Rotation = {
    rewrapped: number;
  };
  export type Source = {
    format: string;
    text: string;
  };
}

export namespace deploy {
  export type Change = {
    from?: unknown;
    kind: 'ADDED' | 'REMOVED' | 'CHANGED';
    path: string;
    to?: unknown;
  };
  export type ClusterObserved = {
    cluster: string;
    digest: string;
    epoch: number;
    failure: null | string;
    fence: number;
    groupId: string;
    observation: number;
    observedAt: string;
    problem?: Rejection;
    services: ServiceObservation[];
  };
  export type Content = {
    bytes: number;
    namedBy: string[];
    sha256: string;
    usedAt: string;
  };
  export type DataSchema = {
    reads: number[];
    writes: number;
  };
  export type DataSchemaInput = {
    reads?: number[];
    writes?: number;
  };
  export type DeploymentPage = {
    deployments: DeploymentView[];
    next: null | string;
  };
  export type DeploymentState = {
    cluster: string;
    commandId: string;
    deadline: null | string;
    digest: string;
    epoch: number;
    failure: Rejection | null;
    fence: number;
    groupId: string;
    healthy: Record<string, number>;
    instances: Record<string, number>;
    manifest: Manifest;
    met: boolean;
    running: Record<string, number>;
    upgradeId: null | string;
    version: number;
    withdrawn: Record<string, string[]>;
  };
  export type DeploymentView = {
    desired: DeploymentState;
    history?: Line[];
    observed?: ClusterObserved;
  };
  export type Differences = {
    changes: Change[];
  };
  export type File = {
    sha256: string;
    type: 'file';
    uri: string;
  };
  export type FileInput = {
    sha256: string;
    type: 'file';
    uri: string;
  };
  export type HealthCheck = {
    gracePeriod: string;
    interval: string;
    maxConsecutiveFailures: number;
    path: string;
    timeout: string;
  };
  export type HealthCheckInput = {
    gracePeriod: string;
    interval: string;
    maxConsecutiveFailures?: number;
    path: string;
    timeout: string;
  };
  export type Image = {
    digest: string;
    repository: string;
    type: 'image';
  };
  export type ImageInput = {
    digest: string;
    repository: string;
    type: 'image';
  };
  export type Instance = {
    healthy: boolean;
    host: string;
    instanceId: string;
    port: number;
    withdrawn: boolean;
  };
  export type InstanceView = {
    healthy?: boolean;
    host?: string;
    instanceId: string;
    port?: number;
    running: boolean;
    service: string;
    writtenAt?: string;
  };
  export type Instances = {
    instances: InstanceView[];
  };
  export type Line = {
    at: string;
    event: unknown;
    sequence: number;
    type: string;
  };
  export type LogView = {
    ended: boolean;
    from: number;
    instanceId: string;
    next: number;
    stream: string;
    text: string;
  };
  export type Manifest = {
    orchestrator?: string;
    schema?: DataSchema;
    services: ServiceManifest[];
    version: string;
  };
  export type ManifestInput = {
    orchestrator?: null | string;
    schema?: DataSchemaInput | null;
    services?: ServiceManifestInput[];
    version: string;
  };
  export type PinnedScripts = {
    commit: string;
    hooks: string[];
    scriptRevision: string;
    tree: string;
  };
  export type Problem = {
    code: string;
    detail: string;
    instance: string;
    status: number;
    title: string;
    traceId: string;
    type: string;
  };
  export type Reference = {
    platform?: null | string;
    reference?: null | string;
  };
  export type Rejection = {
    code: 'GROUP_NOT_FOUND' | 'CLUSTER_NOT_FOUND' | 'UPGRADE_NOT_FOUND' | 'STAGE_NOT_FOUND' | 'ROLLBACK_POINT_NOT_FOUND' | 'ROUTER_NOT_FOUND' | 'ROUTE_TABLE_NOT_FOUND' | 'ID_LIST_NOT_FOUND' | 'DEPLOYMENT_NOT_FOUND' | 'LOG_NOT_FOUND' | 'RELEASE_NOT_FOUND' | 'NAMESPACE_NOT_FOUND' | 'REVISION_NOT_FOUND' | 'DRAFT_NOT_FOUND' | 'LABEL_NOT_FOUND' | 'FILE_NOT_FOUND' | 'ENCRYPTION_OFF' | 'SUBJECT_NOT_FOUND' | 'ENTRY_NOT_FOUND' | 'FREEZE_WINDOW_NOT_FOUND' | 'TEMPLATE_NOT_FOUND' | 'SCALING_RULE_NOT_FOUND' | 'TRAIN_NOT_FOUND' | 'NOT_FOUND' | 'GROUP_EXISTS' | 'FREEZE_WINDOW_EXISTS' | 'GROUP_IN_SERVICE' | 'GROUP_DECOMMISSIONING' | 'GROUP_NOT_DECOMMISSIONING' | 'GROUP_RECOVERING' | 'CLUSTER_EXISTS' | 'CLUSTER_IN_SERVICE' | 'CLUSTER_NOT_RED' | 'CLUSTER_NOT_RUNNING' | 'CLUSTER_SCALING' | 'CLUSTER_UPGRADING' | 'UPGRADE_RUNNING' | 'UPGRADE_NOT_RUNNING' | 'UPGRADE_PAUSED' | 'UPGRADE_ABORTING' | 'UPGRADE_FROZEN' | 'STEP_NOT_CURRENT' | 'STAGE_NOT_CURRENT' | 'STAGE_BEGUN' | 'GATE_JUDGED' | 'PLAN_CHANGED' | 'NO_APPROVAL_PENDING' | 'APPROVAL_MISSING' | 'GOAL_NOT_REACHED' | 'APPROVER_IS_REQUESTER' | 'NO_GREEN_CLUSTER' | 'ALREADY_GREEN' | 'ROUTES_UNSERVED' | 'ROUTERS_NOT_PINNED' | 'ROUTE_TABLE_SUPERSEDED' | 'STALE_FENCE' | 'GROUP_AHEAD' | 'DEADLINE_EXPIRED' | 'CONCURRENT_CHANGE' | 'REVISION_EXISTS' | 'NOTHING_TO_CHANGE' | 'DRAFT_REQUIRED' | 'PUBLISHER_IS_EDITOR' | 'PREFLIGHT_FAILED' | 'VERSION_MISMATCH' | 'BAD_REQUEST' | 'MALFORMED_JSON' | 'INVALID_ARGUMENT' | 'INVALID_INTERVAL' | 'INVALID_ID' | 'INVALID_MANIFEST' | 'SECRET_IN_MANIFEST' | 'INVALID_STAGES' | 'INVALID_ROLLING' | 'INVALID_FREEZE_WINDOW' | 'INVALID_TEMPLATE' | 'INVALID_SCALING_RULE' | 'INVALID_TRAIN' | 'DECISION_TOO_LARGE' | 'ARTIFACT_UNVERIFIED' | 'IMAGE_NOT_FOUND' | 'SECRET_NOT_FOUND' | 'SCRIPT_FAILED' | 'SCRIPT_INVALID' | 'IDEMPOTENCY_KEY_REUSED' | 'METHOD_NOT_ALLOWED' | 'NOT_ACCEPTABLE' | 'PAYLOAD_TOO_LARGE' | 'UNSUPPORTED_MEDIA_TYPE' | 'TOO_MANY_REQUESTS' | 'UNAUTHENTICATED' | 'LOGIN_REQUIRED' | 'CSRF_TOKEN_MISSING' | 'FORBIDDEN' | 'APPROVAL_LINK_INVALID' | 'INTERNAL' | 'UPSTREAM_RESET' | 'UPSTREAM_UNAVAILABLE' | 'READ_MODEL_MISSING' | 'UPSTREAM_TIMEOUT' | 'NO_HEALTHY_CLUSTER' | 'CRASH_LOOP' | 'INSTANCE_LOST' | 'MACHINE_FULL' | 'PORT_TAKEN' | 'NO_OFFER' | 'ARTIFACT_UNAVAILABLE' | 'ORCHESTRATOR_EMPTY';
    message: string;
  };
  export type Release = {
    clusters: string[];
    current: string[];
    digest: string;
    firstDesiredAt: string;
    lastDesiredAt: string;
    manifest: Manifest;
    version: string;
  };
  export type Releases = {
    releases: Release[];
  };
  export type Resolution = {
    artifact: File | Image;
    at: string;
    bytes: number | null;
    checked: null | string;
    reference: string;
    resolved: string;
  };
  export type Run = {
    current: boolean;
    digest: string;
    endedAt: null | string;
    exit: number | null;
    hook: 'MIGRATE' | 'START' | 'CHECK' | 'STOP';
    id: number;
    order: string;
    output: string;
    process: string;
    revision: string;
    service: ServiceKey;
    startedAt: string;
    state: 'RUNNING' | 'DONE' | 'FAILED';
  };
  export type ScriptDifference = {
    diff: string;
  };
  export type ScriptReference = {
    directory?: null | string;
    ref?: null | string;
    repository?: null | string;
  };
  export type ScriptRuns = {
    runs: Run[];
  };
  export type SecretRef = {
    secretRef: string;
  };
  export type SecretRefInput = {
    secretRef: string;
  };
  export type ServiceKey = {
    cluster: string;
    group: string;
    service: string;
  };
  export type ServiceManifest = {
    args: string[];
    artifact: File | Image;
    configRevision?: string;
    cpus: number;
    dependsOn?: string[];
    env: Record<string, string>;
    healthCheck: HealthCheck;
    instances?: number;
    memoryMiB: number;
    name: string;
    scriptRevision?: string;
    secretEnv?: Record<string, SecretRef>;
  };
  export type ServiceManifestInput = {
    args?: string[];
    artifact: FileInput | ImageInput;
    configRevision?: null | string;
    cpus?: number;
    dependsOn?: string[];
    env?: Record<string, string>;
    healthCheck: HealthCheckInput;
    instances?: number | null;
    memoryMiB?: number;
    name: string;
    scriptRevision?: null | string;
    secretEnv?: Record<string, SecretRefInput>;
  };
  export type ServiceObservation = {
    desired: number;
    healthy: number;
    instances: Instance[];
    running: number;
    service: string;
  };
  export type Store = {
    bytes: number;
    contents: Content[];
    keepBytes: number;
    url?: string;
  };
  export type Two = {
    from?: ManifestInput | null;
    to?: ManifestInput | null;
  };
  export type TwoScriptRevisions = {
    from?: null | string;
    to?: null | string;
  };
}

export namespace logs {
  export type AuditCompleteness = {
    complete: boolean;
    group: string;
    streams: StreamReport[];
  };
  export type AuditPage = {
    events: (Record<string, unknown>)[];
    next: null | string;
  };
  export type Problem = {
    code: string;
    detail: string;
    instance: string;
    status: number;
    title: string;
    traceId: string;
    type: string;
  };
  export type ProcessReport = {
    first: number;
    firstAt: string;
    gaps: Range[];
    last: number;
    lastAt: string;
    lines: number;
    lost: number;
    node: null | string;
    process: string;
    removedUpTo: number | null;
    service: string;
  };
  export type Range = {
    from: number;
    to: number;
  };
  export type Receipt = {
    accepted: number;
    rejected: RejectedLine[];
  };
  export type RejectedLine = {
    line: number;
    reason: string;
  };
  export type RequestCompleteness = {
    complete: boolean;
    next: null | string;
    processes: ProcessReport[];
  };
  export type RequestPage = {
    next: null | string;
    requests: (Record<string, unknown>)[];
  };
  export type StreamReport = {
    documents: number;
    epoch: number;
    events: number;
    gaps: Range[];
    highest: number;
    missing: Range[];
    removedUpTo: number | null;
    subject: string;
    topic: string;
  };
}

export namespace monitor {
  export type Change = {
    at: string;
    before: 'UP' | 'DOWN' | 'UNKNOWN';
    details: Record<string, string>;
    now: 'UP' | 'DOWN' | 'UNKNOWN' | null;
    sequence: number;
  };
  export type DetectableView = {
    baseline: string;
    canaryRequests: number;
    group: string;
    minimumAfter: null | string;
    percent: number;
    ratio: null | number;
    requestsPerSecond: number;
    share: null | number;
    within: string;
  };
  export type Disk = {
    mount: string;
    totalBytes: number;
    type: string;
    usableBytes: number;
  };
  export type DiskIo = {
    name: string;
    readBytes: number;
    writtenBytes: number;
  };
  export type DrainView = {
    at: string;
    cluster: string;
    evidence: RouterEvidence[];
    group: string;
    reason: string;
    verdict: 'DRAINED' | 'DRAINING' | 'INCONCLUSIVE';
  };
  export type GateView = {
    at: null | string;
    epoch: number;
    evidence: Record<string, string>;
    fence: number;
    gate: string;
    stage: string;
    step: number;
    upgradeId: string;
    verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE' | null;
  };
  export type GatesView = {
    gates: GateView[];
    group: string;
  };
  export type HealthPage = {
    next: null | string;
    subjects: HealthView[];
  };
  export type HealthView = {
    details: Record<string, string>;
    recorded: 'UP' | 'DOWN' | 'UNKNOWN';
    sequence: number;
    since: string;
    status: 'UP' | 'DOWN' | 'UNKNOWN';
    subjectId: string;
  };
  export type MachineSnapshot = {
    at: string;
    cpuRatio: number;
    diskIo: DiskIo[];
    disks: Disk[];
    hostname: string;
    load: number[];
    maxOpenFiles: number;
    memory: Memory;
    network: NetworkIo[];
    openFiles: number;
    processes: number;
    processors: number;
    suite: Record<string, ProcessGroup>;
    swap: Memory;
    threads: number;
    uptimeSeconds: number;
  };
  export type Memory = {
    totalBytes: number;
    usedBytes: number;
  };
  export type NetworkIo = {
    errors: number;
    name: string;
    receivedBytes: number;
    sentBytes: number;
  };
  export type Problem = {
    code: string;
    detail: string;
    instance: string;
    status: number;
    title: string;
    traceId: string;
    type: string;
  };
  export type ProcessGroup = {
    cpuSeconds: number;
    openFiles: number;
    processes: number;
    residentBytes: number;
  };
  export type Rate = {
    errorsPerSecond: number;
    requestsPerSecond: number;
    slowest95thSeconds: null | number;
  };
  export type RejudgedView = {
    alpha: number;
    baseline: number;
    baselineBad: number;
    canary: number;
    canaryBad: number;
    canaryUntil: number;
    compared: string;
    epoch: number;
    fence: number;
    first: null | string;
    firstVerdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE' | null;
    gate: string;
    limit: null | number;
    looks: number;
    minimumRequests: number;
    ratio: null | number;
    stage: string;
    step: number;
    toleratedRatio: number;
    verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  };
  export type RetrospectiveView = {
    gates: RejudgedView[];
    group: string;
    upgrade: string;
  };
  export type RouterEvidence = {
    counted: number | null;
    doubt: null | string;
    epoch: number | null;
    inFlight: number;
    reportedAt: string;
    routerId: string;
    version: number | null;
  };
  export type SubjectHistory = {
    details: Record<string, string>;
    history: Change[];
    next: number | null;
    recorded: 'UP' | 'DOWN' | 'UNKNOWN';
    sequence: number;
    since: string;
    status: 'UP' | 'DOWN' | 'UNKNOWN';
    subjectId: string;
  };
  export type TargetGroup = {
    labels: Record<string, string>;
    targets: string[];
  };
  export type TrafficView = {
    at: string;
    groups: Record<string, Record<string, Rate>>;
    known: boolean;
    routers: number;
    seconds: number;
    unread: string[];
  };
}

export namespace strategy {
  export type Action = {
    allowed: boolean;
    code?: 'GROUP_NOT_FOUND' | 'CLUSTER_NOT_FOUND' | 'UPGRADE_NOT_FOUND' | 'STAGE_NOT_FOUND' | 'ROLLBACK_POINT_NOT_FOUND' | 'ROUTER_NOT_FOUND' | 'ROUTE_TABLE_NOT_FOUND' | 'ID_LIST_NOT_FOUND' | 'DEPLOYMENT_NOT_FOUND' | 'LOG_NOT_FOUND' | 'RELEASE_NOT_FOUND' | 'NAMESPACE_NOT_FOUND' | 'REVISION_NOT_FOUND' | 'DRAFT_NOT_FOUND' | 'LABEL_NOT_FOUND' | 'FILE_NOT_FOUND' | 'ENCRYPTION_OFF' | 'SUBJECT_NOT_FOUND' | 'ENTRY_NOT_FOUND' | 'FREEZE_WINDOW_NOT_FOUND' | 'TEMPLATE_NOT_FOUND' | 'SCALING_RULE_NOT_FOUND' | 'TRAIN_NOT_FOUND' | 'NOT_FOUND' | 'GROUP_EXISTS' | 'FREEZE_WINDOW_EXISTS' | 'GROUP_IN_SERVICE' | 'GROUP_DECOMMISSIONING' | 'GROUP_NOT_DECOMMISSIONING' | 'GROUP_RECOVERING' | 'CLUSTER_EXISTS' | 'CLUSTER_IN_SERVICE' | 'CLUSTER_NOT_RED' | 'CLUSTER_NOT_RUNNING' | 'CLUSTER_SCALING' | 'CLUSTER_UPGRADING' | 'UPGRADE_RUNNING' | 'UPGRADE_NOT_RUNNING' | 'UPGRADE_PAUSED' | 'UPGRADE_ABORTING' | 'UPGRADE_FROZEN' | 'STEP_NOT_CURRENT' | 'STAGE_NOT_CURRENT' | 'STAGE_BEGUN' | 'GATE_JUDGED' | 'PLAN_CHANGED' | 'NO_APPROVAL_PENDING' | 'APPROVAL_MISSING' | 'GOAL_NOT_REACHED' | 'APPROVER_IS_REQUESTER' | 'NO_GREEN_CLUSTER' | 'ALREADY_GREEN' | 'ROUTES_UNSERVED' | 'ROUTERS_NOT_PINNED' | 'ROUTE_TABLE_SUPERSEDED' | 'STALE_FENCE' | 'GROUP_AHEAD' | 'DEADLINE_EXPIRED' | 'CONCURRENT_CHANGE' | 'REVISION_EXISTS' | 'NOTHING_TO_CHANGE' | 'DRAFT_REQUIRED' | 'PUBLISHER_IS_EDITOR' | 'PREFLIGHT_FAILED' | 'VERSION_MISMATCH' | 'BAD_REQUEST' | 'MALFORMED_JSON' | 'INVALID_ARGUMENT' | 'INVALID_INTERVAL' | 'INVALID_ID' | 'INVALID_MANIFEST' | 'SECRET_IN_MANIFEST' | 'INVALID_STAGES' | 'INVALID_ROLLING' | 'INVALID_FREEZE_WINDOW' | 'INVALID_TEMPLATE' | 'INVALID_SCALING_RULE' | 'INVALID_TRAIN' | 'DECISION_TOO_LARGE' | 'ARTIFACT_UNVERIFIED' | 'IMAGE_NOT_FOUND' | 'SECRET_NOT_FOUND' | 'SCRIPT_FAILED' | 'SCRIPT_INVALID' | 'IDEMPOTENCY_KEY_REUSED' | 'METHOD_NOT_ALLOWED' | 'NOT_ACCEPTABLE' | 'PAYLOAD_TOO_LARGE' | 'UNSUPPORTED_MEDIA_TYPE' | 'TOO_MANY_REQUESTS' | 'UNAUTHENTICATED' | 'LOGIN_REQUIRED' | 'CSRF_TOKEN_MISSING' | 'FORBIDDEN' | 'APPROVAL_LINK_INVALID' | 'INTERNAL' | 'UPSTREAM_RESET' | 'UPSTREAM_UNAVAILABLE' | 'READ_MODEL_MISSING' | 'UPSTREAM_TIMEOUT' | 'NO_HEALTHY_CLUSTER' | 'CRASH_LOOP' | 'INSTANCE_LOST' | 'MACHINE_FULL' | 'PORT_TAKEN' | 'NO_OFFER' | 'ARTIFACT_UNAVAILABLE' | 'ORCHESTRATOR_EMPTY';
    confirm?: string;
    method: string;
    name: string;
    path: string;
    reason?: string;
    target?: string;
  };
  export type AddCluster = {
    cluster?: null | string;
  };
  export type AheadView = {
    evidence: Record<string, string>;
  };
  export type Answer = {
    evicted: boolean;
    resync: boolean;
  };
  export type Applied = {
    epoch: number;
    version: number;
  };
  export type Approval = {
    approvals: number;
    name: string;
    type: 'approval';
  };
  export type ApprovalBody = {
    planHash?: null | string;
    reason?: null | string;
    stage?: null | string;
  };
  export type ApprovalInput = {
    approvals?: number;
    name: string;
    type: 'approval';
  };
  export type Bake = {
    name: string;
    time: string;
    type: 'bake';
  };
  export type BakeInput = {
    name: string;
    time: string;
    type: 'bake';
  };
  export type Begun = {
    upgradeId: string;
    version: number;
  };
  export type Body = {
    all?: boolean | null;
    idLists?: IdListInput[] | null;
    ids?: InlineIds | null;
    intervals?: InlineIntervals | null;
    percent?: null | number;
  };
  export type ByRouter = {
    bootId: string;
    cluster?: string;
    cohort?: string;
    epoch: number;
    instances: Record<string, number>;
    possible: string[];
    reason?: 'ALL' | 'WHITELIST_ID' | 'WHITELIST_INTERVAL' | 'PERCENT' | 'FALLBACK' | 'NO_HEALTHY_CLUSTER' | 'LANE';
    router: string;
    sha256: string;
    since: string;
    status?: 'RED' | 'YELLOW' | 'GREEN';
    tableKnown: boolean;
    version: number;
  };
  export type CanaryBody = {
    reason?: null | string;
    router?: null | string;
    routers?: string[] | null;
    version?: number | null;
  };
  export type Car = {
    groupId: string;
    status?: 'RUNNING' | 'PAUSED' | 'ABORTING' | 'COMPLETED' | 'ABORTED';
    step: number;
    steps: number;
    title?: string;
    version?: string;
  };
  export type CarBody = {
    groupId?: null | string;
    manifest?: ManifestInput | null;
    to?: null | string;
  };
  export type Change = {
    document: string;
    epoch: number;
    group: string;
    sha256: string;
    version: number;
  };
  export type ChangeAffinity = {
    from: unknown;
    to: unknown;
  };
  export type ChangeBigDecimal = {
    from: unknown;
    to: unknown;
  };
  export type ChangeBody = {
    reason?: null | string;
    stage?: StageBody | null;
  };
  export type ChangeBoolean = {
    from: unknown;
    to: unknown;
  };
  export type ChangeClusterStatus = {
    from: unknown;
    to: unknown;
  };
  export type ChangeGroup = {
    affinity?: 'ID' | 'NONE' | null;
    entries?: EntryInput[] | null;
    identity?: IdentitySourceInput | null;
  };
  export type ChangeIdentitySource = {
    from: unknown;
    to: unknown;
  };
  export type ChangeStrategies = {
    reason?: null | string;
    strategies?: null | Record<string, Strategy>;
  };
  export type ChangesEntry = {
    added: Entry[];
    addedCount: number;
    removed: Entry[];
    removedCount: number;
  };
  export type ChangesIdInterval = {
    added: ([string, string])[];
    addedCount: number;
    removed: ([string, string])[];
    removedCount: number;
  };
  export type ChangesIdList = {
    added: IdList[];
    addedCount: number;
    removed: IdList[];
    removedCount: number;
  };
  export type ChangesString = {
    added: string[];
    addedCount: number;
    removed: string[];
    removedCount: number;
  };
  export type Check = {
    found: string;
    outcome: 'PASSED' | 'WARNING' | 'FAILED';
    what: string;
  };
  export type ClusterAdded = {
    at: string;
    cluster: string;
    groupId: string;
    tableVersion: number;
  };
  export type ClusterDesiredStateChanged = {
    at: string;
    cluster: string;
    groupId: string;
    instances: Record<string, number>;
    manifest: Manifest;
    upgradeId: null | string;
    withdrawn?: Record<string, string[]>;
  };
  export type ClusterDiff = {
    all?: ChangeBoolean;
    idLists?: ChangesIdList;
    ids?: ChangesString;
    intervals?: ChangesIdInterval;
    percent?: ChangeBigDecimal;
    status?: ChangeClusterStatus;
  };
  export type ClusterGroupChanged = {
    affinity: 'ID' | 'NONE';
    at: string;
    entries: Entry[];
    groupId: string;
    identity: IdentitySource;
    tableVersion: number;
  };
  export type ClusterGroupCreated = {
    affinity: 'ID' | 'NONE';
    application: string;
    at: string;
    clusters: string[];
    entries: Entry[];
    environment: string;
    epoch: number;
    groupId: string;
    identity: IdentitySource;
  };
  export type ClusterGroupDeleted = {
    at: string;
    groupId: string;
    reason: string;
  };
  export type ClusterGroupEvent = unknown;
  export type ClusterObserved = {
    cluster: string;
    digest: string;
    epoch: number;
    failure: null | string;
    fence: number;
    groupId: string;
    observation: number;
    observedAt: string;
    problem?: Rejection;
    services: ServiceObservation[];
  };
  export type ClusterRemoved = {
    at: string;
    cluster: string;
    groupId: string;
    tableVersion: number;
  };
  export type ClusterScalingCompleted = {
    at: string;
    cluster: string;
    evidence: Record<string, string>;
    groupId: string;
  };
  export type ClusterScalingDrained = {
    at: string;
    cluster: string;
    evidence: Record<string, string>;
    groupId: string;
  };
  export type ClusterScalingStarted = {
    at: string;
    cluster: string;
    drainTimeout: string;
    groupId: string;
    instances: Record<string, number>;
    reason: string;
    requestedBy: string;
  };
  export type ClusterView = {
    id: IdRule;
    instances: Record<string, number>;
    kept?: KeptView;
    manifest?: Manifest;
    observed?: ClusterObserved;
    scaling?: ScalingView;
    status: 'RED' | 'YELLOW' | 'GREEN';
    withdrawn?: Record<string, string[]>;
  };
  export type Comparison = {
    differences: string[];
    equalsLive: boolean;
    events: number;
    groupId: string;
    version: number;
  };
  export type ConfigureBody = {
    mode?: 'FOLLOW' | 'PINNED' | null;
    reason?: null | string;
    routers?: null | Record<string, number>;
    version?: number | null;
  };
  export type CreateGroup = {
    affinity?: 'ID' | 'NONE' | null;
    application?: null | string;
    clusters?: string[] | null;
    entries?: EntryInput[] | null;
    environment?: null | string;
    groupId?: null | string;
    identity?: IdentitySourceInput | null;
  };
  export type DataSchema = {
    reads: number[];
    writes: number;
  };
  export type DataSchemaInput = {
    reads?: number[];
    writes?: number;
  };
  export type Decommission = {
    confirmation?: null | string;
    drainTimeout?: null | string;
    grace?: null | string;
    reason?: null | string;
  };
  export type DecommissionCancelled = {
    at: string;
    cancelledBy: string;
    groupId: string;
    reason: string;
  };
  export type DecommissionStarted = {
    at: string;
    drainTimeout: string;
    grace: string;
    groupId: string;
    reason: string;
    requestedBy: string;
  };
  export type DecommissionView = {
    grace: string;
    missing: Record<string, string>;
    phase: 'GRACE' | 'DRAINING' | 'STOPPING';
    reason: string;
    requestedBy: string;
    seen: Record<string, string>;
    startedAt: string;
  };
  export type Delivery = {
    attemptedAt: null | string;
    attempts: number;
    eventId: string;
    groupId: string;
    lastError: null | string;
    number: number;
    state: 'PENDING' | 'DELIVERED' | 'FAILED';
    target: string;
    text: string;
    upgradeId: string;
    what: 'UPGRADE_STARTED' | 'ROLLBACK_STARTED' | 'APPROVAL_NEEDED' | 'GATE_FAILED' | 'GATE_INCONCLUSIVE' | 'FREEZE_OVERRIDDEN' | 'UPGRADE_TURNED_BACK' | 'UPGRADE_COMPLETED' | 'UPGRADE_ABORTED';
  };
  export type DryRun = {
    approvals: number;
    atLeast: string;
    from?: string;
    groupId: string;
    instances: Record<string, number>;
    mode: 'INSTALL' | 'GRAYSCALE' | 'SWITCH' | 'ROLLING' | 'ROLLBACK';
    planHash: string;
    preflight: Check[];
    release: string;
    steps: DryRunStep[];
    to: string;
  };
  export type DryRunStep = {
    kind: 'START' | 'ROUTE' | 'GATE' | 'DRAIN' | 'STOP';
    number: number;
    timeout?: string;
    title: string;
    what: string;
  };
  export type Entry = {
    host: null | string;
    pathPrefix: string;
    service: string;
  };
  export type EntryInput = {
    host?: null | string;
    pathPrefix: string;
    service: string;
  };
  export type EpochBegun = {
    at: string;
    epoch: number;
    evidence: Record<string, string>;
    groupId: string;
    reason: string;
    tableVersion: number;
  };
  export type Explanation = {
    at: string;
    group: string;
    id?: string;
    routers: ByRouter[];
    service: string;
  };
  export type File = {
    sha256: string;
    type: 'file';
    uri: string;
  };
  export type FileInput = {
    sha256: string;
    type: 'file';
    uri: string;
  };
  export type FreezeOverridden = {
    at: string;
    groupId: string;
    overriddenBy: string;
    reason: string;
    upgradeId: string;
    windows: string[];
  };
  export type FreezeWindow = {
    environment?: string;
    from?: string;
    groupId?: string;
    name: string;
    reason: string;
    until?: string;
    weekly: WeeklyTime[];
  };
  export type GateJudged = {
    at: string;
    evidence: Record<string, string>;
    gate: string;
    groupId: string;
    stage: string;
    step: number;
    upgradeId: string;
    verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  };
  export type GroupPage = {
    groups: GroupView[];
    next: null | string;
  };
  export type GroupReport = {
    epoch: number;
    inFlight: Record<string, number>;
    inFlightInstances: Record<string, Record<string, Record<string, number>>>;
    incomplete: boolean;
    rejectedVersion?: number;
    rejection?: string;
    sha256: string;
    usableInstances: Record<string, Record<string, string[]>>;
    version: number;
  };
  export type GroupReportInput = {
    epoch?: number;
    inFlight?: Record<string, number>;
    inFlightInstances?: Record<string, Record<string, Record<string, number>>>;
    incomplete?: boolean;
    rejectedVersion?: number | null;
    rejection?: null | string;
    sha256: string;
    usableInstances?: Record<string, Record<string, string[]>>;
    version?: number;
  };
  export type GroupRouter = {
    bootId: string;
    kind: string;
    report: GroupReport;
    reportedAt: string;
    routerId: string;
    silent: boolean;
  };
  export type GroupRouters = {
    next: null | string;
    routers: GroupRouter[];
  };
  export type GroupView = {
    actions?: Action[];
    affinity: 'ID' | 'NONE';
    ahead?: AheadView;
    application: string;
    clusters: Record<string, ClusterView>;
    decommission?: DecommissionView;
    ended?: boolean;
    entries: Entry[];
    environment: string;
    epoch: number;
    groupId: string;
    identity: IdentitySource;
    recovery?: RecoveryView;
    routerConfiguration: RouterConfigurationOutline;
    tableVersion: number;
    upgrade?: RunningUpgrade;
    version: number;
  };
  export type HealthCheck = {
    gracePeriod: string;
    interval: string;
    maxConsecutiveFailures: number;
    path: string;
    timeout: string;
  };
  export type HealthCheckInput = {
    gracePeriod: string;
    interval: string;
    maxConsecutiveFailures?: number;
    path: string;
    timeout: string;
  };
  export type History = {
    events: HistoryEntry[];
    next: number | null;
  };
  export type HistoryEntry = {
    actor?: string;
    at: string;
    commandId?: string;
    correlationId?: string;
    event: ClusterAdded | ClusterDesiredStateChanged | ClusterGroupChanged | ClusterGroupCreated | ClusterGroupDeleted | ClusterRemoved | ClusterScalingCompleted | ClusterScalingDrained | ClusterScalingStarted | DecommissionCancelled | DecommissionStarted | EpochBegun | FreezeOverridden | GateJudged | OldClusterKept | RecoveryCompleted | RecoveryStarted | RollbackPointCreated | RouteStrategiesChanged | RouterConfigurationChanged | RouterEvicted | StageApproved | StageChanged | StageRepeated | StageSkipped | TrafficDrained | TrafficEnded | UpgradeAborted | UpgradeAborting | UpgradeCompleted | UpgradePaused | UpgradeResumed | UpgradeStarted | UpgradeStepCompleted | UpgradeStepExpired;
    eventId: string;
    groupId: string;
    reason?: string;
    sequence: number;
    type: string;
  };
  export type IdList = {
    count: number;
    kind?: 'ids' | 'intervals';
    sha256: string;
  };
  export type IdListInput = {
    count?: number;
    kind?: 'ids' | 'intervals';
    sha256: string;
  };
  export type IdListPage = {
    lists: StoredList[];
    next: null | string;
  };
  export type IdRule = {
    all: boolean;
    idLists?: IdList[];
    ids: string[];
    intervals: ([string, string])[];
    percent?: number;
  };
  export type IdentitySource = {
    claims?: string[];
    cookies: string[];
    headers: string[];
    queryParameters: string[];
  };
  export type IdentitySourceInput = {
    claims?: string[];
    cookies?: string[];
    headers?: string[];
    queryParameters?: string[];
  };
  export type Image = {
    digest: string;
    repository: string;
    type: 'image';
  };
  export type ImageInput = {
    digest: string;
    repository: string;
    type: 'image';
  };
  export type InlineIds = unknown;
  export type InlineIntervals = unknown;
  export type Instance = {
    healthy: boolean;
    host: string;
    instanceId: string;
    port: number;
    withdrawn: boolean;
  };
  export type KeptView = {
    since: string;
    time: string;
    upgradeId: string;
  };
  export type LightCluster = {
    desired: Record<string, number>;
    failure?: string;
    health: 'STOPPED' | 'HEALTHY' | 'UNKNOWN' | 'DEGRADED';
    healthy?: Record<string, number>;
    release?: string;
    scaling: boolean;
    status: 'RED' | 'YELLOW' | 'GREEN';
    takes: Takes;
  };
  export type LightGroup = {
    application: string;
    clusters: Record<string, LightCluster>;
    environment: string;
    groupId: string;
    health: 'STOPPED' | 'HEALTHY' | 'UNKNOWN' | 'DEGRADED';
    status: 'STEADY' | 'UPGRADING' | 'PAUSED' | 'ABORTING' | 'RECOVERING' | 'ENDING' | 'ENDED';
    tableVersion: number;
    upgrade?: LightUpgrade;
    version: number;
  };
  export type LightPage = {
    groups: LightGroup[];
    next: null | string;
    total: number | null;
  };
  export type LightUpgrade = {
    from?: string;
    mode: 'INSTALL' | 'GRAYSCALE' | 'SWITCH' | 'ROLLING' | 'ROLLBACK';
    requestedBy: string;
    startedAt: string;
    step: number;
    steps: number;
    title: string;
    to: string;
    upgradeId: string;
    version: string;
  };
  export type LiveRouter = {
    behind: boolean;
    heldBack: boolean;
    kind: string;
    rejectedVersion?: number;
    rejection?: string;
    reportedAt: string;
    routerId: string;
    runs?: Applied;
    silent: boolean;
    toRun: number;
  };
  export type Manifest = {
    orchestrator?: string;
    schema?: DataSchema;
    services: ServiceManifest[];
    version: string;
  };
  export type ManifestInput = {
    orchestrator?: null | string;
    schema?: DataSchemaInput | null;
    services?: ServiceManifestInput[];
    version: string;
  };
  export type Measurement = {
    at: string;
    cores: null | number;
    coresComplete: boolean;
    instances: number;
    requestsComplete: boolean;
    requestsPerSecond: null | number;
    since: string;
  };
  export type Metric = {
    alpha: number;
    limit?: number;
    measure: 'ERRORS' | 'LATENCY';
    minimumRequests: number;
    name: string;
    slowerThan?: string;
    source?: Source;
    toleratedRatio: number;
    type: 'metric';
    warmUp?: string;
    watch: boolean;
    watchAfter?: string;
  };
  export type MetricInput = {
    alpha?: number;
    limit?: null | number;
    measure: 'ERRORS' | 'LATENCY';
    minimumRequests?: number;
    name: string;
    slowerThan?: null | string;
    source?: SourceInput | null;
    toleratedRatio?: number;
    type: 'metric';
    warmUp?: null | string;
    watch?: boolean;
    watchAfter?: null | string;
  };
  export type Move = {
    actor?: string;
    at: string;
    epoch: number;
    from?: string;
    reason?: string;
    sequence: number;
    tableVersion: number;
    to?: string;
    upgradeId?: string;
  };
  export type Moves = {
    moves: Move[];
    next: number | null;
    service: string;
  };
  export type OldClusterKept = {
    at: string;
    cluster: string;
    drainTimeout: string;
    groupId: string;
    time: string;
    upgradeId: string;
  };
  export type Outline = {
    aborting: boolean;
    approvedBy: string[];
    attempt: number;
    freezeOverridden: boolean;
    from?: string;
    instances: Record<string, number>;
    manifest: Manifest;
    mode: 'INSTALL' | 'GRAYSCALE' | 'SWITCH' | 'ROLLING' | 'ROLLBACK';
    paused: boolean;
    planHash: string;
    policy: UpgradePolicy;
    reason: string;
    requestedBy: string;
    rollbackPointId?: string;
    source?: PlanSource;
    stages: Stage[];
    startedAt: string;
    step: number;
    stepStartedAt: string;
    steps: UpgradeStep[];
    to: string;
    train?: Train;
    upgradeId: string;
  };
  export type Page = {
    next: number | null;
    notifications: Delivery[];
  };
  export type PlanSource = {
    template: string;
    version: number;
  };
  export type PlanTemplate = {
    mode: 'INSTALL' | 'GRAYSCALE' | 'SWITCH' | 'ROLLING' | 'ROLLBACK';
    policy: UpgradePolicy;
    rolling?: RollingPolicy;
    stages: Stage[];
  };
  export type PlanTemplateSet = {
    at: string;
    groupId: string;
    name: string;
    reason: string;
    setBy: string;
    template: PlanTemplate;
    version: number;
  };
  export type PolicyBody = {
    drainTimeout?: null | string;
    keepOld?: null | string;
    onExpiry?: 'RETRY' | 'PAUSE' | 'ROLL_BACK' | null;
    routeTimeout?: null | string;
    startTimeout?: null | string;
    stopTimeout?: null | string;
  };
  export type Problem = {
    code: string;
    detail: string;
    instance: string;
    status: number;
    title: string;
    traceId: string;
    type: string;
  };
  export type Reason = {
    reason?: null | string;
  };
  export type RecoveryCompleted = {
    at: string;
    evidence: Record<string, string>;
    groupId: string;
  };
  export type RecoveryStarted = {
    at: string;
    clusters: string[];
    groupId: string;
  };
  export type RecoveryView = {
    missing: Record<string, string>;
    seen: Record<string, string>;
  };
  export type Rejection = {
    code: 'GROUP_NOT_FOUND' | 'CLUSTER_NOT_FOUND' | 'UPGRADE_NOT_FOUND' | 'STAGE_NOT_FOUND' | 'ROLLBACK_POINT_NOT_FOUND' | 'ROUTER_NOT_FOUND' | 'ROUTE_TABLE_NOT_FOUND' | 'ID_LIST_NOT_FOUND' | 'DEPLOYMENT_NOT_FOUND' | 'LOG_NOT_FOUND' | 'RELEASE_NOT_FOUND' | 'NAMESPACE_NOT_FOUND' | 'REVISION_NOT_FOUND' | 'DRAFT_NOT_FOUND' | 'LABEL_NOT_FOUND' | 'FILE_NOT_FOUND' | 'ENCRYPTION_OFF' | 'SUBJECT_NOT_FOUND' | 'ENTRY_NOT_FOUND' | 'FREEZE_WINDOW_NOT_FOUND' | 'TEMPLATE_NOT_FOUND' | 'SCALING_RULE_NOT_FOUND' | 'TRAIN_NOT_FOUND' | 'NOT_FOUND' | 'GROUP_EXISTS' | 'FREEZE_WINDOW_EXISTS' | 'GROUP_IN_SERVICE' | 'GROUP_DECOMMISSIONING' | 'GROUP_NOT_DECOMMISSIONING' | 'GROUP_RECOVERING' | 'CLUSTER_EXISTS' | 'CLUSTER_IN_SERVICE' | 'CLUSTER_NOT_RED' | 'CLUSTER_NOT_RUNNING' | 'CLUSTER_SCALING' | 'CLUSTER_UPGRADING' | 'UPGRADE_RUNNING' | 'UPGRADE_NOT_RUNNING' | 'UPGRADE_PAUSED' | 'UPGRADE_ABORTING' | 'UPGRADE_FROZEN' | 'STEP_NOT_CURRENT' | 'STAGE_NOT_CURRENT' | 'STAGE_BEGUN' | 'GATE_JUDGED' | 'PLAN_CHANGED' | 'NO_APPROVAL_PENDING' | 'APPROVAL_MISSING' | 'GOAL_NOT_REACHED' | 'APPROVER_IS_REQUESTER' | 'NO_GREEN_CLUSTER' | 'ALREADY_GREEN' | 'ROUTES_UNSERVED' | 'ROUTERS_NOT_PINNED' | 'ROUTE_TABLE_SUPERSEDED' | 'STALE_FENCE' | 'GROUP_AHEAD' | 'DEADLINE_EXPIRED' | 'CONCURRENT_CHANGE' | 'REVISION_EXISTS' | 'NOTHING_TO_CHANGE' | 'DRAFT_REQUIRED' | 'PUBLISHER_IS_EDITOR' | 'PREFLIGHT_FAILED' | 'VERSION_MISMATCH' | 'BAD_REQUEST' | 'MALFORMED_JSON' | 'INVALID_ARGUMENT' | 'INVALID_INTERVAL' | 'INVALID_ID' | 'INVALID_MANIFEST' | 'SECRET_IN_MANIFEST' | 'INVALID_STAGES' | 'INVALID_ROLLING' | 'INVALID_FREEZE_WINDOW' | 'INVALID_TEMPLATE' | 'INVALID_SCALING_RULE' | 'INVALID_TRAIN' | 'DECISION_TOO_LARGE' | 'ARTIFACT_UNVERIFIED' | 'IMAGE_NOT_FOUND' | 'SECRET_NOT_FOUND' | 'SCRIPT_FAILED' | 'SCRIPT_INVALID' | 'IDEMPOTENCY_KEY_REUSED' | 'METHOD_NOT_ALLOWED' | 'NOT_ACCEPTABLE' | 'PAYLOAD_TOO_LARGE' | 'UNSUPPORTED_MEDIA_TYPE' | 'TOO_MANY_REQUESTS' | 'UNAUTHENTICATED' | 'LOGIN_REQUIRED' | 'CSRF_TOKEN_MISSING' | 'FORBIDDEN' | 'APPROVAL_LINK_INVALID' | 'INTERNAL' | 'UPSTREAM_RESET' | 'UPSTREAM_UNAVAILABLE' | 'READ_MODEL_MISSING' | 'UPSTREAM_TIMEOUT' | 'NO_HEALTHY_CLUSTER' | 'CRASH_LOOP' | 'INSTANCE_LOST' | 'MACHINE_FULL' | 'PORT_TAKEN' | 'NO_OFFER' | 'ARTIFACT_UNAVAILABLE' | 'ORCHESTRATOR_EMPTY';
    message: string;
  };
  export type RollbackBody = {
    policy?: PolicyBody | null;
    reason?: null | string;
    rollbackPointId?: null | string;
    rolling?: RollingPolicyInput | null;
    stages?: StageBody[] | null;
  };
  export type RollbackPoint = {
    at: string;
    cluster: string;
    instances: Record<string, number>;
    manifest: Manifest;
    rollbackPointId: string;
    sequence: number;
    strategies: Record<string, RouteStrategy>;
  };
  export type RollbackPointCreated = {
    at: string;
    cluster: string;
    groupId: string;
    instances: Record<string, number>;
    manifest: Manifest;
    rollbackPointId: string;
    sequence: number;
    strategies: Record<string, RouteStrategy>;
  };
  export type RollbackPoints = {
    rollbackPoints: RollbackPoint[];
  };
  export type RollingPolicy = {
    gates: (Approval | Bake | Metric | Schedule | Webhook)[];
    maxSurge?: string;
    maxUnavailable?: string;
    maximumOverCapacity?: number;
    minReady: string;
    minimumHealthCapacity?: number;
    pauseBetween: string;
  };
  export type RollingPolicyInput = {
    gates?: (ApprovalInput | BakeInput | MetricInput | ScheduleInput | WebhookInput)[];
    maxSurge?: null | string;
    maxUnavailable?: null | string;
    maximumOverCapacity?: null | number;
    minReady: string;
    minimumHealthCapacity?: null | number;
    pauseBetween: string;
  };
  export type RouteStrategiesChanged = {
    at: string;
    groupId: string;
    reason: string;
    strategies: Record<string, RouteStrategy>;
    tableVersion: number;
    upgradeId: null | string;
  };
  export type RouteStrategy = {
    id: IdRule;
    status: 'RED' | 'YELLOW' | 'GREEN';
  };
  export type RouteTable = {
    affinity: 'ID' | 'NONE';
    clusters: Record<string, RouteStrategy>;
    deleted?: boolean;
    entries: Entry[];
    epoch: number;
    group: string;
    identity: IdentitySource;
    version: number;
  };
  export type RouteTableDiff = {
    affinity?: ChangeAffinity;
    clusters: Record<string, ClusterDiff>;
    deleted?: ChangeBoolean;
    entries?: ChangesEntry;
    epoch: number;
    equal: boolean;
    from: number;
    group: string;
    identity?: ChangeIdentitySource;
    to: number;
  };
  export type RouteTableVersion = {
    actor?: string;
    at: string;
    epoch: number;
    reason?: string;
    sequence: number;
    title?: string;
    upgradeId?: string;
    version: number;
  };
  export type RouterConfigurationChanged = {
    at: string;
    groupId: string;
    mode: 'FOLLOW' | 'PINNED';
    reason: string;
    routers: Record<string, number>;
    version: number | null;
  };
  export type RouterConfigurationOutline = {
    mode: 'FOLLOW' | 'PINNED';
    routers: Record<string, number>;
    version?: number;
  };
  export type RouterConfigurationView = {
    epoch: number;
    groupId: string;
    holdsUpgrade?: string;
    live: LiveRouter[];
    mode: 'FOLLOW' | 'PINNED';
    newest: number;
    released: number;
    routers: Record<string, number>;
    version?: number;
  };
  export type RouterEvicted = {
    at: string;
    bootId: string;
    groupId: string;
    reason: string;
    routerId: string;
  };
  export type RouterPage = {
    next: null | string;
    routers: RouterView[];
  };
  export type RouterReport = {
    address: null | string;
    bootId: string;
    groups: Record<string, GroupReport>;
    kind: string;
    last: boolean;
    round: number;
    routerId: string;
    sequence: number;
  };
  export type RouterReportInput = {
    address?: null | string;
    bootId: string;
    groups?: Record<string, GroupReportInput>;
    kind: string;
    last?: boolean;
    round?: number;
    routerId: string;
    sequence?: number;
  };
  export type RouterView = {
    report: RouterReport;
    reportedAt: string;
    silent: boolean;
  };
  export type RunningUpgrade = {
    aborting: boolean;
    attempt: number;
    from?: string;
    missing: Record<string, string>;
    mode: 'INSTALL' | 'GRAYSCALE' | 'SWITCH' | 'ROLLING' | 'ROLLBACK';
    paused: boolean;
    reason: string;
    requestedBy: string;
    seen: Record<string, string>;
    startedAt: string;
    step: number;
    stepStartedAt: string;
    steps: number;
    title: string;
    to: string;
    upgradeId: string;
    version: string;
  };
  export type ScaledCluster = {
    cluster: string;
    instances: number;
    measured?: Measurement;
    reason: string;
    to?: number;
  };
  export type ScalingBounds = {
    max: number;
    min: number;
    time: WeeklyTime;
  };
  export type ScalingBoundsInput = {
    max?: number;
    min?: number;
    time: WeeklyTimeInput;
  };
  export type ScalingDecided = {
    at: string;
    cluster: string;
    evidence: Record<string, string>;
    from: number;
    groupId: string;
    groupVersion: number;
    reason: string;
    service: string;
    to: number;
  };
  export type ScalingRule = {
    cooldownDown: string;
    cooldownUp: string;
    cpuPercent?: number;
    drainTimeout: string;
    max: number;
    min: number;
    requestsPerInstance?: number;
    schedule: ScalingBounds[];
    stepDown: number;
    stepUp: number;
    tolerance: number;
  };
  export type ScalingRuleBody = {
    cooldownDown?: null | string;
    cooldownUp?: null | string;
    cpuPercent?: number | null;
    drainTimeout?: null | string;
    max?: number | null;
    min?: number | null;
    reason?: null | string;
    requestsPerInstance?: null | number;
    schedule?: ScalingBoundsInput[] | null;
    stepDown?: number | null;
    stepUp?: number | null;
    tolerance?: null | number;
  };
  export type ScalingRuleList = {
    rules: ScalingRuleSet[];
    version: number;
  };
  export type ScalingRuleSet = {
    at: string;
    groupId: string;
    reason: string;
    rule: ScalingRule;
    service: string;
    setBy: string;
  };
  export type ScalingRuleView = {
    clusters: ScaledCluster[];
    decisions: ScalingDecided[];
    rule: ScalingRuleSet;
  };
  export type ScalingSimulationBody = {
    cluster?: null | string;
    from?: null | string;
    rule?: ScalingRuleBody | null;
    until?: null | string;
  };
  export type ScalingView = {
    instances: Record<string, number>;
    missing: Record<string, string>;
    reason: string;
    requestedBy: string;
    seen: Record<string, string>;
    startedAt: string;
  };
  export type Schedule = {
    name: string;
    notBefore?: string;
    type: 'schedule';
    within?: WeeklyTime[];
  };
  export type ScheduleInput = {
    name: string;
    notBefore?: null | string;
    type: 'schedule';
    within?: WeeklyTimeInput[];
  };
  export type SecretRef = {
    secretRef: string;
  };
  export type SecretRefInput = {
    secretRef: string;
  };
  export type ServiceManifest = {
    args: string[];
    artifact: File | Image;
    configRevision?: string;
    cpus: number;
    dependsOn?: string[];
    env: Record<string, string>;
    healthCheck: HealthCheck;
    instances?: number;
    memoryMiB: number;
    name: string;
    scriptRevision?: string;
    secretEnv?: Record<string, SecretRef>;
  };
  export type ServiceManifestInput = {
    args?: string[];
    artifact: FileInput | ImageInput;
    configRevision?: null | string;
    cpus?: number;
    dependsOn?: string[];
    env?: Record<string, string>;
    healthCheck: HealthCheckInput;
    instances?: number | null;
    memoryMiB?: number;
    name: string;
    scriptRevision?: null | string;
    secretEnv?: Record<string, SecretRefInput>;
  };
  export type ServiceObservation = {
    desired: number;
    healthy: number;
    instances: Instance[];
    running: number;
    service: string;
  };
  export type SetInstances = {
    drainTimeout?: null | string;
    instances?: null | Record<string, number>;
    manifest?: ManifestInput | null;
    reason?: null | string;
  };
  export type SimulatedChange = {
    at: string;
    from: number;
    reason: string;
    to: number;
  };
  export type Simulation = {
    changes: SimulatedChange[];
    fewest: number;
    instanceHours: number;
    measurements: number;
    most: number;
    overloadedSeconds: number;
    recordedInstanceHours: number;
    recordedOverloadedSeconds: number;
  };
  export type Source = {
    bad: string;
    from: 'PROMETHEUS' | 'INSTANCES';
    total: string;
  };
  export type SourceInput = {
    bad: string;
    from: 'PROMETHEUS' | 'INSTANCES';
    total: string;
  };
  export type Stage = {
    deadline?: string;
    gates: (Approval | Bake | Metric | Schedule | Webhook)[];
    name: string;
    onFail?: 'ROLL_BACK' | 'PAUSE';
    onInconclusive?: 'HOLD' | 'EXTEND' | 'PAUSE' | 'ROLL_BACK';
    rule: IdRule;
  };
  export type StageApproved = {
    approvedBy: string;
    at: string;
    groupId: string;
    reason: string;
    stage: string;
    step: number;
    upgradeId: string;
  };
  export type StageBody = {
    approval?: boolean;
    bakeTime?: null | string;
    deadline?: null | string;
    gates?: (ApprovalInput | BakeInput | MetricInput | ScheduleInput | WebhookInput)[] | null;
    name?: null | string;
    onFail?: 'ROLL_BACK' | 'PAUSE' | null;
    onInconclusive?: 'HOLD' | 'EXTEND' | 'PAUSE' | 'ROLL_BACK' | null;
    rule?: Body | null;
  };
  export type StageChanged = {
    at: string;
    changedBy: string;
    groupId: string;
    reason: string;
    stage: Stage;
    upgradeId: string;
  };
  export type StageNamed = {
    reason?: null | string;
    stage?: null | string;
  };
  export type StageRepeated = {
    at: string;
    groupId: string;
    reason: string;
    repeatedBy: string;
    stage: string;
    step: number;
    upgradeId: string;
  };
  export type StageSkipped = {
    at: string;
    groupId: string;
    reason: string;
    skippedBy: string;
    stage: string;
    step: number;
    upgradeId: string;
  };
  export type StartBody = {
    manifest?: ManifestInput | null;
    mode?: 'INSTALL' | 'GRAYSCALE' | 'SWITCH' | 'ROLLING' | 'ROLLBACK' | null;
    overrideFreeze?: boolean | null;
    policy?: PolicyBody | null;
    reason?: null | string;
    rolling?: RollingPolicyInput | null;
    stages?: StageBody[] | null;
    template?: null | string;
    templateVersion?: number | null;
    to?: null | string;
  };
  export type StateChange = {
    from: unknown;
    path: string;
    to: unknown;
  };
  export type StateDiff = {
    changes: StateChange[];
    equal: boolean;
    from: number;
    groupId: string;
    more: number;
    to: number;
  };
  export type Step = {
    attempts: number;
    cluster?: string;
    kind: 'START' | 'ROUTE' | 'GATE' | 'DRAIN' | 'STOP';
    paused: string;
    stage?: string;
    startedAt: string;
    step: number;
    time: string;
    title: string;
    waitedForPeople: string;
  };
  export type StopCluster = {
    drainTimeout?: null | string;
    reason?: null | string;
  };
  export type StoredList = {
    count: number;
    kind: 'ids' | 'intervals';
    sha256: string;
    storedAt: string;
    storedBy: string;
  };
  export type Strategies = {
    strategies: Record<string, RouteStrategy>;
    tableVersion: number;
  };
  export type Strategy = {
    id?: Body | null;
    status?: null | string;
  };
  export type TableChanges = {
    complete: boolean;
    cursor: string;
    reset: boolean;
    tables: Change[];
  };
  export type Takes = {
    all: boolean;
    ids: number;
    intervals: number;
    percent?: number;
  };
  export type TemplateBody = {
    mode?: 'INSTALL' | 'GRAYSCALE' | 'SWITCH' | 'ROLLING' | 'ROLLBACK' | null;
    policy?: PolicyBody | null;
    reason?: null | string;
    rolling?: RollingPolicyInput | null;
    stages?: StageBody[] | null;
  };
  export type TemplateList = {
    templates: PlanTemplateSet[];
  };
  export type TrafficDrained = {
    at: string;
    evidence: Record<string, string>;
    groupId: string;
  };
  export type TrafficEnded = {
    at: string;
    evidence: Record<string, string>;
    groupId: string;
    tableVersion: number;
  };
  export type Train = {
    groups: string[];
  };
  export type TrainBegun = {
    groups: string[];
    trainId: string;
  };
  export type TrainBody = {
    groups?: CarBody[] | null;
    mode?: 'INSTALL' | 'GRAYSCALE' | 'SWITCH' | 'ROLLING' | 'ROLLBACK' | null;
    overrideFreeze?: boolean | null;
    policy?: PolicyBody | null;
    reason?: null | string;
    stages?: StageBody[] | null;
  };
  export type TrainDryRun = {
    groups: DryRun[];
  };
  export type TrainList = {
    trains: TrainView[];
  };
  export type TrainView = {
    groups: Car[];
    mode: 'INSTALL' | 'GRAYSCALE' | 'SWITCH' | 'ROLLING' | 'ROLLBACK';
    reason: string;
    requestedBy: string;
    startedAt: string;
    status: 'RUNNING' | 'PAUSED' | 'ABORTING' | 'COMPLETED' | 'ABORTED' | 'DIVIDED';
    trainId: string;
  };
  export type UpgradeAborted = {
    at: string;
    groupId: string;
    serving: null | string;
    upgradeId: string;
  };
  export type UpgradeAborting = {
    abortedBy: string;
    at: string;
    firstStep: number;
    groupId: string;
    reason: string;
    steps: UpgradeStep[];
    upgradeId: string;
  };
  export type UpgradeCompleted = {
    at: string;
    groupId: string;
    serving: string;
    upgradeId: string;
  };
  export type UpgradeDocument = {
    endedAt?: string;
    groupId: string;
    status: 'RUNNING' | 'PAUSED' | 'ABORTING' | 'COMPLETED' | 'ABORTED';
    upgrade: Outline;
  };
  export type UpgradeList = {
    upgrades: UpgradeDocument[];
  };
  export type UpgradePaused = {
    at: string;
    groupId: string;
    pausedBy: string;
    reason: string;
    upgradeId: string;
  };
  export type UpgradePolicy = {
    drainTimeout: string;
    keepOld?: string;
    onExpiry: 'RETRY' | 'PAUSE' | 'ROLL_BACK';
    routeTimeout: string;
    startTimeout: string;
    stopTimeout: string;
  };
  export type UpgradeResumed = {
    at: string;
    groupId: string;
    reason: string;
    resumedBy: string;
    upgradeId: string;
  };
  export type UpgradeStarted = {
    at: string;
    from: null | string;
    groupId: string;
    instances: Record<string, number>;
    manifest: Manifest;
    mode: 'INSTALL' | 'GRAYSCALE' | 'SWITCH' | 'ROLLING' | 'ROLLBACK';
    policy: UpgradePolicy;
    reason: string;
    requestedBy: string;
    rollbackPointId: null | string;
    rolling: RollingPolicy | null;
    source: PlanSource | null;
    stages: Stage[];
    steps: UpgradeStep[];
    to: string;
    train: Train | null;
    upgradeId: string;
  };
  export type UpgradeStep = {
    cluster?: string;
    instances?: Record<string, number>;
    kind: 'START' | 'ROUTE' | 'GATE' | 'DRAIN' | 'STOP';
    stage?: string;
    strategies?: Record<string, RouteStrategy>;
    timeout?: string;
    title: string;
    withdraw?: Record<string, string[]>;
  };
  export type UpgradeStepCompleted = {
    at: string;
    evidence: Record<string, string>;
    groupId: string;
    kind: 'START' | 'ROUTE' | 'GATE' | 'DRAIN' | 'STOP';
    step: number;
    upgradeId: string;
  };
  export type UpgradeStepExpired = {
    at: string;
    attempt: number;
    evidence: Record<string, string>;
    groupId: string;
    outcome: 'RETRY' | 'PAUSE' | 'ROLL_BACK';
    step: number;
    upgradeId: string;
  };
  export type UpgradeTimes = {
    endedAt?: string;
    groupId: string;
    paused: string;
    startedAt: string;
    steps: Step[];
    total: string;
    upgradeId: string;
    waitedForPeople: string;
  };
  export type VersionBody = {
    reason?: null | string;
    version?: number | null;
  };
  export type VersionPage = {
    next: number | null;
    versions: RouteTableVersion[];
  };
  export type Webhook = {
    name: string;
    type: 'webhook';
    url: string;
    watch?: boolean;
    watchAfter?: string;
  };
  export type WebhookInput = {
    name: string;
    type: 'webhook';
    url: string;
    watch?: boolean;
    watchAfter?: null | string;
  };
  export type WeeklyTime = {
    days: ('MONDAY' | 'TUESDAY' | 'WEDNESDAY' | 'THURSDAY' | 'FRIDAY' | 'SATURDAY' | 'SUNDAY')[];
    from: string;
    to: string;
    zone: string;
  };
  export type WeeklyTimeInput = {
    days?: ('MONDAY' | 'TUESDAY' | 'WEDNESDAY' | 'THURSDAY' | 'FRIDAY' | 'SATURDAY' | 'SUNDAY')[];
    from: string;
    to: string;
    zone: string;
  };
  export type WindowBody = {
    environment?: null | string;
    from?: null | string;
    groupId?: null | string;
    name?: null | string;
    reason?: null | string;
    until?: null | string;
    weekly?: WeeklyTimeInput[] | null;
  };
  export type WindowList = {
    version: number;
    windows: WindowView[];
  };
  export type WindowView = {
    inForce: boolean;
    over: boolean;
    until?: string;
    window: FreezeWindow;
  };
  export type Written = {
    changed: boolean;
    name: string;
    template: PlanTemplate;
    version: number;
  };
}

/** Answers of reads, by path. */
export interface Reads {
  '/api/artifacts': deploy.Store;
  '/api/audit': logs.AuditPage;
  '/api/audit/completeness': logs.AuditCompleteness;
  '/api/config': config.NamespacePage;
  '/api/config-comparison': config.NamespaceComparison;
  '/api/config-search': config.FoundPage;
  '/api/config/{application}/{profile}/{label}/diff': config.Comparison;
  '/api/config/{application}/{profile}/{label}/draft': config.DraftWithContent;
  '/api/config/{application}/{profile}/{label}/revisions': config.RevisionPage;
  '/api/config/{application}/{profile}/{label}/revisions/{revision}': config.RevisionWithContent;
  '/api/deployments': deploy.DeploymentPage;
  '/api/deployments/{group}/{cluster}': deploy.DeploymentView;
  '/api/drains/{group}/{cluster}': monitor.DrainView;
  '/api/freezes': strategy.WindowList;
  '/api/freezes/{name}': strategy.WindowView;
  '/api/gates/{group}': monitor.GatesView;
  '/api/gates/{group}/detectable': monitor.DetectableView;
  '/api/gates/{group}/retrospective': monitor.RetrospectiveView;
  '/api/groups': strategy.LightPage | strategy.GroupPage;
  '/api/groups/{groupId}': strategy.LightGroup | strategy.GroupView;
  '/api/groups/{groupId}/approval-link': string;
  '/api/groups/{groupId}/diff': strategy.StateDiff;
  '/api/groups/{groupId}/explanation': strategy.Explanation;
  '/api/groups/{groupId}/history': strategy.History;
  '/api/groups/{groupId}/moves': strategy.Moves;
  '/api/groups/{groupId}/rebuild': strategy.Comparison;
  '/api/groups/{groupId}/rollback-points': strategy.RollbackPoints;
  '/api/groups/{groupId}/route-strategy': strategy.Strategies;
  '/api/groups/{groupId}/router-configuration': strategy.RouterConfigurationView;
  '/api/groups/{groupId}/routers': strategy.GroupRouters;
  '/api/groups/{groupId}/scaling-rules': strategy.ScalingRuleList;
  '/api/groups/{groupId}/scaling-rules/{service}': strategy.ScalingRuleView;
  '/api/groups/{groupId}/state': strategy.GroupView;
  '/api/groups/{groupId}/templates': strategy.TemplateList;
  '/api/groups/{groupId}/templates/{name}': strategy.PlanTemplateSet;
  '/api/groups/{groupId}/upgrades': strategy.UpgradeList;
  '/api/groups/{groupId}/upgrades/{upgradeId}': strategy.UpgradeDocument;
  '/api/groups/{groupId}/upgrades/{upgradeId}/times': strategy.UpgradeTimes;
  '/api/groups/{group}/clusters/{cluster}/instances': deploy.Instances;
  '/api/groups/{group}/clusters/{cluster}/instances/{instance}/log': deploy.LogView;
  '/api/groups/{group}/clusters/{cluster}/scripts': deploy.ScriptRuns;
  '/api/health': monitor.HealthPage;
  '/api/health/{subject}': monitor.SubjectHistory;
  '/api/id-lists': strategy.IdListPage;
  '/api/machine': monitor.MachineSnapshot;
  '/api/notifications': strategy.Page;
  '/api/prometheus/targets': monitor.TargetGroup[];
  '/api/releases/{group}': deploy.Releases;
  '/api/releases/{group}/{version}': deploy.Release;
  '/api/requests': logs.RequestPage;
  '/api/requests/completeness': logs.RequestCompleteness;
  '/api/route-tables/changes': strategy.TableChanges;
  '/api/route-tables/{groupId}': strategy.RouteTable;
  '/api/route-tables/{groupId}/diff': strategy.RouteTableDiff;
  '/api/route-tables/{groupId}/versions': strategy.VersionPage;
  '/api/route-tables/{groupId}/versions/{version}': strategy.RouteTable;
  '/api/routers': strategy.RouterPage;
  '/api/traffic': monitor.TrafficView;
  '/api/trains': strategy.TrainList;
  '/api/trains/{trainId}': strategy.TrainView;
}

/** Bodies and answers of commands, by method and path. */
export interface Commands {
  'DELETE /api/config/{application}/{profile}/{label}/draft': { body: undefined; answer: undefined };
  'DELETE /api/freezes/{name}': { body: undefined; answer: undefined };
  'DELETE /api/groups/{groupId}': { body: undefined; answer: undefined };
  'DELETE /api/groups/{groupId}/clusters/{cluster}': { body: undefined; answer: undefined };
  'DELETE /api/groups/{groupId}/decommission': { body: undefined; answer: undefined };
  'DELETE /api/groups/{groupId}/scaling-rules/{service}': { body: undefined; answer: undefined };
  'DELETE /api/groups/{groupId}/templates/{name}': { body: undefined; answer: undefined };
  'DELETE /api/routers/{routerId}': { body: undefined; answer: undefined };
  'POST /api/artifacts/resolve': { body: deploy.Reference; answer: deploy.Resolution };
  'POST /api/config-keys/rotation': { body: undefined; answer: config.Rotation };
  'POST /api/config/{application}/{profile}/{label}/comparison': { body: config.Content; answer: config.Comparison };
  'POST /api/config/{application}/{profile}/{label}/draft/publication': { body: config.DraftPublication; answer: config.RevisionView };
  'POST /api/config/{application}/{profile}/{label}/revisions': { body: config.Publication; answer: config.RevisionView };
  'POST /api/config/{application}/{profile}/{label}/rollbacks': { body: config.Rollback; answer: config.RevisionView };
  'POST /api/freezes': { body: strategy.WindowBody; answer: strategy.WindowView };
  'POST /api/gate-callbacks/{number}': { body: string; answer: undefined };
  'POST /api/groups': { body: strategy.CreateGroup; answer: strategy.GroupView };
  'POST /api/groups/{groupId}/approval-link': { body: undefined; answer: string };
  'POST /api/groups/{groupId}/clusters': { body: strategy.AddCluster; answer: strategy.GroupView };
  'POST /api/groups/{groupId}/clusters/{cluster}/stop': { body: strategy.StopCluster; answer: undefined };
  'POST /api/groups/{groupId}/decommission': { body: strategy.Decommission; answer: undefined };
  'POST /api/groups/{groupId}/epoch': { body: strategy.Reason; answer: strategy.GroupView };
  'POST /api/groups/{groupId}/rollbacks': { body: strategy.RollbackBody; answer: strategy.DryRun | strategy.Begun };
  'POST /api/groups/{groupId}/router-configuration/canary': { body: strategy.CanaryBody; answer: strategy.RouterConfigurationView };
  'POST /api/groups/{groupId}/router-configuration/release': { body: strategy.VersionBody; answer: strategy.RouterConfigurationView };
  'POST /api/groups/{groupId}/router-configuration/rollback': { body: strategy.VersionBody; answer: strategy.RouterConfigurationView };
  'POST /api/groups/{groupId}/routers/{routerId}/eviction': { body: strategy.Reason; answer: undefined };
  'POST /api/groups/{groupId}/scaling-rules/{service}/simulate': { body: strategy.ScalingSimulationBody; answer: strategy.Simulation };
  'POST /api/groups/{groupId}/upgrades': { body: strategy.StartBody; answer: strategy.DryRun | strategy.Begun };
  'POST /api/groups/{groupId}/upgrades/{upgradeId}/abort': { body: strategy.Reason; answer: undefined };
  'POST /api/groups/{groupId}/upgrades/{upgradeId}/approval': { body: strategy.ApprovalBody; answer: undefined };
  'POST /api/groups/{groupId}/upgrades/{upgradeId}/change': { body: strategy.ChangeBody; answer: undefined };
  'POST /api/groups/{groupId}/upgrades/{upgradeId}/override-freeze': { body: strategy.Reason; answer: undefined };
  'POST /api/groups/{groupId}/upgrades/{upgradeId}/pause': { body: strategy.Reason; answer: undefined };
  'POST /api/groups/{groupId}/upgrades/{upgradeId}/repeat': { body: strategy.StageNamed; answer: undefined };
  'POST /api/groups/{groupId}/upgrades/{upgradeId}/resume': { body: strategy.Reason; answer: undefined };
  'POST /api/groups/{groupId}/upgrades/{upgradeId}/skip': { body: strategy.StageNamed; answer: undefined };
  'POST /api/id-lists': { body: undefined; answer: strategy.IdList };
  'POST /api/logs': { body: undefined; answer: logs.Receipt };
  'POST /api/manifests/diff': { body: deploy.Two; answer: deploy.Differences };
  'POST /api/read-models/rebuild': { body: undefined; answer: undefined };
  'POST /api/scripts/diff': { body: deploy.TwoScriptRevisions; answer: deploy.ScriptDifference };
  'POST /api/scripts/resolve': { body: deploy.ScriptReference; answer: deploy.PinnedScripts };
  'POST /api/trains': { body: strategy.TrainBody; answer: strategy.TrainDryRun | strategy.TrainBegun };
  'POST /api/trains/{trainId}/abort': { body: strategy.Reason; answer: undefined };
  'POST /api/trains/{trainId}/rollback': { body: strategy.Reason; answer: undefined };
  'PUT /api/config/{application}/{profile}/{label}/draft': { body: config.DraftContent; answer: config.DraftView };
  'PUT /api/freezes/{name}': { body: strategy.WindowBody; answer: strategy.WindowView };
  'PUT /api/groups/{groupId}': { body: strategy.ChangeGroup; answer: strategy.GroupView };
  'PUT /api/groups/{groupId}/clusters/{cluster}/instances': { body: strategy.SetInstances; answer: undefined };
  'PUT /api/groups/{groupId}/route-strategy': { body: strategy.ChangeStrategies; answer: strategy.Strategies };
  'PUT /api/groups/{groupId}/router-configuration': { body: strategy.ConfigureBody; answer: strategy.RouterConfigurationView };
  'PUT /api/groups/{groupId}/scaling-rules/{service}': { body: strategy.ScalingRuleBody; answer: strategy.ScalingRuleSet };
  'PUT /api/groups/{groupId}/templates/{name}': { body: strategy.TemplateBody; answer: strategy.Written };
  'PUT /api/routers/{routerId}': { body: strategy.RouterReportInput; answer: strategy.Answer };
}
