package io.tricolor.lane;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** A servlet that calls another application, over HTTP. */
class ServletLaneTest {

    private static final Propagation PROPAGATION = new Propagation(List.of("X-User-Id"), List.of());

    @TempDir
    private Path directory;

    /** Calls on, by a blocking client or by one that is waited for. */
    private static final class Shop extends HttpServlet {

        private static final long serialVersionUID = 1L;

        private final transient RestClient rest;
        private final transient WebClient web;

        Shop(String callee) {
            rest = RestClient.builder()
                    .baseUrl(callee)
                    .requestInterceptor(new LaneRequestInterceptor(PROPAGATION))
                    .build();
            web = WebClient.builder()
                    .baseUrl(callee)
                    .filter(new LaneExchangeFilter(PROPAGATION))
                    .build();
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String body = request.getRequestURI().equals("/rest")
                    ? rest.get().uri("/").retrieve().body(String.class)
                    : web.get().uri("/").retrieve().bodyToMono(String.class).block();
            response.getWriter().write(String.valueOf(body));
        }
    }

    @Test
    void lane_and_id_go_on_and_the_thread_forgets_them() throws Exception {
        try (Callee callee = new Callee()) {
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir(directory.toString());
            tomcat.setPort(0);
            tomcat.getConnector().setProperty("address", "127.0.0.1");
            tomcat.getConnector().setProperty("maxThreads", "1");
            Context context = tomcat.addContext("", null);
            FilterDef definition = new FilterDef();
            definition.setFilterName("lanes");
            definition.setFilter(new LaneServletFilter(PROPAGATION));
            context.addFilterDef(definition);
            FilterMap map = new FilterMap();
            map.setFilterName("lanes");
            map.addURLPattern("/*");
            context.addFilterMap(map);
            Tomcat.addServlet(context, "shop", new Shop(callee.url()));
            context.addServletMappingDecoded("/*", "shop");
            tomcat.start();
            try {
                Caller caller =
                        new Caller("http://127.0.0.1:" + tomcat.getConnector().getLocalPort());
                for (String path : new String[] {"/rest", "/web"}) {
                    caller.get(path, "X-Tricolor-Lane", "shop=B", "X-User-Id", "42");
                    assertThat(callee.last().get("X-Tricolor-Lane")).containsExactly("shop=B");
                    assertThat(callee.last().get("X-User-Id")).containsExactly("42");
                    caller.get(path);
                    assertThat(callee.last().containsKey("X-Tricolor-Lane")).isFalse();
                    assertThat(callee.last().containsKey("X-User-Id")).isFalse();
                }
            } finally {
                tomcat.stop();
                tomcat.destroy();
            }
        }
    }
}
