-- Keys of encrypted values, each wrapped by a master key, which is in no database.
create table config_data_key (
    id          text        primary key,
    master      text        not null,
    wrapped     bytea       not null,
    created_at  timestamptz not null default now()
);
