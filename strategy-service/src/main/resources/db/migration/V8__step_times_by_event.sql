-- Times count from events, and several can be counted of one group at once: a step of its upgrade, the drain of a cluster.
alter table step_time drop constraint step_time_pkey;
alter table step_time add primary key (group_id, since);
