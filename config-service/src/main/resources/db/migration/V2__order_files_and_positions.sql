-- Form 1: an object of the values, sorted by key. Form 2: values in their order, the document, plain files.
alter table config_content add column form smallint not null default 1;
alter table config_content alter column form drop default;

-- The place of a revision among all of them, by which other namespaces are read as they were then; and its label.
alter table config_revision add column position bigint not null default 0;
alter table config_revision add column label text not null
    generated always as (regexp_replace(namespace, '^[^/]*/[^/]*/', '')) stored;
update config_revision r set position = e.global_position
    from domain_event e
    where e.aggregate_id = r.namespace and e.sequence_number = r.revision - 1;
alter table config_revision alter column position drop default;
create index config_revision_position on config_revision (position);
create index config_revision_label on config_revision (label);
