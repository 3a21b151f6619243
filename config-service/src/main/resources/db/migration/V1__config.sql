-- Contents of revisions by the hash of their canonical form. Not a read model: events carry the hash alone.
create table config_content (
    sha256      text        primary key,
    body        text        not null,
    created_at  timestamptz not null default now()
);

-- The read model; made again from the stream by a reset of the processor "config-revisions".
create table config_revision (
    namespace     text        not null,
    revision      bigint      not null,
    sha256        text        not null,
    restored      bigint,
    changed_keys  text[]      not null,
    reason        text        not null,
    actor         text        not null,
    published_at  timestamptz not null,
    primary key (namespace, revision)
);
