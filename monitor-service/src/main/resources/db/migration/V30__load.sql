-- Of which services of groups the load is observed.
create table load_request (
    group_id text        primary key,
    command  jsonb       not null,
    heard_at timestamptz not null
);
