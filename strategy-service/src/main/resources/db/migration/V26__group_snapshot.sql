-- Up to where the state of each group is on the topic of snapshots.
create table group_snapshot (
    group_id  text   primary key,
    version   bigint not null
);
