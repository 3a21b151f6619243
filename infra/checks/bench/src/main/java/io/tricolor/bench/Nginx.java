package io.tricolor.bench;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.Ports;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A plain nginx with one worker. */
final class Nginx implements AutoCloseable {

    private static String main(Path home, String http) {
        return """
            daemon off;
            master_process on;
            worker_processes 1;
            pid %1$s/nginx.pid;
            error_log %1$s/error.log warn;
            events { worker_connections 4096; }
            http {
                client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fastcgi;
                uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
                keepalive_requests 1000000000;
            %2$s
            }
            """.formatted(home, http);
    }

    /** The request event that routers write, as far as nginx alone knows it: as many fields, about as long. */
    private static String accessLog(Path dir) {
        return """
                log_format request escape=json '{"@timestamp":"$time_iso8601","ecs":{"version":"8.17.0"},'
                    '"log":{"level":"INFO","logger":"tricolor.request"},"message":"$request_method $status",'
                    '"event":{"id":"$request_id","kind":"event","dataset":"tricolor.request","category":["web"],"type":["access"],'
                    '"action":"$request_method","outcome":"$status","start":"$time_iso8601","duration":"$request_time",'
                    '"sequence":$connection_requests},"service":{"name":"router","version":"$nginx_version","environment":"default",'
                    '"node":{"name":"$hostname/$pid"}},"organization":{"id":"default"},"tenant":{"id":"default"},'
                    '"user":{"id":"$http_x_user_id"},"client":{"ip":"$remote_addr"},"http":{"request":{"method":"$request_method"},'
                    '"response":{"status_code":$status}},"url":{"path":"$uri"},"trace":{"id":"$request_id"},'
                    '"tricolor":{"cluster":{"name":"A","status":"G","strategy_revision":1,"route_reason":"all"},"params":{},"steps":[]}}';
                access_log %s/access.log request buffer=64k flush=1s;
            """.formatted(dir.toAbsolutePath());
    }

    private final ChildProcess process;
    private final URI uri;

    private Nginx(ChildProcess process, URI uri) {
        this.process = process;
        this.uri = uri;
    }

    /** Answers everything with a small document. It runs where the load runs. */
    static Nginx upstream(Path dir) throws IOException {
        int port = Ports.free();
        String server = """
                    access_log off;
                    server {
                        listen 127.0.0.1:%d;
                        location / { default_type application/json; return 200 '{"version":"1.0.0","path":"$uri"}'; }
                    }
                """.formatted(port);
        return start("upstream", dir, port, server, false);
    }

    /** Forwards everything to one upstream, and logs it. */
    static Nginx proxy(String name, Path dir, URI upstream) throws IOException {
        int port = Ports.free();
        String server = accessLog(dir) + """
                    upstream app { server %s; keepalive 64; keepalive_requests 1000000000; }
                    server {
                        listen 127.0.0.1:%d;
                        location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
                    }
                """.formatted(upstream.getAuthority(), port);
        return start(name, dir, port, server, true);
    }

    private static Nginx start(String name, Path dir, int port, String http, boolean measured) throws IOException {
        Path home = Files.createDirectories(dir).toAbsolutePath();
        Path config = Files.writeString(home.resolve("nginx.conf"), main(home, http));
        List<String> command = List.of("nginx", "-p", home.toString(), "-c", config.toString());
        return new Nginx(
                ChildProcess.start(ProcessSpec.of(name, home)
                        .command(measured ? Cores.measured(command) : Cores.others(command))
                        .readiness(Readiness.tcp(port))
                        .build()),
                URI.create("http://127.0.0.1:" + port));
    }

    URI uri() {
        return uri;
    }

    /** Its worker: what serves. */
    Proc worker() throws IOException {
        return ProcessHandle.of(process.pid()).stream()
                .flatMap(ProcessHandle::children)
                .map(ProcessHandle::pid)
                .findFirst()
                .map(pid -> Proc.of(pid))
                .orElseThrow(() -> new IOException("nginx has no worker"));
    }

    @Override
    public void close() {
        process.close();
    }
}
