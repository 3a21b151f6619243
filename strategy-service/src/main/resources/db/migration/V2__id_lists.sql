-- Lists of ids that rules refer to, stored once by content and kept for ever: events of the past refer to them too.
create table id_list (
    sha256     text primary key,
    count      integer not null,
    chunks     integer not null,
    stored_at  timestamptz not null,
    stored_by  text not null
);

-- The content in pieces, so that no reader and no writer ever holds a list as a whole.
create table id_list_chunk (
    sha256   text not null references id_list,
    number   integer not null,
    content  bytea not null,
    primary key (sha256, number)
);
-- Ids hardly compress, and a piece is always read as a whole.
alter table id_list_chunk alter column content set storage external;
