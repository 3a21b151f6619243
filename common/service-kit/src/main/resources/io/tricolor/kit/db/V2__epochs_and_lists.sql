-- A stream that begins a new epoch uses its sequence numbers again; what an inbox has seen is a pair.
alter table inbox add column epoch bigint not null default 0;

-- The streams of a kind are listed by their first events alone, however long the streams are.
create index domain_event_first on domain_event (aggregate_type, aggregate_id) where sequence_number = 0;
drop index domain_event_type;
