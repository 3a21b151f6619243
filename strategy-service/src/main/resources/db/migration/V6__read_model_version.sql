-- The form in which a state is stored in a read model. Rows of another form are made anew from the stream when the service starts.
alter table group_view add column model int not null default 1;
alter table upgrade_view add column model int not null default 1;
