-- What monitor-service last said of the gates of running upgrades.
create table gate_judgement (
    group_id    text   not null,
    stage       text   not null,
    gate        text   not null,
    upgrade_id  text   not null,
    epoch       bigint not null,
    fence       bigint not null,
    number      bigint not null,
    observation jsonb  not null,
    primary key (group_id, stage, gate)
);
