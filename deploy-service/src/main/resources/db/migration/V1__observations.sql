-- Orders observations of one desired state, over restarts and instances.
create sequence observation_number;
