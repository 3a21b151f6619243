package io.tricolor.nginxtemplate;

import java.nio.file.Path;
import java.util.List;

/** The parts of the configuration that do not depend on tables. */
final class ServerConf {

    /** For the level {@code server}: takes every path that no other location takes. */
    static final String LOCATION = """
            # Written by `tricolor router render`; changes are lost.
            location / {
                default_type application/problem+json;
                if ($tricolor_target = "") {
                    add_header X-Tricolor-Reason ENTRY_NOT_FOUND always;
                    return 404 '{"type":"/problems/entry-not-found","title":"Entry not found","status":404,"detail":"no group has an entry for this host and path","code":"ENTRY_NOT_FOUND"}';
                }
                if ($tricolor_upstream = "") {
                    add_header X-Tricolor-Reason NO_HEALTHY_CLUSTER always;
                    return 503 '{"type":"/problems/no-healthy-cluster","title":"No healthy cluster","status":503,"detail":"no cluster that takes this request has a healthy instance","code":"NO_HEALTHY_CLUSTER"}';
                }
                proxy_pass http://$tricolor_upstream;
                proxy_http_version 1.1;
                proxy_request_buffering off;
                proxy_buffering off;
                proxy_redirect off;
                proxy_connect_timeout 1s;
                proxy_next_upstream error timeout;
                proxy_next_upstream_tries 3;
                client_max_body_size 0;
                proxy_set_header Host $http_host;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection $tricolor_connection;
                proxy_set_header X-Forwarded-For $remote_addr;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header X-Forwarded-Host $http_host;
                proxy_set_header X-Tricolor-Cluster $tricolor_cluster;
                proxy_set_header X-Tricolor-Group $tricolor_group;
                proxy_set_header X-Tricolor-Table $tricolor_table;
                proxy_set_header X-Tricolor-Lane $tricolor_group=$tricolor_cluster;
                proxy_set_header X-Tricolor-Reason "";
                proxy_hide_header X-Tricolor-Cluster;
                proxy_hide_header X-Tricolor-Group;
                proxy_hide_header X-Tricolor-Table;
                proxy_hide_header X-Tricolor-Lane;
                proxy_hide_header X-Tricolor-Reason;
                add_header X-Tricolor-Cluster $tricolor_cluster always;
            }
            """;

    private ServerConf() {}

    /**
     * Lines at the end of the http part that leave a trace of the release in every worker: a log that is never written
     * to and that each process which reads this configuration, and every worker born of it, holds open.
     */
    static String marker(Path file) {
        return "\n# every worker holds this file open: it tells by which release the worker routes\n"
                + "map \"\" $tricolor_never {\n    default 0;\n}\n"
                + "access_log " + NginxText.quote(file.toString()) + " combined if=$tricolor_never;\n";
    }

    /** A whole configuration for those who have none of their own. */
    static String main(Path release, Path home, List<String> listen) {
        StringBuilder main = new StringBuilder("# Written by `tricolor router render`; changes are lost.\n");
        line(main, 0, "worker_processes auto");
        line(main, 0, "pid " + NginxText.quote(home.resolve("nginx.pid").toString()));
        line(main, 0, "error_log " + NginxText.quote(home.resolve("error.log").toString()) + " warn");
        // Compiled to machine code, ten thousand intervals take 500 MiB, and no request is faster.
        line(main, 0, "pcre_jit off");
        line(main, 0, "worker_shutdown_timeout 30s");
        main.append("events {\n    worker_connections 4096;\n}\nhttp {\n");
        for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
            line(
                    main,
                    1,
                    kind + "_temp_path "
                            + NginxText.quote(home.resolve("tmp").resolve(kind).toString()));
        }
        line(main, 1, "server_tokens off");
        line(main, 1, "access_log off");
        line(main, 1, "include " + NginxText.quote(release.resolve("http.conf").toString()));
        main.append("    server {\n");
        listen.forEach(address -> line(main, 2, "listen " + address));
        line(
                main,
                2,
                "include " + NginxText.quote(release.resolve("server.conf").toString()));
        return main.append("    }\n}\n").toString();
    }

    private static void line(StringBuilder text, int level, String directive) {
        text.append("    ".repeat(level)).append(directive).append(";\n");
    }
}
