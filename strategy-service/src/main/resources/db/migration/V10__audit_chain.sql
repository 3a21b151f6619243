-- What each event was when it was chained. Written once, in the order of the streams; see docs/audit.md.
create table audit_chain (
    aggregate_id     varchar(255) not null,
    sequence_number  bigint       not null,
    content          bytea        not null,
    hash             bytea        not null,
    primary key (aggregate_id, sequence_number)
);

-- The newest link of each stream, and the one that a root has named last.
create table audit_head (
    aggregate_id     varchar(255) not null primary key,
    sequence_number  bigint       not null,
    hash             bytea        not null,
    rooted           bytea
);
create index audit_head_unrooted on audit_head (aggregate_id) where rooted is distinct from hash;

-- Whoever chains or signs holds the row.
create table audit_position (
    only_row         boolean      not null primary key default true check (only_row),
    global_position  bigint       not null
);
insert into audit_position (global_position) values (0);

create table audit_root (
    number     bigint  not null primary key,
    document   text    not null,
    signature  text    not null,
    key        text    not null,
    published  boolean not null default false
);
create index audit_root_unpublished on audit_root (number) where not published;
