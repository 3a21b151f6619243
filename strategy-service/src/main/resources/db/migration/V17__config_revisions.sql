-- The newest revision of each namespace of configuration, as config-service has published it: they count from 1.
create table config_revision (
    namespace varchar(1023) primary key,
    newest    bigint        not null
);
