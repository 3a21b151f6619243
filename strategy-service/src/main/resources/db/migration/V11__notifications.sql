-- Who is to be told what, and what became of it. Never an address or a secret of a target.
create table notification (
    number        bigint       generated always as identity primary key,
    event_id      varchar(255) not null,
    target        varchar(63)  not null,
    group_id      varchar(255) not null,
    upgrade_id    varchar(255) not null,
    what          varchar(63)  not null,
    news          text         not null,
    state         varchar(15)  not null default 'PENDING',
    attempts      integer      not null default 0,
    last_error    text,
    attempted_at  timestamptz,
    due_at        timestamptz  not null,
    deadline      timestamptz  not null,
    unique (event_id, target)
);
create index notification_due on notification (due_at) where state = 'PENDING';
