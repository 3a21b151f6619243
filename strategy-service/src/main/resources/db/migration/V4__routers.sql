-- One row for each router, and one for each of its groups: only what a router reports as changed is written.
alter table router rename to router_of_v1;

create table router (
    router_id    text primary key,
    boot_id      text not null,
    kind         text not null,
    address      text,
    reported_at  timestamptz not null,
    sequence     bigint not null,
    round        bigint not null
);

-- A row of another boot than the router's is of before its restart: nothing follows from it but that the router has the group.
create table router_group (
    router_id  text not null,
    group_id   text not null,
    boot_id    text not null,
    round      bigint not null,
    report     jsonb not null,
    primary key (router_id, group_id)
);
create index router_group_of on router_group (group_id);

-- Groups that have had a router: having none any more is no reason to go on without.
create table group_with_routers (
    group_id  text primary key
);

insert into router
    select router_id, boot_id, coalesce(report->>'kind', ''), report->>'address', reported_at, 0, 0 from router_of_v1;
insert into router_group
    select distinct r.router_id, g.key, '', 0, '{"epoch":0,"version":0,"incomplete":true}'::jsonb
    from router_of_v1 r,
        jsonb_array_elements(coalesce(r.report->'workers', '[]'::jsonb)) w,
        jsonb_each(coalesce(w->'groups', '{}'::jsonb)) g;
insert into group_with_routers select distinct group_id from router_group;
drop table router_of_v1;

-- How long the running step of an upgrade has taken, summed up by one instance at a time.
create table step_time (
    group_id    text primary key,
    since       bigint not null,
    elapsed_ms  bigint not null,
    counted_by  text not null,
    counted_at  timestamptz not null
);
