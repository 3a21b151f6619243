-- Read model: the health of every subject as of its last event. Rebuilt from the event store at any time.
create table health_view (
    subject_id text   primary key collate "C",
    status     text   not null,
    sequence   bigint not null,
    since      timestamptz not null,
    details    jsonb  not null
);

create index health_view_status on health_view (status, subject_id);
