-- Questions to webhooks: one for each try of a stage and gate. Only the newest try of a gate is kept.
create table hook_call (
    number     bigint       generated always as identity primary key,
    group_id   varchar(255) not null,
    stage      varchar(63)  not null,
    gate       varchar(63)  not null,
    epoch      bigint       not null,
    fence      bigint       not null,
    call       jsonb        not null,
    token      varchar(63)  not null,
    state      varchar(15)  not null default 'DUE',
    attempts   integer      not null default 0,
    due_at     timestamptz  not null,
    unique (group_id, stage, gate, epoch, fence)
);
create index hook_call_due on hook_call (due_at) where state = 'DUE';
create sequence hook_observation;
