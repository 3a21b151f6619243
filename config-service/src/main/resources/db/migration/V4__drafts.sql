-- What is being written and was not published: one draft for each namespace. Its content is in config_content.
create table config_draft (
    namespace   text        primary key,
    version     bigint      not null,
    base        bigint      not null,
    sha256      text        not null,
    authors     text[]      not null,
    updated_at  timestamptz not null
);
