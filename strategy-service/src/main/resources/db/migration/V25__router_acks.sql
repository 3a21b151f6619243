-- Which table each router had applied since when, and how many instances it knew then: what a request of the past was decided by.
create table router_ack (
    number     bigint generated always as identity primary key,
    group_id   text   not null,
    router_id  text   not null,
    boot_id    text   not null,
    at         timestamptz not null,
    epoch      bigint not null,
    version    bigint not null,
    sha256     text   not null,
    usable     jsonb  not null
);

create index router_ack_of on router_ack (group_id, router_id, number desc);
create index router_ack_at on router_ack (at);
