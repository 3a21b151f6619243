-- Judgements that are asked for, with how far they are. heard_at is by the clock of the database.
create table gate_judgement (
    group_id   text    not null,
    upgrade_id text    not null,
    step       integer not null,
    stage      text    not null,
    gate       text    not null,
    epoch      bigint  not null,
    fence      bigint  not null,
    command    jsonb   not null,
    heard_at   timestamptz not null,
    progress   jsonb,
    verdict    text,
    evidence   jsonb,
    judged_at  timestamptz,
    primary key (group_id, upgrade_id, step, stage, gate, epoch, fence)
);

create index gate_judgement_heard_at on gate_judgement (heard_at);

-- Orders observations of one judgement, over restarts and instances.
create sequence gate_observation_number;
