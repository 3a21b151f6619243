-- The same content may be a list of ids and a list of intervals: the pieces are kept once, and a row for either.
alter table id_list_chunk drop constraint id_list_chunk_sha256_fkey;
alter table id_list add column kind text not null default 'ids' check (kind in ('ids', 'intervals'));
alter table id_list drop constraint id_list_pkey;
alter table id_list add primary key (sha256, kind);
