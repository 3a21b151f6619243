-- Read models: made from the stream, thrown away and made again at any time.
create table group_view (
    group_id      text primary key,
    version       bigint not null,
    deleted       boolean not null,
    application   text not null,
    environment   text not null,
    state         jsonb not null
);

create table upgrade_view (
    group_id    text not null,
    upgrade_id  text not null,
    begun       bigint not null,
    status      text not null,
    ended_at    timestamptz,
    view        jsonb not null,
    primary key (group_id, upgrade_id)
);
create index upgrade_view_order on upgrade_view (group_id, begun);

-- Sightings: what others last said. Not part of the history; the next report replaces them.
create table cluster_sighting (
    group_id     text not null,
    cluster      text not null,
    fence        bigint not null,
    observed_at  timestamptz not null,
    observation  jsonb not null,
    primary key (group_id, cluster)
);

create table router (
    router_id    text primary key,
    boot_id      text not null,
    reported_at  timestamptz not null,
    report       jsonb not null
);
