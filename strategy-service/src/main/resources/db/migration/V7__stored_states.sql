-- Some states of each stream's past, from which any other is a short way, and where each table came from: made from the stream like the
-- other read models.
alter table group_view add column latest timestamptz;

create table group_state (
    group_id  text not null,
    version   bigint not null,
    latest    timestamptz not null,
    model     int not null,
    state     jsonb not null,
    primary key (group_id, version)
);
create index group_state_latest on group_state (group_id, latest);

create table route_table_version (
    group_id    text not null,
    epoch       bigint not null,
    version     bigint not null,
    sequence    bigint not null,
    at          timestamptz not null,
    actor       text,
    reason      text,
    upgrade_id  text,
    title       text,
    primary key (group_id, epoch, version)
);

-- A full round of a router's reports in several parts: the groups that were named so far. Rows of its groups are written only when what
-- is said of them has changed.
alter table router add column round_groups text[];
alter table router_group drop column round;
