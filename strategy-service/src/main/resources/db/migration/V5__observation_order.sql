-- Observations of clusters are ordered by (epoch, fence, number), never by time.
alter table cluster_sighting
    add column epoch  bigint not null default 0,
    add column number bigint not null default 0;
