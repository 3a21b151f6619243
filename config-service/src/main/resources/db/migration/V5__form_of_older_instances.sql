-- While instances are exchanged one by one, an older one writes contents without naming the form, which is the first.
alter table config_content alter column form set default 1;
