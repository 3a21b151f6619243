--- What nginx.conf says; filled once, in the master, before the workers are forked.

return {}
