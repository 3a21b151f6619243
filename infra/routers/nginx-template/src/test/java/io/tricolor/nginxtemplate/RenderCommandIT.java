package io.tricolor.nginxtemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.engines.Ports;
import io.tricolor.router.sources.Peer;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeStrategy;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command as a person runs it, with a real nginx. */
class RenderCommandIT {

    @TempDir
    private Path directory;

    private FakeStrategy strategy;
    private FakeConsul consul;
    private Backend a;
    private Backend b;
    private int port;
    private Path out;

    @BeforeEach
    void start() throws IOException {
        strategy = new FakeStrategy();
        consul = new FakeConsul();
        a = new Backend("A");
        b = new Backend("B");
        port = Ports.free();
        out = directory.resolve("out");
        consul.add("shop-web", new FakeConsul.Instance("shop", "web", "A", "a1", a.port()));
        consul.add("shop-web", new FakeConsul.Instance("shop", "web", "B", "b1", b.port()));
        strategy.publish("shop", table(1, "YELLOW", "'ids':['1']"));
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
        strategy.close();
        consul.close();
    }

    private static String table(long version, String status, String rule) {
        return ("{'group':'shop','epoch':1,'version':" + version + ",'entries':[{'pathPrefix':'/','service':'web'}],"
                        + "'clusters':{'A':{'status':'GREEN','id':{'all':true}},'B':{'status':'" + status
                        + "','id':{'all':false"
                        + (rule.isEmpty() ? "" : "," + rule) + "}}}}")
                .replace('\'', '"');
    }

    private record Run(int code, String err) {}

    private Run render(String... more) {
        List<String> words =
                new ArrayList<>(List.of("render", "--nginx", RunningNginx.PROGRAM, "--listen", "127.0.0.1:" + port));
        if (!List.of(more).contains("--strategy")) {
            words.addAll(List.of("--strategy", strategy.url()));
        }
        if (!List.of(more).contains("--consul")) {
            words.addAll(List.of("--consul", consul.url()));
        }
        if (!List.of(more).contains("--out")) {
            words.addAll(List.of("--out", out.toString()));
        }
        if (!List.of(more).contains("--group")) {
            words.add("--all");
        }
        words.addAll(List.of(more));
        StringWriter err = new StringWriter();
        int code = new CommandLine(new RouterCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setErr(new PrintWriter(err))
                .setOut(new PrintWriter(err))
                .execute(words.toArray(String[]::new));
        return new Run(code, err.toString());
    }

    private RunningNginx nginx() throws IOException, InterruptedException {
        return new RunningNginx(out.resolve("current/nginx.conf"), port);
    }

    private String current() throws IOException {
        return Files.readSymbolicLink(out.resolve("current")).toString();
    }

    private String cluster(String id) {
        try {
            return RawHttp.get(port, "/", List.of("X-User-Id: " + id)).cluster();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void asks_the_next_address_of_strategy_service_when_one_is_dead_and_when_one_dies() throws Exception {
        try (FakeStrategy.Instance dead = strategy.another();
                FakeStrategy.Instance dying = strategy.another();
                FakeStrategy.Instance last = strategy.another()) {
            dead.goDown();
            String addresses = String.join(",", dead.url(), dying.url(), last.url());
            Thread watching =
                    Thread.ofVirtual().start(() -> render("--watch", "--interval", "100", "--strategy", addresses));
            Await.until("table 1", () -> keeps(1));
            assertThat(last.asked).isEmpty();
            dying.goDown();
            strategy.publish("shop", table(2, "YELLOW", "'intervals':[['2','3']]"));
            Await.until("table 2", () -> keeps(2));
            assertThat(last.asked).isNotEmpty().allMatch(asked -> asked.contains("&since="));
            watching.interrupt();
            watching.join();
        }
        assertThat(render("--strategy", "http://127.0.0.1:1,nowhere").err()).contains("'nowhere' is no address");
    }

    private boolean keeps(long version) {
        try {
            return Files.readString(out.resolve("tables/shop.json")).contains("\"version\":" + version + ",");
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void renders_reloads_only_on_change_and_keeps_the_last_good_configuration() throws Exception {
        assertThat(render())
                .isEqualTo(new Run(0, "group shop: table 1.1 accepted\nrelease " + name() + " is in force\n"));
        try (RunningNginx nginx = nginx()) {
            assertThat(List.of(cluster("1"), cluster("2"))).containsExactly("B", "A");

            strategy.publish("shop", table(2, "YELLOW", "'intervals':[['2','3']]"));
            assertThat(render("--reload").code()).isZero();
            Await.until(
                    "table 2", () -> cluster("2").equals("B") && cluster("1").equals("A"));

            String before = current();
            long reloaded = Files.getLastModifiedTime(out.resolve("reloaded")).toMillis();
            assertThat(render("--reload")).isEqualTo(new Run(0, ""));
            assertThat(current()).isEqualTo(before);
            assertThat(Files.getLastModifiedTime(out.resolve("reloaded")).toMillis())
                    .isEqualTo(reloaded);

            strategy.publish("shop", table(3, "YELLOW", "'percent':50"));
            Run refused = render("--reload");
            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.err())
                    .startsWith("group shop: table 3 refused, the one before stays: PERCENT: clusters.B.id.percent:");
            assertThat(current()).isEqualTo(before);

            strategy.publish("shop", table(1, "RED", ""));
            assertThat(render("--reload")).isEqualTo(new Run(0, ""));
            assertThat(current()).as("never back").isEqualTo(before);

            // Instances follow although the newest table is refused.
            strategy.publish("shop", table(3, "YELLOW", "'percent':50"));
            consul.register("shop-web");
            consul.add("shop-web", new FakeConsul.Instance("shop", "web", "A", "a1", a.port()));
            assertThat(render("--reload").code()).isEqualTo(1);
            Await.until("B without instance falls back", () -> cluster("2").equals("A"));

            consul.register("shop-web");
            render("--reload");
            Await.until("no instance at all", () -> cluster("2").equals("none"));
            assertThat(Files.readString(out.resolve("current/http.conf"))).doesNotContain("upstream tricolor_u");
        }
    }

    @Test
    void a_group_that_is_routed_is_not_dropped_because_it_cannot_be_rendered_any_more() throws Exception {
        strategy.publish("shop", table(1, "YELLOW", "'percent':50"));
        assertThat(render().code()).isEqualTo(1);
        assertThat(out.resolve("current")).as("nothing to render").doesNotExist();
        assertThat(render("--approximate", "percent").code()).isZero();
        String before = current();
        strategy.publish("bank", table(1, "RED", "").replace("shop", "bank"));
        Run run = render();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("nothing is written: the tables of [shop] that are in force cannot be rendered");
        assertThat(current()).isEqualTo(before);
        assertThat(render("--approximate", "percent").code()).isZero();
        assertThat(current()).isNotEqualTo(before);
    }

    private String name() throws IOException {
        return String.valueOf(Files.readSymbolicLink(out.resolve("current")).getFileName());
    }

    @Test
    void a_source_that_does_not_answer_changes_nothing() throws Exception {
        consul.broken = true;
        Run first = render();
        assertThat(first.code()).isEqualTo(1);
        assertThat(first.err()).contains("no instances of shop-web, nothing is written: Consul answered 500");
        assertThat(out.resolve("current")).doesNotExist();

        consul.broken = false;
        assertThat(render().code()).isZero();
        String before = current();
        consul.broken = true;
        strategy.publish("shop", table(2, "RED", ""));
        assertThat(render().code()).isEqualTo(1);
        assertThat(current()).isEqualTo(before);

        consul.broken = false;
        strategy.broken = true;
        assertThat(render().err()).contains("no tables: strategy-service answered 500");

        // The table that was accepted before is still known, and only it: what is on disk is enough to go on.
        strategy.broken = false;
        strategy.forgetEverything();
        assertThat(render().code()).isZero();
        assertThat(Files.readString(out.resolve("current/http.conf"))).contains("# shop 1.2");
    }

    @Test
    void a_group_ends_only_by_a_table_that_says_so_and_no_older_one_comes_back() throws Exception {
        assertThat(render().code()).isZero();
        for (FakeStrategy.Canned answer : List.of(
                new FakeStrategy.Canned(404, "{\"code\":\"GROUP_NOT_FOUND\"}"),
                new FakeStrategy.Canned(200, "{}"),
                new FakeStrategy.Canned(200, "{\"cursor\":\"x\",\"complete\":false,\"reset\":true}"),
                new FakeStrategy.Canned(200, "{\"cursor\":\"x\",\"complete\":false,\"reset\":true,\"tables\":[]}"))) {
            strategy.insteadOfChanges = answer;
            Run run = render();
            assertThat(run.code()).as(answer.toString()).isEqualTo(1);
            assertThat(run.err()).startsWith("no tables: strategy-service");
            assertThat(Files.readString(out.resolve("current/http.conf"))).contains("# shop 1.1");
        }
        strategy.insteadOfChanges = null;

        strategy.delete("shop");
        assertThat(render().err()).contains("group shop: table 1.2 accepted, the group is deleted");
        assertThat(Files.readString(out.resolve("current/http.conf"))).doesNotContain("# shop");
        strategy.publish("shop", table(1, "YELLOW", "'ids':['1']"));
        assertThat(render()).isEqualTo(new Run(0, ""));
        consul.keep("shop", table(1, "YELLOW", "'ids':['1']"));
        assertThat(render("--tables", "consul")).isEqualTo(new Run(0, ""));
        strategy.publish("shop", table(3, "YELLOW", "'ids':['1']"));
        assertThat(render().code()).isZero();
        assertThat(Files.readString(out.resolve("current/http.conf"))).contains("# shop 1.3");
    }

    @Test
    void refuses_another_content_in_the_same_place_and_what_was_changed_on_its_way() throws Exception {
        assertThat(render().code()).isZero();
        strategy.publish("shop", table(1, "RED", ""));
        assertThat(render().err()).contains("table 1 refused, the one before stays: OTHER_CONTENT");
        strategy.publish("shop", new TableIdentity(1, 2, "0".repeat(64)), table(2, "RED", ""));
        assertThat(render().err())
                .contains("table 2 refused, the one before stays: MALFORMED: the document was changed");
        assertThat(Files.readString(out.resolve("current/http.conf"))).contains("# shop 1.1");
    }

    @Test
    void an_answer_that_comes_in_drops_is_given_up() throws Exception {
        try (ServerSocket dripping = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> drip(dripping));
            Peer peer = new Peer(HttpClient.newHttpClient(), "http://127.0.0.1:" + dripping.getLocalPort(), null);
            assertThatThrownBy(() -> peer.get("/", Duration.ofMillis(300)))
                    .isInstanceOf(HttpTimeoutException.class)
                    .hasMessageContaining("no whole answer");
        }
    }

    private static void drip(ServerSocket server) {
        try (Socket socket = server.accept()) {
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            while (true) {
                socket.getOutputStream().write(' ');
                socket.getOutputStream().flush();
                LockSupport.parkNanos(20_000_000);
            }
        } catch (IOException e) {
            // the other side has given up
        }
    }

    @Test
    void reads_the_copies_in_consul_and_files() throws Exception {
        consul.keep("shop", table(1, "YELLOW", "'ids':['1']"));
        assertThat(render("--tables", "consul", "--group", "shop").code()).isZero();
        String before = current();
        Path tables = Files.createDirectory(directory.resolve("tables"));
        Files.writeString(tables.resolve("shop.json"), table(1, "YELLOW", "'ids':['1']"));
        Path instances = directory.resolve("instances.json");
        Files.writeString(
                instances,
                ("[{'group':'shop','service':'web','cluster':'A','id':'a1','address':'127.0.0.1','port':" + a.port()
                                + "},{'group':'shop','service':'web','cluster':'B','id':'b1','address':'127.0.0.1','port':"
                                + b.port() + "}]")
                        .replace('\'', '"'));
        assertThat(render("--tables", tables.toString(), "--instances", instances.toString()))
                .isEqualTo(new Run(0, ""));
        assertThat(current()).as("the same data give the same configuration").isEqualTo(before);
        assertThat(render("--group", "bank").err()).contains("there is no table of group bank");
        Files.writeString(
                instances,
                "[{\"group\":\"shop\",\"service\":\"web\",\"cluster\":\"A\",\"id\":\"x\","
                        + "\"address\":\"evil; }\",\"port\":1}]");
        Run refused = render("--instances", instances.toString());
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("nothing is written: instance x has the address 'evil? ?'");
        assertThat(current()).isEqualTo(before);
    }

    @Test
    void what_nginx_does_not_take_is_not_in_force() throws Exception {
        assertThat(render().code()).isZero();
        String before = current();
        Path main = directory.resolve("nginx.conf");
        Files.writeString(
                main,
                "pid " + directory.resolve("x.pid")
                        + ";\nevents {}\nhttp {\n  access_log off;\n  map_hash_max_size 99;\n  include "
                        + out.resolve("current/http.conf") + ";\n  server { listen 127.0.0.1:" + port + "; include "
                        + out.resolve("current/server.conf") + "; }\n}\n");
        strategy.publish("shop", table(2, "YELLOW", "'ids':['2']"));
        Run run = render("--main-config", main.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("nginx does not take " + main)
                .contains("\"map_hash_max_size\" directive is duplicate");
        assertThat(current()).isEqualTo(before);
        Files.writeString(main, Files.readString(main).replace("map_hash_max_size 99;", ""));
        assertThat(render("--main-config", main.toString()).code()).isZero();
        assertThat(current()).isNotEqualTo(before);

        // A name that no resolver has to be asked for: its label is too long
        before = current();
        consul.register("shop-web", new FakeConsul.Instance("shop", "web", "A", "a1", "x".repeat(64), 80));
        Run unresolved = render();
        assertThat(unresolved.code()).isEqualTo(1);
        assertThat(unresolved.err()).contains("nginx does not take release").contains("host not found in upstream");
        assertThat(current()).isEqualTo(before);
    }

    @Test
    void reload_commands_are_words_and_a_failed_reload_is_tried_again() throws Exception {
        Path trace = directory.resolve("reloads");
        assertThat(render("--reload-command", "false").code()).isEqualTo(1);
        assertThat(render("--reload-command", "touch", trace + "; $(touch x)").code())
                .isZero();
        assertThat(Path.of(trace + "; $(touch x)")).exists();
        Files.delete(Path.of(trace + "; $(touch x)"));
        assertThat(render("--reload-command", "touch", trace.toString()).code()).isZero();
        assertThat(trace).as("nothing has changed since the last reload").doesNotExist();
    }

    @Test
    void lists_of_ids_are_fetched_once_and_verified() throws Exception {
        byte[] bytes = IdListContents.bytes(-5, 42, Long.MAX_VALUE);
        String sha256 = IdListContents.sha256(bytes);
        strategy.publish("shop", table(2, "YELLOW", "'idLists':[{'sha256':'" + sha256 + "','count':3}]"));
        assertThat(render().err()).contains("strategy-service answered 404 for the list of ids");
        strategy.idLists.put(sha256, new byte[24]);
        assertThat(render().err()).contains("table 2 refused").contains("ID_LIST");
        strategy.idLists.put(sha256, bytes);
        assertThat(render().code()).isZero();
        strategy.idLists.clear();
        assertThat(render().code()).isZero();
        try (RunningNginx nginx = nginx()) {
            assertThat(List.of(cluster("-5"), cluster("42"), cluster("43"), cluster(Long.toString(Long.MAX_VALUE))))
                    .containsExactly("B", "B", "A", "B");
        }
    }

    @Test
    void says_what_is_wrong_with_the_words() {
        assertThat(render("--group", "shop", "--all").code()).isEqualTo(2);
        assertThat(render("--report").err()).contains("--report needs --all, --watch");
        assertThat(render("--listen", "80; }").err()).contains("is no address");
        assertThat(render("--router-id", "a b").err()).contains("--router-id");
        assertThat(render("--consul", "localhost").err()).contains("'localhost' is no address such as");
    }

    @Test
    void failures_are_told_in_words() throws Exception {
        assertThat(render("--token-file", directory.resolve("none").toString()))
                .isEqualTo(new Run(1, "no tables: " + directory.resolve("none") + " (NoSuchFileException)\n"));
        assertThat(render("--strategy", "http://127.0.0.1:1").err()).isEqualTo("no tables: ConnectException\n");
        assertThat(render("--out", directory.resolve("a b").toString(), "--reload")
                        .err())
                .startsWith("tricolor: the output directory may have letters, digits");
    }
}
