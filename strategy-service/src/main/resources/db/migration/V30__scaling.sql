-- What monitor-service measured of services that are scaled by a rule.
create table scaling_measurement (
    group_id          text             not null,
    cluster           text             not null,
    service           text             not null,
    measured_at       timestamptz      not null,
    measured_since    timestamptz      not null,
    instances         integer          not null,
    requests          double precision,
    requests_complete boolean          not null,
    cores             double precision,
    cores_complete    boolean          not null,
    primary key (group_id, cluster, service, measured_at)
);
create index scaling_measurement_age on scaling_measurement (measured_at);
