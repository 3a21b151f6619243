create table revision_view (namespace text primary key, revision bigint not null, applied bigint not null);
