-- Which instance of the service observes, and until when by the clock of the database.
create table monitor_lease (
    name   text primary key,
    holder text not null,
    until  timestamptz not null
);
