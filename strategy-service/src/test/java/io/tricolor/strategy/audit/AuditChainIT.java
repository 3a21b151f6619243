package io.tricolor.strategy.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.Topics;
import io.tricolor.contracts.audit.AuditRootSigned;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.kit.testing.TestTokens;
import io.tricolor.strategy.StrategyService;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Somebody who may write to the database changes the past, and the check names what he changed. */
class AuditChainIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> TABLES = List.of("domain_event", "audit_chain", "audit_head", "audit_root");

    @TempDir
    private static Path directory;

    private static String database;
    private static ConfigurableApplicationContext service;
    private static JdbcClient jdbc;

    @BeforeAll
    static void start() throws Exception {
        writeKey(directory.resolve("audit-key.pem"));
        database = SharedEngines.freshDatabase("audit");
        startService();
        store("kept", 0, 0, "cluster-group.created");
        store("kept", 1, 9, "cluster-group.router-evicted");
        store("mall", 0, 0, "cluster-group.created");
        awaitRoot("kept", 9);
        store("kept", 10, 14, "cluster-group.router-evicted");
        awaitRoot("kept", 14);
        awaitRoot("mall", 0);
        service.close(); // nobody chains on while rows are changed
        save();
    }

    private static void startService() {
        service = new SpringApplicationBuilder(StrategyService.class)
                .run(
                        "--server.port=0",
                        "--spring.datasource.url=" + database,
                        "--spring.kafka.bootstrap-servers=" + SharedEngines.bootstrapServers(),
                        "--spring.cloud.consul.enabled=false",
                        "--tricolor.consul.url=http://127.0.0.1:9",
                        "--tricolor.audit.key-file=" + directory.resolve("audit-key.pem"),
                        "--tricolor.audit.roots-file=" + directory.resolve("audit/roots.ndjson"),
                        "--tricolor.audit.every=100ms",
                        "--tricolor.security.public-key=" + TestTokens.create().publicKey());
        jdbc = service.getBean(JdbcClient.class);
    }

    private static void save() {
        jdbc = JdbcClient.create(new DriverManagerDataSource(database, "tricolor", "tricolor"));
        TABLES.forEach(table -> update("create table saved_" + table + " as select * from " + table));
    }

    @AfterEach
    void putBack() {
        if (!service.isActive()) {
            TABLES.forEach(table -> {
                update("delete from " + table);
                update("insert into " + table + " select * from saved_" + table);
            });
        }
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @Test
    void finds_nothing_when_nothing_was_changed() {
        Verdict verdict = verify();
        assertThat(verdict.code).as(verdict.text).isZero();
        assertThat(verdict.text)
                .contains("16 events of 2 groups compared", "0 events are chained and in no root yet, 0 not chained")
                .contains("All of it is as it was stored");
    }

    @Test
    void finds_an_edited_payload_and_an_edited_reason_and_an_edited_time() {
        update("update domain_event set payload = payload || ' '::bytea where aggregate_id = 'kept'"
                + " and sequence_number = 4");
        update("update domain_event set metadata = '{\"reason\":\"another\"}'::bytea where aggregate_id = 'kept'"
                + " and sequence_number = 11");
        update("update domain_event set recorded_at = '2026-01-15T14:00:01Z' where aggregate_id = 'mall'");
        Verdict verdict = verify();
        assertThat(verdict.code).isOne();
        long early = rootOf("kept", 4);
        assertThat(verdict.text)
                .contains("EDITED group kept, event 4: a cluster-group.router-evicted of", "(proven by root " + early)
                .contains("EDITED group kept, event 11:")
                .contains("(proven by root " + rootOf("kept", 11))
                .contains("EDITED group mall, event 0: a cluster-group.created of 2026-01-15T14:00:01Z");
    }

    @Test
    void finds_a_row_that_was_removed_and_a_tail_that_was_cut_off() {
        update(
                "delete from domain_event where aggregate_id = 'kept' and (sequence_number = 3 or sequence_number > 12)");
        Verdict verdict = verify();
        assertThat(verdict.code).isOne();
        assertThat(verdict.text).contains("REMOVED group kept, event 3:", "REMOVED group kept, event 13:", "event 14:");
    }

    @Test
    void finds_two_rows_that_changed_places() {
        update("update domain_event set sequence_number = -1 where aggregate_id = 'kept' and sequence_number = 5");
        update("update domain_event set sequence_number = 5 where aggregate_id = 'kept' and sequence_number = 6");
        update("update domain_event set sequence_number = 6 where aggregate_id = 'kept' and sequence_number = -1");
        Verdict verdict = verify();
        assertThat(verdict.code).isOne();
        assertThat(verdict.text)
                .contains("MOVED group kept, event 5: it holds what was event 6")
                .contains("MOVED group kept, event 6: it holds what was event 5")
                .doesNotContain("event 7");
    }

    @Test
    void finds_a_row_that_was_put_in_between() {
        for (int sequence = 14; sequence >= 13; sequence--) {
            update("update domain_event set sequence_number = sequence_number + 1 where aggregate_id = 'kept'"
                    + " and sequence_number = " + sequence);
        }
        store("kept", 13, 13, "cluster-group.created");
        Verdict verdict = verify();
        assertThat(verdict.code).isOne();
        assertThat(verdict.text)
                .contains("INSERTED group kept, event 13: what was here is event 14 now")
                .contains("MOVED group kept, event 14: it holds what was event 13");
    }

    @Test
    void finds_a_forged_event_under_an_old_position() {
        update("delete from audit_chain where aggregate_id = 'kept' and sequence_number = 14");
        Verdict verdict = verify();
        assertThat(verdict.code).isOne();
        assertThat(verdict.text).contains("INSERTED group kept, event 14: the event was not there");
    }

    @Test
    void finds_by_the_roots_what_was_changed_together_with_the_chain() {
        update("update domain_event set payload = payload || ' '::bytea where aggregate_id = 'kept'"
                + " and sequence_number = 12");
        forgeChain("kept");
        Verdict verdict = verify();
        assertThat(verdict.code).isOne();
        assertThat(verdict.text)
                .contains("REWRITTEN group kept, event 10: an event from here to event 14 was changed together with"
                        + " the chain (proven by root " + rootOf("kept", 14) + ")")
                .doesNotContain("EDITED");
    }

    @Test
    void finds_by_the_roots_a_tail_that_was_cut_off_together_with_its_chain() {
        update("delete from domain_event where aggregate_id = 'kept' and sequence_number > 11");
        update("delete from audit_chain where aggregate_id = 'kept' and sequence_number > 11");
        update("delete from domain_event where aggregate_id = 'mall'");
        update("delete from audit_chain where aggregate_id = 'mall'");
        update("delete from audit_head where aggregate_id = 'mall'");
        Verdict verdict = verify();
        assertThat(verdict.code).isOne();
        assertThat(verdict.text)
                .contains("REMOVED group kept, event 12: its tail up to event 14 is not there any more")
                .contains("REMOVED group mall, event 0: its tail up to event 0 is not there any more");
    }

    @Test
    void finds_an_altered_root_a_root_that_is_missing_and_one_of_another_signer() throws Exception {
        Path roots = directory.resolve("audit/roots.ndjson");
        List<String> lines = Files.readAllLines(roots);
        assertThat(lines).hasSizeGreaterThanOrEqualTo(2);
        try {
            Files.write(
                    roots,
                    lines.stream()
                            .map(line -> line.replaceFirst("streams..:", "$0 "))
                            .toList());
            assertThat(verify().text).contains("BAD_ROOT root 1: the signature is not that of its document");
            Files.write(roots, lines.subList(1, lines.size()));
            assertThat(verify().text).contains("BAD_ROOT root 2: it stands where root 1 is to be");
            writeKey(directory.resolve("other.pem"));
            Files.write(roots, lines);
            Verdict stranger = verify(directory.resolve("other.pub.pem"));
            assertThat(stranger.code).isOne();
            assertThat(stranger.text).contains("BAD_ROOT root 1: it is signed by another key");
        } finally {
            Files.write(roots, lines);
        }
    }

    @Test
    void says_what_it_could_not_do() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] args = {"--database=jdbc:postgresql://127.0.0.1:9/none", "--roots=x", "--public-key=nowhere"};
        assertThat(AuditVerify.run(args, null, System.out, new PrintStream(err, true, UTF_8)))
                .isEqualTo(2);
        assertThat(err.toString(UTF_8)).contains("nowhere");
    }

    @Test
    void publishes_what_it_signs_and_keeps_the_file_to_itself() throws Exception {
        Path roots = directory.resolve("audit/roots.ndjson");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(roots)))
                .isEqualTo("rw-------");
        List<String> lines = Files.readAllLines(roots);
        List<String> published = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        SharedEngines.bootstrapServers(),
                        "group.id",
                        "keeper",
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(Topics.AUDIT_ROOTS));
            await().atMost(PATIENCE).until(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(root -> published.add(new String(root.value(), UTF_8)));
                return published.containsAll(lines);
            });
        }
        assertThat(published).containsSubsequence(lines);
    }

    /** The service starts on an older database, beside the file that knows more. */
    @Test
    void goes_on_with_the_numbers_of_the_file_when_the_database_was_restored() throws Exception {
        Path roots = directory.resolve("audit/roots.ndjson");
        List<String> lines = Files.readAllLines(roots);
        update("delete from domain_event where aggregate_id = 'kept' and sequence_number > 9");
        update("delete from audit_chain where aggregate_id = 'kept' and sequence_number > 9");
        update("update audit_head set sequence_number = 9, hash = (select hash from audit_chain where"
                + " aggregate_id = 'kept' and sequence_number = 9), rooted = null where aggregate_id = 'kept'");
        update("delete from audit_root where number > 1");
        // the last append was cut off by a crash
        Files.writeString(roots, lines.getLast().substring(0, 40), StandardOpenOption.APPEND);
        startService();
        try {
            store("kept", 10, 10, "cluster-group.epoch-begun");
            awaitRoot("kept", 10);
            assertThat(roots().getLast().number()).isGreaterThan(lines.size());
            Verdict verdict = verify();
            assertThat(verdict.code).as(verdict.text).isOne();
            assertThat(verdict.text)
                    .contains("SUPERSEDED group kept, event 10:")
                    .doesNotContain("BAD_ROOT");
            assertThat(verify(directory.resolve("audit-key.pub.pem"), "--accept-epochs").code)
                    .isZero();
        } finally {
            service.close();
            Files.write(roots, lines);
            jdbc = JdbcClient.create(new DriverManagerDataSource(database, "tricolor", "tricolor"));
        }
    }

    // ---- tools

    private record Verdict(int code, String text) {}

    private static Verdict verify() {
        return verify(directory.resolve("audit-key.pub.pem"));
    }

    private static Verdict verify(Path publicKey, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "--database=" + database,
                "--user=tricolor",
                "--roots=" + directory.resolve("audit/roots.ndjson"),
                "--public-key=" + publicKey));
        args.addAll(List.of(more));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int code =
                AuditVerify.run(args.toArray(String[]::new), "tricolor", new PrintStream(out, true, UTF_8), System.err);
        return new Verdict(code, out.toString(UTF_8));
    }

    /** What somebody does who knows how links are made. */
    private static void forgeChain(String stream) {
        byte[] hash = Hash.NOTHING;
        for (EventRow row : jdbc.sql(EventRow.COLUMNS + " where aggregate_id = :stream order by sequence_number")
                .param("stream", stream)
                .query((found, n) -> EventRow.of(found))
                .list()) {
            hash = row.link(hash);
            jdbc.sql("update audit_chain set content = :content, hash = :hash where aggregate_id = :stream"
                            + " and sequence_number = :sequence")
                    .param("content", row.content())
                    .param("hash", hash)
                    .param("stream", stream)
                    .param("sequence", row.sequence())
                    .update();
        }
    }

    /** Number of the first root in the file that covers an event. */
    private static long rootOf(String stream, long sequence) {
        return roots().stream()
                .map(Root::in)
                .filter(root -> root.changed().containsKey(stream)
                        && root.changed().get(stream).sequence() >= sequence)
                .mapToLong(Root::number)
                .findFirst()
                .orElseThrow();
    }

    private static List<AuditRootSigned> roots() {
        try {
            return Files.readAllLines(directory.resolve("audit/roots.ndjson")).stream()
                    .map(line -> ContractsJson.mapper().readValue(line, AuditRootSigned.class))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static void awaitRoot(String stream, long sequence) {
        await().atMost(PATIENCE)
                .ignoreExceptions() // a line that is being written
                .until(() -> roots().stream()
                                .map(Root::in)
                                .anyMatch(root -> root.changed().containsKey(stream)
                                        && root.changed().get(stream).sequence() == sequence)
                        && jdbc.sql("select count(*) from audit_root where not published")
                                        .query(Long.class)
                                        .single()
                                == 0);
    }

    private static void update(String sql) {
        jdbc.sql(sql).update();
    }

    private static void store(String groupId, long from, long to, String type) {
        String json = sample(type + ".v1").replace("\"groupId\": \"shop\"", "\"groupId\": \"" + groupId + "\"");
        jdbc.sql("""
                        insert into domain_event (aggregate_type, aggregate_id, sequence_number, event_id, payload_type,
                                                  payload_revision, payload, metadata, recorded_at)
                        select 'ClusterGroup', :group, n, gen_random_uuid()::text, :type, '1', :json, :metadata, :at
                        from generate_series(:from, :to) n
                        """)
                .param("group", groupId)
                .param("from", from)
                .param("to", to)
                .param("type", type)
                .param("json", json.getBytes(UTF_8))
                .param("metadata", "{}".getBytes(UTF_8))
                .param("at", "2026-01-15T14:00:00Z")
                .update();
    }

    private static String sample(String name) {
        String file = "/io/tricolor/contracts/samples/" + name + ".json";
        try (InputStream in = AuditChainIT.class.getResourceAsStream(file)) {
            return new String(Objects.requireNonNull(in, file).readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void writeKey(Path file) throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        write(file, "PRIVATE KEY", pair.getPrivate().getEncoded());
        write(AuditKey.publicFileOf(file), "PUBLIC KEY", pair.getPublic().getEncoded());
    }

    private static void write(Path file, String kind, byte[] encoded) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        Files.writeString(file, "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
    }
}
