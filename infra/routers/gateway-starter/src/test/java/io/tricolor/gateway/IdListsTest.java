package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.Peer;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.Tables;
import io.tricolor.router.testing.WithInstances;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Lists of ids that tables refer to: served late, served wrong, and from disk. */
@Tag("slow")
class IdListsTest extends WithInstances {

    private GatewayProcess gateway() {
        return keep(new GatewayProcess(strategy.url(), consul.url(), directory));
    }

    private static byte[] content(long... ids) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * ids.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(ids);
        return bytes.array();
    }

    private static IdList reference(byte[] content) {
        try {
            return new IdList(
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content)),
                    content.length / 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private IdList serve(byte[] content) {
        IdList list = reference(content);
        strategy.idLists.put(list.sha256(), content);
        return list;
    }

    private static RouteTable table(long version, IdList... lists) {
        return Tables.table(
                1,
                version,
                Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(new IdRule(false, List.of(), List.of(), null, List.of(lists)))));
    }

    private static void awaitVersion(GatewayProcess gateway, long version) {
        Await.until("table " + version, () -> {
            RoutingState.Snapshot now = gateway.state().snapshot();
            return now.tables().containsKey("shop")
                    && now.tables().get("shop").table().version() == version
                    && now.endpoints(new ServiceKey("shop", "web")).byCluster().size() == 2;
        });
    }

    private String clusterOf(GatewayProcess gateway, String id) {
        return cluster(gateway, "/?userId=" + URLEncoder.encode(id, StandardCharsets.UTF_8));
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("id-lists"))) {
            return Set.copyOf(files.map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    void a_list_that_is_served_late_is_asked_for_until_it_is_there() throws IOException {
        GatewayProcess gateway = gateway();
        strategy.publish(table(1));
        awaitVersion(gateway, 1);
        byte[] content = content(LongStream.range(0, 100_000).map(i -> 3 * i).toArray());
        IdList list = reference(content);
        strategy.publish(table(2, list));
        Await.until("asked twice", () -> strategy.askedIdLists.size() >= 2);
        assertThat(gateway.state().snapshot().tables().get("shop").table().version())
                .isEqualTo(1);
        assertThat(clusterOf(gateway, "299997")).isEqualTo("A");
        assertThat(reported().rejectedVersion()).isNull();

        serve(content);
        awaitVersion(gateway, 2);
        assertThat(clusterOf(gateway, "299997")).isEqualTo("B");
        assertThat(clusterOf(gateway, "299998")).isEqualTo("A");
        assertThat(files()).containsExactly(list.sha256());

        // Known by now, and another one; the first is deleted when no table has it any more.
        IdList other = serve(content(5));
        int asked = strategy.askedIdLists.size();
        strategy.publish(table(3, list, other));
        awaitVersion(gateway, 3);
        assertThat(clusterOf(gateway, "5")).isEqualTo("B");
        assertThat(files()).containsExactlyInAnyOrder(list.sha256(), other.sha256());
        assertThat(strategy.askedIdLists.subList(asked, strategy.askedIdLists.size()))
                .containsOnly(other.sha256());
        strategy.publish(table(4, other));
        awaitVersion(gateway, 4);
        Await.until("the list is deleted", () -> {
            try {
                return files().equals(Set.of(other.sha256()));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(clusterOf(gateway, "299997")).isEqualTo("A");
    }

    @Test
    void decides_as_the_vectors_say_and_refuses_a_table_whose_list_is_something_else() throws IOException {
        GatewayProcess gateway = gateway();
        decidesTheCorners(gateway);
        IdList list = reference(content(1, 2, 3));
        strategy.idLists.put(list.sha256(), content(1, 2, 4));
        strategy.publish(table(2, list));
        Await.until("refused", () -> reported().rejectedVersion() != null);
        assertThat(reported().rejectedVersion()).isEqualTo(2);
        assertThat(reported().version()).isEqualTo(1);
        assertThat(clusterOf(gateway, "42")).isEqualTo("B");
        assertThat(files()).hasSize(1).doesNotContain(list.sha256());

        strategy.publish(table(3, serve(content(1))));
        awaitVersion(gateway, 3);
        assertThat(clusterOf(gateway, "1")).isEqualTo("B");
        Await.until("reported", () -> reported().version() == 3 && reported().rejectedVersion() == null);
    }

    @Test
    void lists_are_taken_from_disk_at_a_start() {
        IdList list = serve(content(-7, 42, 9_007_199_254_740_993L));
        strategy.publish(table(1, list));
        try (GatewayProcess first = new GatewayProcess(strategy.url(), consul.url(), directory)) {
            awaitVersion(first, 1);
        }
        strategy.goDown();
        try (GatewayProcess second = new GatewayProcess(strategy.url(), consul.url(), directory)) {
            awaitVersion(second, 1);
            assertThat(clusterOf(second, "9007199254740993")).isEqualTo("B");
            assertThat(clusterOf(second, "9007199254740992")).isEqualTo("A");
        }
    }

    @Test
    void a_file_that_is_broken_is_fetched_anew_but_not_while_nobody_answers() throws Exception {
        IdList list = serve(content(-7, 42));
        Files.write(directory.resolve(list.sha256()), content(-7, 43));
        Files.write(directory.resolve("left.tmp"), content(1));
        IdListFiles lists = new IdListFiles(directory, new Peer(client, strategy.url(), null), Duration.ZERO);
        assertThatIOException().isThrownBy(() -> lists.load(Set.of(list)));
        try (IdListFiles.Hold hold = lists.bring(Set.of(list))) {
            assertThat(hold.content(list).contains(42)).isTrue();
        }
        assertThat(Files.readAllBytes(directory.resolve(list.sha256()))).isEqualTo(content(-7, 42));
        assertThat(directory.resolve("left.tmp")).doesNotExist();
        strategy.goDown();
        new IdListFiles(directory, new Peer(client, strategy.url(), null), Duration.ZERO)
                .load(Set.of(list))
                .close();
    }

    @Test
    void content_that_is_right_in_the_end_is_taken() throws Exception {
        IdListFiles lists = new IdListFiles(directory, new Peer(client, strategy.url(), null), Duration.ZERO);
        IdList list = reference(content(1, 2, 3));
        for (byte[] wrong : List.of(content(1, 2, 4), content(1, 2), content(1, 2, 3, 4), new byte[0])) {
            strategy.idLists.put(list.sha256(), wrong);
            assertThatExceptionOfType(Rejected.class).isThrownBy(() -> lists.bring(Set.of(list)));
        }
        strategy.broken = true;
        assertThatIOException().isThrownBy(() -> lists.bring(Set.of(list)));
        strategy.broken = false;
        serve(content(1, 2, 3));
        try (IdListFiles.Hold hold = lists.bring(Set.of(list))) {
            assertThat(hold.content(list).contains(3)).isTrue();
            lists.retain(Set.of());
            assertThat(directory.resolve(list.sha256())).exists();
        }
        lists.retain(Set.of());
        assertThat(directory).isEmptyDirectory();

        IdListFiles patient = new IdListFiles(directory, new Peer(client, strategy.url(), null), Duration.ofHours(1));
        strategy.idLists.put(list.sha256(), content(1, 2, 4));
        assertThatExceptionOfType(Rejected.class).isThrownBy(() -> patient.bring(Set.of(list)));
        int asked = strategy.askedIdLists.size();
        assertThatExceptionOfType(Rejected.class).isThrownBy(() -> patient.bring(Set.of(list)));
        assertThat(strategy.askedIdLists).hasSize(asked);
    }

    /** The first table of the vectors: ids at the ends of int64 and above 2^53. */
    private void decidesTheCorners(GatewayProcess gateway) throws IOException {
        JsonNode vectors;
        try (InputStream in = RouteTable.class.getResourceAsStream("conformance/decisions-idlists.json")) {
            vectors = Json.STRICT.readTree(in);
        }
        vectors.get("lists")
                .values()
                .forEach(ids -> serve(content(ids.valueStream()
                        .mapToLong(id -> Long.parseLong(id.asString()))
                        .toArray())));
        JsonNode corners = vectors.at("/groups/0");
        strategy.publish(Json.STRICT.treeToValue(corners.get("table"), RouteTable.class));
        awaitVersion(gateway, 1);
        int asked = 0;
        for (JsonNode request : corners.get("cases")) {
            if (!request.get("id").isNull() && request.get("healthy").size() == 2) {
                assertThat(clusterOf(gateway, request.get("id").asString()))
                        .as(request.get("name").asString())
                        .isEqualTo(request.at("/expect/cluster").asString());
                asked++;
            }
        }
        assertThat(asked).isGreaterThan(20);
    }
}
