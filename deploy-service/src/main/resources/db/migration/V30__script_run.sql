-- Scripts of releases that ran, with the end of what they wrote.
create table script_run (
    id         bigint generated always as identity primary key,
    group_id   text        not null,
    cluster    text        not null,
    service    text        not null,
    hook       text        not null,
    revision   text        not null,
    digest     text        not null,
    desired    text        not null,
    state      text        not null,
    current    boolean     not null default true,
    process    text        not null default '',
    exit_code  integer,
    output     text        not null default '',
    started_at timestamptz not null,
    ended_at   timestamptz
);
create index script_run_of on script_run (group_id, cluster, service, hook, id desc);
