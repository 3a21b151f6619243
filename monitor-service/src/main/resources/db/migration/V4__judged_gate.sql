-- What was judged, look by look, kept for a time so that it can be judged again with other parameters.
create table judged_gate (
    id         bigint generated always as identity primary key,
    group_id   text    not null,
    upgrade_id text    not null,
    step       integer not null,
    stage      text    not null,
    gate       text    not null,
    epoch      bigint  not null,
    fence      bigint  not null,
    command    jsonb   not null,
    compared   text    not null,
    share      double precision not null,
    looks      integer not null default 1,
    judged_at  timestamptz not null,
    unique (group_id, upgrade_id, step, stage, gate, epoch, fence)
);

create index judged_gate_judged_at on judged_gate (judged_at);

create table judged_look (
    judged       bigint  not null references judged_gate on delete cascade,
    number       integer not null,
    at           timestamptz not null,
    canary       bigint  not null,
    canary_bad   bigint  not null,
    baseline     bigint  not null,
    baseline_bad bigint  not null,
    primary key (judged, number)
);
