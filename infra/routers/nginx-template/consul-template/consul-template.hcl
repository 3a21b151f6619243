# An example, not run by the tests of this project: consul-template watches Consul, `tricolor router render` writes the configuration.
# What consul-template writes is not read by anybody; that it changed is what counts.
consul {
  address = "127.0.0.1:8500"
}

template {
  source      = "/opt/tricolor/infra/routers/nginx-template/consul-template/changed.ctmpl"
  destination = "/var/lib/tricolor/changed"
  command     = "/opt/tricolor/tricolor router render --all --tables consul --consul http://127.0.0.1:8500 --out /var/lib/tricolor/router --reload"
  command_timeout = "180s"

  wait {
    min = "1s"
    max = "5s"
  }
}
