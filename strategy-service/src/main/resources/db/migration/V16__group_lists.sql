-- What lists of groups filter and sort by, taken out of the state by the database itself; GroupStatus says the same.
alter table group_view add column status text not null generated always as (
    case
        when deleted then 'ENDED'
        when coalesce(jsonb_typeof(state -> 'life' -> 'decommission'), 'null') <> 'null' then 'ENDING'
        when coalesce(state -> 'life' ->> 'recovering', 'false') = 'true' then 'RECOVERING'
        when coalesce(jsonb_typeof(state -> 'upgrade'), 'null') = 'null' then 'STEADY'
        when coalesce(state -> 'upgrade' -> 'position' ->> 'paused', 'false') = 'true' then 'PAUSED'
        when coalesce(state -> 'upgrade' -> 'position' ->> 'aborting', 'false') = 'true' then 'ABORTING'
        else 'UPGRADING'
    end) stored;
alter table group_view add column upgrade_since text not null generated always as (
    coalesce(state -> 'upgrade' -> 'plan' -> 'request' ->> 'at', '')) stored;
create index group_view_status on group_view (status, group_id);
create index group_view_application on group_view (application, group_id);
