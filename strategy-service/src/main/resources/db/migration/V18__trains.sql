-- Upgrades of several groups in lockstep have one id in all of them.
create index upgrade_view_train on upgrade_view (upgrade_id) where upgrade_id like 'train-%';
