package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.tricolor.cli.StubService.Request;
import io.tricolor.cli.Typed.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Groups as documents. */
class DocumentsTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path home;

    private final StubService stub = new StubService();

    @AfterEach
    void close() {
        stub.close();
    }

    private Run run(String... words) {
        return Typed.at(stub, home).run(words);
    }

    private String export() {
        stub.recorded("GET /api/groups/shop", "group-gate", "ETag", "\"14\"");
        Run run = run("export", "shop");
        assertThat(run.code()).as(run.err()).isZero();
        return run.out();
    }

    private String file(String text) throws IOException {
        return Files.writeString(home.resolve("shop.yaml"), text).toString();
    }

    @Test
    void changes_nothing_by_applying_what_was_exported() throws IOException {
        String file = file(export());
        assertThat(run("diff", "-f", file, "--check").code()).isZero();
        Run applied = run("apply", "-f", file);
        assertThat(applied.code()).as(applied.err()).isZero();
        assertThat(applied.out()).contains("Group shop: nothing to change.");
        assertThat(stub.requests()).allMatch(one -> one.line().startsWith("GET "));
    }

    @Test
    void writes_documents_that_the_schema_knows() {
        export();
        String schema = run("schema").out();
        String document = run("export", "shop", "--json").out();
        var known = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(schema, InputFormat.JSON);
        JsonNode first = JSON.readTree(document).path(0);
        assertThat(known.validate(first.toString(), InputFormat.JSON)).isEmpty();
        assertThat(known.validate(first.toString().replace("YELLOW", "BLUE"), InputFormat.JSON))
                .isNotEmpty();
        assertThat(known.validate(first.toString().replace("entries", "entry"), InputFormat.JSON))
                .isNotEmpty();
    }

    @Test
    void sees_no_difference_in_order_form_and_what_is_left_out() throws IOException {
        String other = export().replaceAll("(?s)identity:.*?affinity", "affinity")
                .replace("status: YELLOW", "status: Y")
                .replaceAll("ids: \\['1', '2']", "ids: [2, 1, 1]")
                .replaceAll("(?m)^version: .*\n", "");
        assertThat(other).contains("[2, 1, 1]");
        assertThat(run("diff", "-f", file(other)).out()).contains("Group shop: nothing differs.");
    }

    @Test
    void shows_and_sends_what_differs_on_the_version_that_was_read() throws IOException {
        String file = file(export().replace("ids: ['1', '2']", "ids: ['1', '2', '3']")
                .replace("pathPrefix: /shop", "pathPrefix: /store"));
        Run diff = run("diff", "-f", file, "--check");
        assertThat(diff.code()).isEqualTo(5);
        assertThat(diff.out())
                .contains("~ entries: [{\"pathPrefix\":\"/shop\",\"service\":\"web\"}] -> ")
                .contains("~ clusters.B.id: ");
        stub.on("PUT /api/groups/shop", 200, "{}", "ETag", "\"15\"")
                .on("PUT /api/groups/shop/route-strategy", 200, "{}", "ETag", "\"16\"");
        Run applied = run("apply", "-f", file, "--reason", "a new friend");
        assertThat(applied.code()).as(applied.err()).isZero();
        assertThat(applied.out()).contains("Group shop: 2 changes.");
        List<Request> sent = stub.requests("PUT");
        assertThat(sent.getFirst().headers()).containsEntry("if-match", "\"14\"");
        assertThat(JSON.readTree(sent.getFirst().body()))
                .isEqualTo(JSON.readTree("{\"entries\":[{\"pathPrefix\":\"/store\",\"service\":\"web\"}]}"));
        assertThat(sent.getLast().headers()).containsEntry("if-match", "\"15\"");
        JsonNode strategies = JSON.readTree(sent.getLast().body());
        assertThat(strategies.path("reason").asString()).isEqualTo("a new friend");
        assertThat(strategies.path("strategies").path("B"))
                .isEqualTo(
                        JSON.readTree(
                                "{\"status\":\"YELLOW\",\"id\":{\"ids\":[\"1\",\"2\",\"3\"],\"intervals\":[[\"600\",\"700\"]]}}"));
        assertThat(strategies.path("strategies").path("A").path("status").asString())
                .isEqualTo("GREEN");
    }

    @Test
    void refuses_to_overwrite_what_came_after_the_export() throws IOException {
        String file = file(export().replace("version: 14", "version: 9")
                .replace("/shop,", "/store,")
                .replace("pathPrefix: /shop", "pathPrefix: /store"));
        Run run = run("apply", "-f", file);
        assertThat(run.code()).isEqualTo(5);
        assertThat(run.err())
                .contains(file + ":4:1: group shop was at version 9 when this was exported and is at 14 now")
                .contains("tricolor history shop --after 9");
        assertThat(stub.requests("PUT")).isEmpty();
        stub.on("PUT /api/groups/shop", 200, "{}", "ETag", "\"15\"");
        assertThat(run("apply", "-f", file, "--force").code()).isZero();
    }

    @Test
    void explains_that_somebody_else_was_faster() throws IOException {
        String file = file(export().replace("pathPrefix: /shop", "pathPrefix: /store"));
        stub.problem("PUT /api/groups/shop", 412, "VERSION_MISMATCH", "group shop is at version 15, not 14");
        Run run = run("apply", "-f", file);
        assertThat(run.code()).isEqualTo(5);
        assertThat(run.err())
                .contains("group shop is at version 15, not 14 (412): somebody else has changed group shop")
                .contains("the same `apply` again does what is left");
    }

    @Test
    void makes_a_group_that_is_not_there() throws IOException {
        String file = file("""
                apiVersion: tricolor/v1
                kind: ClusterGroup
                group: fresh
                application: shop
                environment: demo
                entries:
                - {pathPrefix: /fresh, service: web}
                clusters:
                  A: {status: RED}
                  B: {status: R}
                """);
        stub.problem("GET /api/groups/fresh", 404, "GROUP_NOT_FOUND", "there is no cluster group fresh")
                .on("POST /api/groups", 201, "{}", "ETag", "\"0\"");
        Run run = run("apply", "-f", file);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(stub.requests("POST")).hasSize(1);
        assertThat(stub.requests("PUT")).isEmpty();
        assertThat(JSON.readTree(stub.requests("POST").getFirst().body())
                        .path("clusters")
                        .toString())
                .isEqualTo("[\"A\",\"B\"]");
    }

    @Test
    void removes_a_cluster_only_when_it_is_asked_to() throws IOException {
        String file = file(export().replaceAll("(?s)  B:\n.*", ""));
        Run run = run("apply", "-f", file);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("has a cluster B that the document does not name", "--prune");
        stub.on("DELETE /api/groups/shop/clusters/B", 204, "");
        assertThat(run("apply", "-f", file, "--prune").code()).isZero();
        assertThat(stub.requests("DELETE").getFirst().headers()).containsEntry("if-match", "\"14\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    affinity: ID            | affinity: SOME       | :13:1: affinity is one of ID, NONE
                    service: web            | servise: web         | :8:23: entries[0].servise is not known here
                    status: YELLOW          | status: BLUE         | clusters.B.status is one of
                    ids: ['1', '2']         | ids: 7               | clusters.B.id.ids is a list
                    group: shop             | `group: [shop`       | expected ',' or ']'
                    group: shop             | `group: shop\\ngroup: shop` | :4:1: group is there twice
                    kind: ClusterGroup      | kind: Pod            | this is no document with
                    environment: demo       | `environment:`       | :6:1: environment is a text
                    application: shop       | application: !!binary YQ== | tags such as
                    """)
    void names_line_and_column_of_what_is_wrong(String right, String wrong, String said) throws IOException {
        String exported = export();
        String document = exported.replace(right, wrong.replace("\\n", "\n"));
        assertThat(document).isNotEqualTo(exported);
        int before = stub.requests().size();
        Run run = run("apply", "-f", file(document));
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(said).containsPattern("shop\\.yaml:[0-9]+:[0-9]+: ");
        assertThat(stub.requests()).as("nothing is asked before all is read").hasSize(before);
    }
}
